#include "scorer/argument_equality.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "re2/re2.h"
#include "scorer/json_schema/json_equal.h"
#include "scorer/text_equality.h"
#include "scorer/value_forms.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr size_t kMaxSetElements = 64;
constexpr int kMaxDepth = 32;

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }
std::string_view View(json::string_view text) { return {text.data(), text.size()}; }

const json::value* Member(const json::object* object, std::string_view name) {
  return object == nullptr ? nullptr : object->if_contains(json::string_view(name.data(), name.size()));
}

std::string_view TextMember(const json::object* object, std::string_view name) {
  const json::value* member = Member(object, name);
  return member != nullptr && member->is_string() ? View(member->get_string()) : std::string_view();
}

bool IsEmpty(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return true;
    case json::kind::string: return value.get_string().empty();
    case json::kind::array: return value.get_array().empty();
    case json::kind::object: return value.get_object().empty();
    default: return false;
  }
}

bool IsScalar(const json::value& value) { return !value.is_object() && !value.is_array(); }

std::string_view ScalarText(const json::value& value, std::string& buffer) {
  if (value.is_string()) return View(value.get_string());
  buffer = CanonicalJson(value);
  return buffer;
}

// "Default is 10", "defaults to 'metric'", "(default: false)" in a description.
std::optional<std::string> DescribedDefault(std::string_view description) {
  static const re2::RE2& pattern = *new re2::RE2(
      R"re((?i)\bdefaults?(?:\s+(?:value|option|setting))?\s*(?:is|are|to|of|as|=|:)(?:\s+(?:to|set to))?\s*)re"
      R"re((?:['"`]([^'"`]{1,60})['"`]|(-?\d[\d.,]*\d|-?\d)|([A-Za-z][\w/-]*)))re");
  std::string quoted, number, word;
  if (!re2::RE2::PartialMatch(re2::StringPiece(description.data(), description.size()), pattern,
                              &quoted, &number, &word)) {
    return std::nullopt;
  }
  if (!quoted.empty()) return quoted;
  return number.empty() ? word : number;
}

bool ObjectsIdentical(const json::object& a, const json::object& b) {
  if (a.size() != b.size()) return false;
  return std::all_of(a.begin(), a.end(), [&](const json::key_value_pair& member) {
    const json::value* other = b.if_contains(member.key());
    return other != nullptr && JsonEqual(member.value(), *other);
  });
}

// Compares values and writes down what it finds.
class Comparer {
 public:
  Comparer(const ArgumentRules& rules, ArgumentComparison& result)
      : rules_(rules), result_(result) {}

  void CompareObjects(const json::object& control, const json::object& candidate,
                      const json::object* schema, const std::string& pointer, int depth);

 private:
  // Nullopt: different. Else the rules that were needed.
  std::optional<ToleranceSet> Equal(const json::value& a, const json::value& b,
                                    const json::object* schema, std::string_view name, int depth);
  std::optional<ToleranceSet> ScalarsEqual(const json::value& a, const json::value& b,
                                           const json::object* schema, std::string_view name);
  std::optional<ToleranceSet> ArraysEqual(const json::array& a, const json::array& b,
                                          const json::object* schema, std::string_view name,
                                          int depth);
  std::optional<ToleranceSet> ObjectsEqual(const json::object& a, const json::object& b,
                                           const json::object* schema, int depth);
  // An argument that only one side gives. Nullopt: that is a difference.
  std::optional<ToleranceSet> MayBeLeftOut(const json::value& value, const json::object* parent,
                                           const json::object* schema, std::string_view name);

  // Whether the value is the default in the form that the schema documents: what code relies on, so only
  // case, punctuation and the form of numbers are looked over.
  std::optional<ToleranceSet> EqualsDefault(const json::value& value, const json::value& fallback,
                                            const json::object* schema, std::string_view name);

  void OnlyOne(v1::FindingKind kind, const json::value& value, const json::object* parent,
               std::string_view name, const std::string& pointer);
  void Record(v1::FindingKind kind, const std::string& pointer,
              const std::optional<ToleranceSet>& used);

  const json::object* Resolve(const json::value* schema) const;
  const json::object* Property(const json::object* schema, std::string_view name) const;
  ToleranceSet Allowed() const { return allowed_here_; }

