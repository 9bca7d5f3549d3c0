// The keywords that apply other schemas to the same value.
#include <utility>

#include "absl/strings/str_cat.h"
#include "scorer/json_schema/evaluator.h"

namespace warmpath {
namespace {

namespace json = boost::json;
using enum SchemaVerdict;

SchemaVerdict Not(SchemaVerdict a) {
  return a == kUnknown ? kUnknown : a == kValid ? kInvalid : kValid;
}

// Steps for merging a set of evaluated members or items.
int64_t SetCost(const json::value& instance) {
  const size_t size = instance.is_object()  ? instance.get_object().size()
                      : instance.is_array() ? instance.get_array().size()
                                            : 0;
  return static_cast<int64_t>(size / 1024);
}

// How far the errors of a branch are from "this one was meant": a wrong kind of value first, then a
// wrong tag, then the number of errors.
int64_t Distance(const std::vector<SchemaError>& errors, const std::string& place) {
  int64_t distance = static_cast<int64_t>(errors.size());
  for (const SchemaError& error : errors) {
    if (error.keyword == "type" && error.instance_pointer == place) distance += 10'000;
    if (error.keyword == "const" || error.keyword == "enum") distance += 100;
  }
  return distance;
}

}  // namespace

SchemaVerdict Evaluator::CheckInPlace(const SchemaNode& node, const json::value& instance,
                                      const Place* place, EvaluatedSet* evaluated) {
  const InPlaceRules& rules = *node.in_place;
  SchemaVerdict verdict = kValid;
  if (!rules.unresolved.empty()) {
    verdict = CannotCheck(node, place, "$ref", "reference", rules.unresolved);
  }
  if (rules.ref != nullptr) {
    verdict = And(verdict, Check(*rules.ref, instance, place, evaluated));
    if (!GoOn(verdict)) return verdict;
  }
  if (rules.dynamic_target != nullptr) {
    verdict = And(verdict, Check(DynamicTarget(rules), instance, place, evaluated));
    if (!GoOn(verdict)) return verdict;
  }
  for (const SchemaNode* branch : rules.all_of) {
    verdict = And(verdict, Check(*branch, instance, place, evaluated));
    if (!GoOn(verdict)) return verdict;
  }
  if (!rules.any_of.empty()) {
    verdict = And(verdict, CheckAnyOf(node, instance, place, evaluated));
    if (!GoOn(verdict)) return verdict;
  }
  if (!rules.one_of.empty()) {
    verdict = And(verdict, CheckOneOf(node, instance, place, evaluated));
    if (!GoOn(verdict)) return verdict;
  }
  if (rules.not_schema != nullptr) {
    const SchemaVerdict negated = Not(Probe(*rules.not_schema, instance, place, nullptr));
    if (negated == kInvalid) Fail(node, place, "not", "matches what it must not match");
    if (negated == kUnknown) ReportUnknown(*rules.not_schema, instance, place);
    verdict = And(verdict, negated);
    if (!GoOn(verdict)) return verdict;
  }
  if (rules.if_schema != nullptr) {
    verdict = And(verdict, CheckConditional(node, instance, place, evaluated));
  }
  return verdict;
}

// A dynamic reference arrives at the outermost resource entered so far that has its anchor.
const SchemaNode& Evaluator::DynamicTarget(const InPlaceRules& rules) {
  if (rules.dynamic_name.has_value()) {
    for (const SchemaResource* resource : dynamic_scope_) {
      if (!Spend(1)) break;
      const auto found = resource->dynamic_nodes.find(*rules.dynamic_name);
      if (found != resource->dynamic_nodes.end()) return *found->second;
    }
  }
  return *rules.dynamic_target;
}

SchemaVerdict Evaluator::CheckAnyOf(const SchemaNode& node, const json::value& instance,
                                    const Place* place, EvaluatedSet* evaluated) {
  const std::vector<const SchemaNode*>& branches = node.in_place->any_of;
  SchemaVerdict best = kInvalid;
  for (const SchemaNode* branch : branches) {
    EvaluatedSet own;
    if (evaluated != nullptr && !Spend(SetCost(instance))) return kUnknown;
    const SchemaVerdict one = Probe(*branch, instance, place, evaluated ? &own : nullptr);
    if (stopped_) return kUnknown;
    if (one > best) best = one;
    if (one != kValid) continue;
    if (evaluated == nullptr) return kValid;
    evaluated->AddAll(own);
  }
  if (best == kInvalid) {
    Fail(node, place, "anyOf", "matches none of the ", branches.size(), " alternatives");
    ReportBestBranch(branches, instance, place);
  }
  if (best == kUnknown) {
    for (const SchemaNode* branch : branches) ReportUnknown(*branch, instance, place);
  }
  return best;
}

SchemaVerdict Evaluator::CheckOneOf(const SchemaNode& node, const json::value& instance,
                                    const Place* place, EvaluatedSet* evaluated) {
  const std::vector<const SchemaNode*>& branches = node.in_place->one_of;
  size_t matches = 0, unknown = 0;
  for (const SchemaNode* branch : branches) {
    EvaluatedSet own;
    if (evaluated != nullptr && !Spend(SetCost(instance))) return kUnknown;
    const SchemaVerdict one = Probe(*branch, instance, place, evaluated ? &own : nullptr);
    if (stopped_) return kUnknown;
    matches += one == kValid;
    unknown += one == kUnknown;
    if (one == kValid && evaluated != nullptr) evaluated->AddAll(own);
    if (matches > 1 && errors_ == nullptr) return kInvalid;
  }
  if (matches > 1) {
    return Fail(node, place, "oneOf", "matches ", matches, " alternatives instead of one");
  }
  if (unknown > 0) {
    for (const SchemaNode* branch : branches) ReportUnknown(*branch, instance, place);
    return kUnknown;
  }
  if (matches == 1) return kValid;
  Fail(node, place, "oneOf", "matches none of the ", branches.size(), " alternatives");
  ReportBestBranch(branches, instance, place);
  return kInvalid;
}

SchemaVerdict Evaluator::CheckConditional(const SchemaNode& node, const json::value& instance,
                                          const Place* place, EvaluatedSet* evaluated) {
  const InPlaceRules& rules = *node.in_place;
  const bool has_branch = rules.then_schema != nullptr || rules.else_schema != nullptr;
  if (!has_branch && evaluated == nullptr) return kValid;
  EvaluatedSet own;
  const SchemaVerdict condition =
      Probe(*rules.if_schema, instance, place, evaluated ? &own : nullptr);
  if (stopped_) return kUnknown;
  if (condition == kUnknown) {
    const auto verdict_of = [&](const SchemaNode* branch) {
      return branch == nullptr ? kValid : Probe(*branch, instance, place, nullptr);
    };
    const SchemaVerdict then_verdict = verdict_of(rules.then_schema);
    if (then_verdict == kInvalid && verdict_of(rules.else_schema) == kInvalid) {
      return Fail(node, place, "if", "matches neither then nor else");
    }
    ReportUnknown(*rules.if_schema, instance, place);
    return kUnknown;
  }
  if (condition == kValid && evaluated != nullptr) evaluated->AddAll(own);
  const SchemaNode* branch = condition == kValid ? rules.then_schema : rules.else_schema;
  return branch == nullptr ? kValid : Check(*branch, instance, place, evaluated);
}

void Evaluator::ReportUnknown(const SchemaNode& schema, const json::value& instance,
                              const Place* place) {
  if (errors_ == nullptr || stopped_) return;
  std::vector<SchemaError> found;
  std::vector<SchemaError>* const errors = std::exchange(errors_, &found);
  const int64_t left_out = errors_left_out_;
  Check(schema, instance, place, nullptr);
  errors_ = errors;
  errors_left_out_ = left_out;
  for (SchemaError& error : found) {
    if (error.kind == SchemaError::Kind::kNotCheckable) Keep(std::move(error));
  }
}

void Evaluator::ReportBestBranch(const std::vector<const SchemaNode*>& branches,
                                 const json::value& instance, const Place* place) {
  if (errors_ == nullptr || errors_->size() >= limits_.max_errors) return;
  const std::string here = PointerTo(place);
  std::vector<SchemaError>* const errors = errors_;
  const int64_t left_out = errors_left_out_;
  std::vector<SchemaError> best;
  int64_t best_distance = 10'000;  // no branch is of the instance's type: nothing to add
  for (const SchemaNode* branch : branches) {
    std::vector<SchemaError> found;
    errors_ = &found;
    Check(*branch, instance, place, nullptr);
    if (const int64_t distance = Distance(found, here); distance < best_distance && !stopped_) {
      best_distance = distance;
      best = std::move(found);
    }
  }
  errors_ = errors;
  errors_left_out_ = left_out;
  for (SchemaError& error : best) Keep(std::move(error));
}

}  // namespace warmpath
