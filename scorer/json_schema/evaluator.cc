#include "scorer/json_schema/evaluator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scorer/json_schema/json_equal.h"
#include "scorer/json_schema/json_pointer.h"

namespace warmpath {
namespace {

namespace json = boost::json;
using enum SchemaVerdict;

absl::string_view View(const json::string& text) { return {text.data(), text.size()}; }

TypeSet TypeOf(const json::value& value, bool double_is_fraction) {
  switch (value.kind()) {
    case json::kind::null:
      return kNullType;
    case json::kind::bool_:
      return kBooleanType;
    case json::kind::object:
      return kObjectType;
    case json::kind::array:
      return kArrayType;
    case json::kind::string:
      return kStringType;
    case json::kind::double_: {
      const double real = value.get_double();
      // Digits beyond 64 bits arrive as a double however they were written.
      const bool may_be_integer = !double_is_fraction || std::fabs(real) >= 9223372036854775808.0;
      return may_be_integer && IsIntegral(value) ? kIntegerType : kFractionType;
    }
    default:
      return kIntegerType;
  }
}

std::string TypeNames(TypeSet types) {
  constexpr std::pair<TypeSet, absl::string_view> kNames[] = {
      {kNullType, "null"},   {kBooleanType, "boolean"}, {kObjectType, "object"},
      {kArrayType, "array"}, {kStringType, "string"},   {kNumberType, "number"},
      {kIntegerType, "integer"}};
  std::string names;
  for (const auto& [bits, name] : kNames) {
    if ((types & bits) != bits) continue;
    types &= ~bits;
    absl::StrAppend(&names, names.empty() ? "" : " or ", name);
  }
  return names.empty() ? (types != 0 ? "number" : "nothing") : names;
}

// Code points in valid UTF-8.
uint64_t CountCodePoints(absl::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

}  // namespace

void EvaluatedSet::Add(size_t index) {
  const size_t word = index / 64;
  if (word >= bits_.size()) bits_.resize(word + 1, 0);
  bits_[word] |= uint64_t{1} << (index % 64);
}

void EvaluatedSet::AddAll(const EvaluatedSet& other) {
  all_ = all_ || other.all_;
  if (other.bits_.size() > bits_.size()) bits_.resize(other.bits_.size(), 0);
  for (size_t i = 0; i < other.bits_.size(); ++i) bits_[i] |= other.bits_[i];
}

bool EvaluatedSet::Has(size_t index) const {
  return all_ || (index / 64 < bits_.size() && (bits_[index / 64] >> (index % 64) & 1) != 0);
}

SchemaVerdict Evaluator::Run(const json::value& instance) {
  const SchemaVerdict verdict = Check(*graph_.root, instance, nullptr, nullptr);
  return stopped_ ? kUnknown : verdict;
}

SchemaVerdict Evaluator::Stop(std::string reason) {
  if (!stopped_) stop_reason_ = std::move(reason);
  stopped_ = true;
  return kUnknown;
}

bool Evaluator::Spend(int64_t steps) {
  steps_ += steps;
  if (steps_ <= limits_.max_steps) return true;
  Stop(absl::StrCat("more than ", limits_.max_steps, " steps"));
  return false;
}

SchemaVerdict Evaluator::Check(const SchemaNode& node, const json::value& instance,
                               const Place* place, EvaluatedSet* evaluated) {
  if (!Spend(1)) return kUnknown;
  if (depth_ >= limits_.max_depth) {
    return Stop(absl::StrCat("schemas nested deeper than ", limits_.max_depth));
  }
  if (node.never) return Fail(node, place, "false", "nothing is allowed here");
  ++depth_;
  const bool enters = graph_.uses_dynamic_scope &&
                      (dynamic_scope_.empty() || dynamic_scope_.back() != node.resource);
  if (enters) dynamic_scope_.push_back(node.resource);
  SchemaVerdict verdict;
  if (node.tracks_evaluated) {
    EvaluatedSet own;
    verdict = CheckRules(node, instance, place, &own);
    if (evaluated != nullptr) evaluated->AddAll(own);
  } else {
    verdict = CheckRules(node, instance, place, evaluated);
  }
  if (enters) dynamic_scope_.pop_back();
  --depth_;
  return verdict;
}

SchemaVerdict Evaluator::CheckRules(const SchemaNode& node, const json::value& instance,
                                    const Place* place, EvaluatedSet* evaluated) {
  SchemaVerdict verdict = kValid;
  if (node.types != kAnyType) {
    const TypeSet type = TypeOf(instance, node.double_is_fraction);
    if ((type & node.types) == 0) {
      verdict = errors_ == nullptr ? kInvalid
                                   : Fail(node, place, "type", "expected ", TypeNames(node.types),
                                          ", found ", TypeNames(type));
      if (!GoOn(verdict)) return verdict;
    }
  }
  if (node.value != nullptr) {
    verdict = And(verdict, CheckValue(node, instance, place));
    if (!GoOn(verdict)) return verdict;
  }
  switch (instance.kind()) {
    case json::kind::object:
      if (node.object != nullptr) {
        verdict = And(verdict, CheckObject(node, instance.get_object(), place, evaluated));
        if (!GoOn(verdict)) return verdict;
        if (!node.object->dependencies.empty()) {
          verdict = And(verdict, CheckDependencies(node, instance, place, evaluated));
        }
      }
      break;
    case json::kind::array:
      if (node.array != nullptr) {
        verdict = And(verdict, CheckArray(node, instance.get_array(), place, evaluated));
      }
      break;
    case json::kind::string:
      if (node.string != nullptr) {
        verdict = And(verdict, CheckString(node, View(instance.get_string()), place));
      }
      break;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      if (node.number != nullptr) verdict = And(verdict, CheckNumber(node, instance, place));
      break;
    default:
      break;
  }
  if (!GoOn(verdict)) return verdict;
  if (node.in_place != nullptr) {
    const SchemaVerdict in_place = CheckInPlace(node, instance, place, evaluated);
    verdict = And(verdict, in_place);
    // A failed branch has evaluated nothing: what is left over would only be noise.
    if (in_place == kInvalid || !GoOn(verdict)) return verdict;
  }
  if (!node.tracks_evaluated) return verdict;
  if (instance.is_object() && node.object != nullptr && node.object->unevaluated != nullptr) {
    verdict = And(verdict, CheckUnevaluatedProperties(node, instance.get_object(), place,
                                                      *evaluated));
  } else if (instance.is_array() && node.array != nullptr && node.array->unevaluated != nullptr) {
    verdict = And(verdict, CheckUnevaluatedItems(node, instance.get_array(), place, *evaluated));
  }
  return verdict;
}

SchemaVerdict Evaluator::Probe(const SchemaNode& node, const json::value& instance,
                               const Place* place, EvaluatedSet* evaluated) {
  std::vector<SchemaError>* const errors = std::exchange(errors_, nullptr);
  const SchemaVerdict verdict = Check(node, instance, place, evaluated);
  errors_ = errors;
  return verdict;
}

SchemaVerdict Evaluator::CheckChild(const SchemaNode& node, const char* keyword,
                                    const SchemaNode& child, const json::value& instance,
                                    const Place* place) {
  if (!child.never) return Check(child, instance, place, nullptr);
  if (place->key.data() == nullptr) {
    return Fail(node, place, keyword, "no item is allowed at index ", place->index);
  }
  return FailProperty(node, place, keyword, place->key, "property is not allowed");
}

SchemaVerdict Evaluator::CheckValue(const SchemaNode& node, const json::value& instance,
                                    const Place* place) {
  const ValueRules& rules = *node.value;
  SchemaVerdict verdict = kValid;
  int64_t cost = 0;
  if (rules.constant != nullptr &&
      !JsonEqual(instance, *rules.constant, limits_.max_depth, &cost)) {
    verdict = Fail(node, place, "const", "differs from the one allowed value");
  }
  if (!Spend(cost)) return kUnknown;
  if (rules.allowed == nullptr || !GoOn(verdict)) return verdict;
  if (!rules.allowed_strings.empty()) {
    if (instance.is_string() && rules.allowed_strings.contains(View(instance.get_string()))) {
      return verdict;
    }
  } else {
    for (const json::value& allowed : *rules.allowed) {
      cost = 0;
      if (JsonEqual(instance, allowed, limits_.max_depth, &cost)) return verdict;
      if (!Spend(cost)) return kUnknown;
    }
  }
  return Fail(node, place, "enum", "is none of the ", rules.allowed->size(), " allowed values");
}

SchemaVerdict Evaluator::CheckNumber(const SchemaNode& node, const json::value& instance,
                                     const Place* place) {
  const NumberRules& rules = *node.number;
  SchemaVerdict verdict = kValid;
  const auto fail = [&](const char* keyword, const char* what, const json::value& bound) {
    verdict = errors_ == nullptr ? kInvalid
                                 : Fail(node, place, keyword, what, json::serialize(bound));
    return !GoOn(verdict);
  };
  if (rules.minimum != nullptr && CompareJsonNumbers(instance, *rules.minimum) < 0 &&
      fail("minimum", "is less than ", *rules.minimum)) {
    return verdict;
  }
  if (rules.exclusive_minimum != nullptr &&
      CompareJsonNumbers(instance, *rules.exclusive_minimum) <= 0 &&
      fail("exclusiveMinimum", "is not greater than ", *rules.exclusive_minimum)) {
    return verdict;
  }
  if (rules.maximum != nullptr && CompareJsonNumbers(instance, *rules.maximum) > 0 &&
      fail("maximum", "is greater than ", *rules.maximum)) {
    return verdict;
  }
  if (rules.exclusive_maximum != nullptr &&
      CompareJsonNumbers(instance, *rules.exclusive_maximum) >= 0 &&
      fail("exclusiveMaximum", "is not less than ", *rules.exclusive_maximum)) {
    return verdict;
  }
  if (rules.multiple_of != nullptr && !IsMultipleOf(instance, *rules.multiple_of)) {
    fail("multipleOf", "is not a multiple of ", *rules.multiple_of);
  }
  return verdict;
}

SchemaVerdict Evaluator::CheckString(const SchemaNode& node, absl::string_view text,
                                     const Place* place) {
  const StringRules& rules = *node.string;
  if (!Spend(static_cast<int64_t>(text.size() / 64))) return kUnknown;
  SchemaVerdict verdict = kValid;
  // A code point takes 1 to 4 bytes, so most lengths need no counting.
  if (text.size() > rules.max_length || text.size() / 4 < rules.min_length) {
    const uint64_t length = CountCodePoints(text);
    if (length > rules.max_length) {
      verdict = Fail(node, place, "maxLength", "has ", length, " characters, more than ",
                     rules.max_length);
    } else if (length < rules.min_length) {
      verdict = Fail(node, place, "minLength", "has ", length, " characters, fewer than ",
                     rules.min_length);
    }
    if (!GoOn(verdict)) return verdict;
  }
  if (rules.pattern != nullptr) {
    if (!Spend(rules.pattern->CostOn(text))) return kUnknown;
    if (!rules.pattern->checkable()) {
      verdict = And(verdict, CannotCheck(node, place, "pattern", rules.pattern->source(),
                                         rules.pattern->problem()));
    } else if (!rules.pattern->FoundIn(text)) {
      verdict = Fail(node, place, "pattern", "does not match ", Shortened(rules.pattern->source()));
    }
    if (!GoOn(verdict)) return verdict;
  }
  if (rules.format != nullptr && !rules.format(text)) {
    verdict = Fail(node, place, "format", "is not in the format ", rules.format_name);
  }
  return verdict;
}

SchemaVerdict Evaluator::CannotCheck(const SchemaNode& node, const Place* place,
                                     const char* keyword, absl::string_view what,
                                     absl::string_view problem) {
  if (errors_ != nullptr) {
    Report(SchemaError::Kind::kNotCheckable, node, place, keyword,
           absl::StrCat(Shortened(what), " cannot be checked: ", Shortened(problem)));
  }
  return kUnknown;
}

SchemaVerdict Evaluator::FailProperty(const SchemaNode& node, const Place* place,
                                      const char* keyword, absl::string_view name,
                                      absl::string_view message) {
  if (errors_ != nullptr) {
    Report(SchemaError::Kind::kViolation, node, place, keyword, std::string(message), name);
  }
  return kInvalid;
}

void Evaluator::Report(SchemaError::Kind kind, const SchemaNode& node, const Place* place,
                       const char* keyword, std::string message, absl::string_view property) {
  if (errors_->size() >= limits_.max_errors) {
    ++errors_left_out_;
    return;
  }
  errors_->push_back({.kind = kind,
                      .instance_pointer = PointerTo(place),
                      .schema_pointer = ChildPointer(node.location->ToString(), keyword),
                      .keyword = keyword,
                      .message = std::move(message),
                      .property = Shortened(property)});
}

void Evaluator::Keep(SchemaError error) {
  if (errors_->size() < limits_.max_errors) {
    errors_->push_back(std::move(error));
  } else {
    ++errors_left_out_;
  }
}

std::string Evaluator::PointerTo(const Place* place) {
  std::vector<const Place*> places;
  for (; place != nullptr; place = place->parent) places.push_back(place);
  std::string pointer;
  for (auto at = places.rbegin(); at != places.rend(); ++at) {
    if ((*at)->key.data() == nullptr) {
      absl::StrAppend(&pointer, "/", (*at)->index);
    } else {
      AppendPointerToken(pointer, Shortened((*at)->key));
    }
  }
  return pointer;
}

}  // namespace warmpath