  const ArgumentRules& rules_;
  ArgumentComparison& result_;
  ToleranceSet allowed_here_;
  friend class AllowedScope;

 public:
  void set_allowed(ToleranceSet allowed) { allowed_here_ = allowed; }
};

// The rules that are left on for one argument.
ToleranceSet AllowedFor(const ArgumentRules& rules, std::string_view argument) {
  ToleranceSet allowed = rules.allowed;
  if (rules.tool == nullptr) return allowed;
  for (const std::string& entry : rules.tool->disabled_tolerances()) {
    const size_t colon = entry.rfind(':');
    if (colon != std::string::npos && std::string_view(entry).substr(0, colon) != argument) continue;
    const auto tolerance =
        ToleranceByName(std::string_view(entry).substr(colon == std::string::npos ? 0 : colon + 1));
    if (tolerance) allowed.Remove(*tolerance);
  }
  return allowed;
}

bool IsIgnored(const ArgumentRules& rules, std::string_view argument) {
  if (rules.tool == nullptr) return false;
  const auto& ignored = rules.tool->ignored_arguments();
  return std::find(ignored.begin(), ignored.end(), argument) != ignored.end();
}

const json::object* Comparer::Resolve(const json::value* schema) const {
  for (int hops = 0; schema != nullptr && schema->is_object() && hops < 8; ++hops) {
    const std::string_view ref = TextMember(&schema->get_object(), "$ref");
    if (ref.empty() || ref[0] != '#' || rules_.schema == nullptr) return &schema->get_object();
    // Find takes a value: walk the pointer from the root by hand.
    std::string_view rest = ref.substr(1);
    const json::object* at = rules_.schema;
    const json::value* found = nullptr;
    while (!rest.empty() && at != nullptr) {
      rest.remove_prefix(1);
      const size_t slash = std::min(rest.find('/'), rest.size());
      found = Member(at, rest.substr(0, slash));
      at = found != nullptr && found->is_object() ? &found->get_object() : nullptr;
      rest.remove_prefix(slash);
    }
    schema = rest.empty() ? found : nullptr;
  }
  return nullptr;
}

const json::object* Comparer::Property(const json::object* schema, std::string_view name) const {
  const json::value* properties = Member(schema, "properties");
  if (properties == nullptr || !properties->is_object()) return nullptr;
  return Resolve(Member(&properties->get_object(), name));
}

bool IsRequired(const json::object* schema, std::string_view name) {
  const json::value* required = Member(schema, "required");
  if (required == nullptr || !required->is_array()) return false;
  for (const json::value& entry : required->get_array()) {
    if (entry.is_string() && View(entry.get_string()) == name) return true;
  }
  return false;
}

void Comparer::Record(v1::FindingKind kind, const std::string& pointer,
                      const std::optional<ToleranceSet>& used) {
  if (!used) {
    result_.differences.push_back({kind, pointer, {}});
  } else if (!used->empty()) {
    result_.tolerated.push_back({v1::FINDING_KIND_ARGUMENT_TOLERATED, pointer, *used});
  }
}

void Comparer::OnlyOne(v1::FindingKind kind, const json::value& value, const json::object* parent,
                       std::string_view name, const std::string& pointer) {
  Record(kind, PointerAppend(pointer, name),
         MayBeLeftOut(value, parent, Property(parent, name), name));
}

