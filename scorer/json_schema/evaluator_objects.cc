// The keywords about objects.
#include "absl/strings/str_cat.h"
#include "scorer/json_schema/evaluator.h"

namespace warmpath {
namespace {

namespace json = boost::json;
using enum SchemaVerdict;

absl::string_view View(json::string_view text) { return {text.data(), text.size()}; }

bool Contains(const json::object& object, absl::string_view name) {
  return object.if_contains(json::string_view(name.data(), name.size())) != nullptr;
}

}  // namespace

SchemaVerdict Evaluator::CheckObject(const SchemaNode& node, const json::object& object,
                                     const Place* place, EvaluatedSet* evaluated) {
  const ObjectRules& rules = *node.object;
  SchemaVerdict verdict = kValid;
  if (object.size() < rules.min_properties) {
    verdict = Fail(node, place, "minProperties", "has ", object.size(),
                   " properties, fewer than ", rules.min_properties);
  } else if (object.size() > rules.max_properties) {
    verdict = Fail(node, place, "maxProperties", "has ", object.size(), " properties, more than ",
                   rules.max_properties);
  }
  if (!GoOn(verdict)) return verdict;
  if (errors_ == nullptr && object.size() < rules.required_count) return kInvalid;
  const bool looks_at_members = !rules.properties.empty() || !rules.patterns.empty() ||
                                rules.additional != nullptr || rules.names != nullptr;
  if (!looks_at_members) return verdict;
  if (!Spend(static_cast<int64_t>(object.size()))) return kUnknown;
  size_t required_seen = 0;
  for (size_t i = 0; i < object.size(); ++i) {
    verdict = And(verdict, CheckMember(node, object, i, place, evaluated, required_seen));
    if (!GoOn(verdict)) return verdict;
  }
  if (required_seen < rules.required_count) {
    verdict = And(verdict, CheckRequired(node, object, place));
  }
  return verdict;
}

SchemaVerdict Evaluator::CheckMember(const SchemaNode& node, const json::object& object,
                                     size_t index, const Place* place, EvaluatedSet* evaluated,
                                     size_t& required_seen) {
  const ObjectRules& rules = *node.object;
  const json::key_value_pair& member = *(object.begin() + index);
  const Place here{place, View(member.key()), 0};
  SchemaVerdict verdict = kValid;
  bool applied = false;
  if (const auto found = rules.index.find(here.key); found != rules.index.end()) {
    const PropertyRule& rule = rules.properties[found->second];
    required_seen += rule.required;
    if (rule.schema != nullptr) {
      applied = true;
      verdict = CheckChild(node, "properties", *rule.schema, member.value(), &here);
    }
  }
  for (const auto& [pattern, schema] : rules.patterns) {
    if (!GoOn(verdict) || !Spend(pattern->CostOn(here.key))) return verdict;
    if (!pattern->checkable()) {
      applied = true;  // perhaps, which is reason enough to leave additionalProperties alone
      verdict = And(verdict, CannotCheck(node, &here, "patternProperties", pattern->source(),
                                         pattern->problem()));
    } else if (pattern->FoundIn(here.key)) {
      applied = true;
      verdict = And(verdict, CheckChild(node, "patternProperties", *schema, member.value(), &here));
    }
  }
  if (!GoOn(verdict)) return verdict;
  if (!applied && rules.additional != nullptr) {
    applied = true;
    verdict = And(verdict, CheckChild(node, "additionalProperties", *rules.additional,
                                      member.value(), &here));
  }
  if (applied && evaluated != nullptr) evaluated->Add(index);
  if (rules.names != nullptr && GoOn(verdict)) {
    const json::value name(member.key());
    verdict = And(verdict, CheckChild(node, "propertyNames", *rules.names, name, &here));
  }
  return verdict;
}

SchemaVerdict Evaluator::CheckRequired(const SchemaNode& node, const json::object& object,
                                       const Place* place) {
  if (errors_ == nullptr) return kInvalid;
  if (!Spend(static_cast<int64_t>(node.object->properties.size()))) return kUnknown;
  for (const PropertyRule& rule : node.object->properties) {
    if (!rule.required || Contains(object, rule.name)) continue;
    FailProperty(node, place, "required", rule.name, "required property is missing");
  }
  return kInvalid;
}

SchemaVerdict Evaluator::CheckDependencies(const SchemaNode& node, const json::value& instance,
                                           const Place* place, EvaluatedSet* evaluated) {
  const json::object& object = instance.get_object();
  SchemaVerdict verdict = kValid;
  for (const Dependency& dependency : node.object->dependencies) {
    if (!Spend(1)) return kUnknown;
    if (!Contains(object, dependency.name)) continue;
    if (!Spend(static_cast<int64_t>(dependency.required.size()))) return kUnknown;
    for (const absl::string_view name : dependency.required) {
      if (Contains(object, name)) continue;
      verdict = FailProperty(node, place, dependency.keyword, name,
                             "required by another property and missing");
      if (!GoOn(verdict)) return verdict;
    }
    if (dependency.schema == nullptr) continue;
    verdict = And(verdict, Check(*dependency.schema, instance, place, evaluated));
    if (!GoOn(verdict)) return verdict;
  }
  return verdict;
}

SchemaVerdict Evaluator::CheckUnevaluatedProperties(const SchemaNode& node,
                                                    const json::object& object,
                                                    const Place* place, EvaluatedSet& evaluated) {
  SchemaVerdict verdict = kValid;
  if (!Spend(static_cast<int64_t>(object.size() / 16))) return kUnknown;
  for (size_t i = 0; i < object.size(); ++i) {
    if (evaluated.Has(i)) continue;
    const json::key_value_pair& member = *(object.begin() + i);
    const Place here{place, View(member.key()), 0};
    verdict = And(verdict, CheckChild(node, "unevaluatedProperties", *node.object->unevaluated,
                                      member.value(), &here));
    if (!GoOn(verdict)) return verdict;
  }
  evaluated.AddAll();
  return verdict;
}

}  // namespace warmpath