void Comparer::CompareObjects(const json::object& control, const json::object& candidate,
                              const json::object* schema, const std::string& pointer, int depth) {
  const bool top = pointer.empty();
  for (const json::key_value_pair& member : control) {
    const std::string_view name = View(member.key());
    if (top) {
      if (IsIgnored(rules_, name)) continue;
      allowed_here_ = AllowedFor(rules_, name);
      ++result_.arguments;
    }
    const json::value* other = candidate.if_contains(member.key());
    if (other == nullptr) {
      OnlyOne(v1::FINDING_KIND_ARGUMENT_MISSING, member.value(), schema, name, pointer);
      continue;
    }
    const json::object* property = Property(schema, name);
    if (member.value().is_object() && other->is_object() && depth < kMaxDepth) {
      CompareObjects(member.value().get_object(), other->get_object(), property,
                     PointerAppend(pointer, name), depth + 1);
      continue;
    }
    if (JsonEqual(member.value(), *other)) continue;
    Record(v1::FINDING_KIND_ARGUMENT_DIFFERS, PointerAppend(pointer, name),
           Equal(member.value(), *other, property, name, depth));
  }
  for (const json::key_value_pair& member : candidate) {
    const std::string_view name = View(member.key());
    if (control.if_contains(member.key()) != nullptr) continue;
    if (top) {
      if (IsIgnored(rules_, name)) continue;
      allowed_here_ = AllowedFor(rules_, name);
      ++result_.arguments;
    }
    OnlyOne(v1::FINDING_KIND_ARGUMENT_EXTRA, member.value(), schema, name, pointer);
  }
}

std::optional<ToleranceSet> Comparer::EqualsDefault(const json::value& value,
                                                    const json::value& fallback,
                                                    const json::object* schema,
                                                    std::string_view name) {
  const ToleranceSet before = allowed_here_;
  for (const Tolerance form :
       {Tolerance::kDateForm, Tolerance::kTimeForm, Tolerance::kUnitForm, Tolerance::kPlaceDetail,
        Tolerance::kWordForm, Tolerance::kAbbreviation, Tolerance::kMathNotation,
        Tolerance::kFreeText}) {
    allowed_here_.Remove(form);
  }
  const auto equal = Equal(value, fallback, schema, name, 0);
  allowed_here_ = before;
  return equal;
}

std::optional<ToleranceSet> Comparer::MayBeLeftOut(const json::value& value,
                                                   const json::object* parent,
                                                   const json::object* schema,
                                                   std::string_view name) {
  ToleranceSet used;
  if (Allowed().Has(Tolerance::kDefaultValue)) {
    std::optional<ToleranceSet> equal;
    if (const json::value* fallback = Member(schema, "default")) {
      equal = EqualsDefault(value, *fallback, schema, name);
    }
    const auto described = DescribedDefault(TextMember(schema, "description"));
    if (!equal && described) equal = EqualsDefault(value, json::value(*described), schema, name);
    if (equal) {
      equal->Add(Tolerance::kDefaultValue);
      return equal;
    }
  }
  if (IsRequired(parent, name)) return std::nullopt;
  if (Allowed().Has(Tolerance::kEmptyOptional) && IsEmpty(value)) {
    used.Add(Tolerance::kEmptyOptional);
    return used;
  }
  return std::nullopt;
}

std::optional<ToleranceSet> Comparer::Equal(const json::value& a, const json::value& b,
                                            const json::object* schema, std::string_view name,
                                            int depth) {
  if (depth >= kMaxDepth) return std::nullopt;
  if (IsScalar(a) && IsScalar(b)) return ScalarsEqual(a, b, schema, name);
  if (a.is_array() && b.is_array()) {
    return ArraysEqual(a.get_array(), b.get_array(), schema, name, depth);
  }
  if (a.is_object() && b.is_object()) {
    return ObjectsEqual(a.get_object(), b.get_object(), schema, depth);
  }
  // "a" and ["a"].
  const json::value& list = a.is_array() ? a : b;
  const json::value& item = a.is_array() ? b : a;
  if (list.is_array() && IsScalar(item) && list.get_array().size() == 1 &&
      Allowed().Has(Tolerance::kSingleItem)) {
    auto used = Equal(list.get_array()[0], item, Resolve(Member(schema, "items")), name, depth + 1);
    if (used) used->Add(Tolerance::kSingleItem);
    return used;
  }
  return std::nullopt;
}

std::optional<ToleranceSet> Comparer::ScalarsEqual(const json::value& a, const json::value& b,
                                                   const json::object* schema,
                                                   std::string_view name) {
  if (a.is_string() && b.is_string()) {
    TextContext context;
    context.name = name;
    context.description = TextMember(schema, "description");
    context.is_code = Member(schema, "enum") != nullptr || Member(schema, "pattern") != nullptr;
    context.allowed = Allowed();
    return TextsEqual(View(a.get_string()), View(b.get_string()), context);
  }
  ToleranceSet used;
  if (a.is_number() && b.is_number()) {
    if (JsonEqual(a, b)) return used;
    const double x = a.to_number<double>(), y = b.to_number<double>();
    if (Allowed().Has(Tolerance::kNumberRounding) &&
        std::abs(x - y) <= 1e-12 * std::max(std::abs(x), std::abs(y))) {
      used.Add(Tolerance::kNumberRounding);
      return used;
    }
    return std::nullopt;
  }
  if (a.kind() == b.kind()) {
    return JsonEqual(a, b) ? std::optional(used) : std::nullopt;
  }
  if (!Allowed().Has(Tolerance::kNumberText) || a.is_null() || b.is_null()) return std::nullopt;
  used.Add(Tolerance::kNumberText);
  std::string buffer_a, buffer_b;
  const std::string_view x = ScalarText(a, buffer_a), y = ScalarText(b, buffer_b);
  const auto number_x = ReadNumber(x), number_y = ReadNumber(y);
  if (number_x && number_y && *number_x == *number_y) return used;
  const auto bool_x = ReadBool(x), bool_y = ReadBool(y);
  if (bool_x && bool_y && *bool_x == *bool_y) return used;
  return std::nullopt;
}

std::optional<ToleranceSet> Comparer::ArraysEqual(const json::array& a, const json::array& b,
                                                  const json::object* schema,
                                                  std::string_view name, int depth) {
  if (a.size() != b.size()) return std::nullopt;
  const json::object* items = Resolve(Member(schema, "items"));
  ToleranceSet in_order;
  bool equal = true;
  for (size_t i = 0; equal && i < a.size(); ++i) {
    const auto used = Equal(a[i], b[i], items, name, depth + 1);
    equal = used.has_value();
    if (used) in_order.Merge(*used);
  }
  if (equal) return in_order;
  // Numbers are often coordinates or series, whose order carries meaning; strings are names of things.
  const auto is_string = [](const json::value& value) { return value.is_string(); };
  if (!Allowed().Has(Tolerance::kListOrder) || a.size() > kMaxSetElements ||
      !std::all_of(a.begin(), a.end(), is_string) || !std::all_of(b.begin(), b.end(), is_string)) {
    return std::nullopt;
  }
  ToleranceSet used_all;
  used_all.Add(Tolerance::kListOrder);
  std::vector<bool> taken(b.size());
  for (const json::value& element : a) {
    bool found = false;
    for (size_t j = 0; j < b.size() && !found; ++j) {
      if (taken[j]) continue;
      if (const auto used = Equal(element, b[j], items, name, depth + 1)) {
        used_all.Merge(*used);
        taken[j] = found = true;
      }
    }
    if (!found) return std::nullopt;
  }
  return used_all;
}

std::optional<ToleranceSet> Comparer::ObjectsEqual(const json::object& a, const json::object& b,
                                                   const json::object* schema, int depth) {
  ToleranceSet used;
  for (const json::key_value_pair& member : a) {
    const std::string_view name = View(member.key());
    const json::value* other = b.if_contains(member.key());
    const auto member_used =
        other == nullptr ? MayBeLeftOut(member.value(), schema, Property(schema, name), name)
                         : Equal(member.value(), *other, Property(schema, name), name, depth + 1);
    if (!member_used) return std::nullopt;
    used.Merge(*member_used);
  }
  for (const json::key_value_pair& member : b) {
    if (a.if_contains(member.key()) != nullptr) continue;
    const std::string_view name = View(member.key());
    const auto member_used = MayBeLeftOut(member.value(), schema, Property(schema, name), name);
    if (!member_used) return std::nullopt;
    used.Merge(*member_used);
  }
  return used;
}

}  // namespace

ArgumentComparison CompareArguments(const json::object& control, const json::object& candidate,
                                    const ArgumentRules& rules) {
  ArgumentComparison result;
  // Most pairs are equal as they stand.
  if (ObjectsIdentical(control, candidate)) {
    result.arguments = static_cast<int>(control.size());
    return result;
  }
  Comparer comparer(rules, result);
  comparer.CompareObjects(control, candidate, rules.schema, "", 0);
  return result;
}

}  // namespace warmpath
