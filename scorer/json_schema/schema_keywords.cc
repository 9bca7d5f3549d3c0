// One handler for each keyword: checks the shape of its value and writes the node's rules.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "scorer/json_schema/json_equal.h"
#include "scorer/json_schema/schema_graph_builder.h"
#include "scorer/json_schema/uri.h"

namespace warmpath {
namespace {

namespace json = boost::json;

// Above this many, an enum of strings is looked up by hash.
constexpr size_t kHashedEnum = 8;
constexpr size_t kMaxDynamicNames = 100;

absl::string_view View(const json::string& text) { return {text.data(), text.size()}; }
absl::string_view View(json::string_view text) { return {text.data(), text.size()}; }

template <typename T>
T& Make(std::unique_ptr<T>& rules) {
  if (rules == nullptr) rules = std::make_unique<T>();
  return *rules;
}

absl::Status Malformed(absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat("must be ", wanted));
}

}  // namespace

const GraphBuilder::Keywords& GraphBuilder::KnownKeywords() {
  using B = GraphBuilder;
  constexpr Draft k4 = Draft::k4, k6 = Draft::k6, k7 = Draft::k7, k2019 = Draft::k2019_09,
                  k2020 = Draft::k2020_12;
  static const auto& keywords = *new Keywords{
      {"$ref", {&B::Ref, k4, k2020, false}},
      {"$dynamicRef", {&B::DynamicRef, k2020, k2020, false}},
      {"$recursiveRef", {&B::RecursiveRef, k2019, k2019, false}},
      {"type", {&B::Type}},
      {"const", {&B::Constant, k6}},
      {"enum", {&B::Enum}},
      {"minimum", {&B::Bound}},
      {"maximum", {&B::Bound}},
      {"exclusiveMinimum", {&B::ExclusiveBound}},
      {"exclusiveMaximum", {&B::ExclusiveBound}},
      {"multipleOf", {&B::MultipleOf}},
      {"minLength", {&B::Size}},
      {"maxLength", {&B::Size}},
      {"minItems", {&B::Size}},
      {"maxItems", {&B::Size}},
      {"minProperties", {&B::Size}},
      {"maxProperties", {&B::Size}},
      {"minContains", {&B::Size, k2019}},
      {"maxContains", {&B::Size, k2019}},
      {"pattern", {&B::StringPattern}},
      {"format", {&B::Format, k4, k2020, false}},
      {"items", {&B::Items, k4, k2020, false}},
      {"prefixItems", {&B::PrefixItems, k2020, k2020, false}},
      {"additionalItems", {&B::AdditionalItems, k4, k2019, false}},
      {"uniqueItems", {&B::UniqueItems}},
      {"contains", {&B::Contains, k6, k2020, false}},
      {"unevaluatedItems", {&B::Unevaluated, k2019, k2020, false}},
      {"unevaluatedProperties", {&B::Unevaluated, k2019, k2020, false}},
      {"properties", {&B::Properties, k4, k2020, false}},
      {"patternProperties", {&B::PatternProperties, k4, k2020, false}},
      {"additionalProperties", {&B::ObjectSchema, k4, k2020, false}},
      {"propertyNames", {&B::ObjectSchema, k6, k2020, false}},
      {"required", {&B::Required}},
      {"dependencies", {&B::Dependencies, k4, k2020, false}},
      {"dependentRequired", {&B::Dependencies, k2019}},
      {"dependentSchemas", {&B::Dependencies, k2019, k2020, false}},
      {"allOf", {&B::Combination, k4, k2020, false}},
      {"anyOf", {&B::Combination, k4, k2020, false}},
      {"oneOf", {&B::Combination, k4, k2020, false}},
      {"not", {&B::SingleInPlace, k4, k2020, false}},
      {"if", {&B::SingleInPlace, k7, k2020, false}},
      {"then", {&B::SingleInPlace, k7, k2020, false}},
      {"else", {&B::SingleInPlace, k7, k2020, false}},
  };
  return keywords;
}

absl::StatusOr<uint64_t> GraphBuilder::Count(const json::value& value) {
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<uint64_t>(value.get_int64());
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_double() && value.get_double() >= 0 && IsIntegral(value)) {
    constexpr double kBeyond = 18446744073709551616.0;
    return value.get_double() < kBeyond ? static_cast<uint64_t>(value.get_double()) : kUnbounded;
  }
  return Malformed("a whole number that isn't negative");
}

absl::StatusOr<std::vector<absl::string_view>> GraphBuilder::Names(const json::value& value) {
  const json::array* array = value.if_array();
  if (array == nullptr) return Malformed("an array of property names");
  std::vector<absl::string_view> names;
  for (const json::value& item : *array) {
    const json::string* name = item.if_string();
    if (name == nullptr) return Malformed("an array of property names");
    names.push_back(View(*name));
  }
  return names;
}

PropertyRule& GraphBuilder::Property(ObjectRules& rules, absl::string_view name) {
  const auto [entry, is_new] = rules.index.try_emplace(name, rules.properties.size());
  return is_new ? rules.properties.emplace_back(PropertyRule{name})
                : rules.properties[entry->second];
}

absl::StatusOr<std::optional<SchemaDocuments::Place>> GraphBuilder::Resolve(
    const json::value& reference, Subject& at) {
  const json::string* text = reference.if_string();
  if (text == nullptr) return Malformed("a URI reference");
  auto place = graph_->documents->Resolve(at.resource, View(*text));
  if (absl::IsNotFound(place.status()) && !options_.refuse_unresolved_refs) {
    Make(at.node.in_place).unresolved = std::string(place.status().message());
    return std::nullopt;
  }
  RETURN_IF_ERROR(place.status());
  return *std::move(place);
}

absl::Status GraphBuilder::Ref(absl::string_view, const json::value& value, Subject& at) {
  ASSIGN_OR_RETURN(const auto place, Resolve(value, at));
  if (!place.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Make(at.node.in_place).ref,
                   NodeFor(*place->value, place->resource, place->location));
  return absl::OkStatus();
}

absl::Status GraphBuilder::DynamicRef(absl::string_view, const json::value& value, Subject& at) {
  ASSIGN_OR_RETURN(const auto place, Resolve(value, at));
  if (!place.has_value()) return absl::OkStatus();
  InPlaceRules& rules = Make(at.node.in_place);
  ASSIGN_OR_RETURN(rules.dynamic_target, NodeFor(*place->value, place->resource, place->location));
  const std::string name = SplitFragment(View(value.get_string())).fragment.value_or("");
  const auto anchor = place->resource->anchors.find(name);
  if (anchor == place->resource->anchors.end() || !anchor->second.dynamic) return absl::OkStatus();
  rules.dynamic_name = name;
  dynamic_names_.insert(name);
  if (dynamic_names_.size() > kMaxDynamicNames) {
    return absl::ResourceExhaustedError(
        absl::StrCat("schema has more than ", kMaxDynamicNames, " dynamic anchors"));
  }
  graph_->uses_dynamic_scope = true;
  return absl::OkStatus();
}

absl::Status GraphBuilder::RecursiveRef(absl::string_view, const json::value& value, Subject& at) {
  const json::string* reference = value.if_string();
  if (reference == nullptr || View(*reference) != "#") return Malformed("\"#\"");
  InPlaceRules& rules = Make(at.node.in_place);
  ASSIGN_OR_RETURN(rules.dynamic_target,
                   NodeFor(*at.resource->root, at.resource, at.resource->location));
  if (!at.resource->recursive_anchor) return absl::OkStatus();
  rules.dynamic_name = "";
  dynamic_names_.insert("");
  graph_->uses_dynamic_scope = true;
  return absl::OkStatus();
}

absl::Status GraphBuilder::Type(absl::string_view, const json::value& value, Subject& at) {
  constexpr std::pair<absl::string_view, TypeSet> kTypes[] = {
      {"null", kNullType},     {"boolean", kBooleanType}, {"object", kObjectType},
      {"array", kArrayType},   {"string", kStringType},   {"integer", kIntegerType},
      {"number", kNumberType},
  };
  TypeSet types = 0;
  const auto add = [&](const json::value& one) -> absl::Status {
    const json::string* name = one.if_string();
    if (name == nullptr) return Malformed("a type's name or an array of them");
    for (const auto& [known, bits] : kTypes) {
      if (known == View(*name)) {
        types |= bits;
        return absl::OkStatus();
      }
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", View(*name),
        "\" is no type; known: null, boolean, object, array, string, integer, number"));
  };
  if (const json::array* array = value.if_array()) {
    for (const json::value& one : *array) RETURN_IF_ERROR(add(one));
  } else {
    RETURN_IF_ERROR(add(value));
  }
  at.node.types = types;
  return absl::OkStatus();
}

absl::Status GraphBuilder::Constant(absl::string_view, const json::value& value, Subject& at) {
  Make(at.node.value).constant = &value;
  return absl::OkStatus();
}

absl::Status GraphBuilder::Enum(absl::string_view, const json::value& value, Subject& at) {
  const json::array* array = value.if_array();
  if (array == nullptr) return Malformed("an array");
  ValueRules& rules = Make(at.node.value);
  rules.allowed = array;
  if (array->size() < kHashedEnum) return absl::OkStatus();
  for (const json::value& one : *array) {
    if (!one.is_string()) {
      rules.allowed_strings.clear();
      return absl::OkStatus();
    }
    rules.allowed_strings.insert(View(one.get_string()));
  }
  return absl::OkStatus();
}

absl::Status GraphBuilder::Bound(absl::string_view keyword, const json::value& value, Subject& at) {
  if (!value.is_number()) return Malformed("a number");
  NumberRules& rules = Make(at.node.number);
  const bool lower = keyword == "minimum";
  const json::value* exclusive = at.Sibling(lower ? "exclusiveMinimum" : "exclusiveMaximum");
  // In draft 4, exclusiveMinimum is a flag that changes what minimum means.
  const bool excluded = at.draft() == Draft::k4 && exclusive != nullptr && exclusive->is_bool() &&
                        exclusive->get_bool();
  if (lower) {
    (excluded ? rules.exclusive_minimum : rules.minimum) = &value;
  } else {
    (excluded ? rules.exclusive_maximum : rules.maximum) = &value;
  }
  return absl::OkStatus();
}

absl::Status GraphBuilder::ExclusiveBound(absl::string_view keyword, const json::value& value,
                                          Subject& at) {
  if (at.draft() == Draft::k4) {
    return value.is_bool() ? absl::OkStatus() : Malformed("true or false in draft 4");
  }
  if (!value.is_number()) return Malformed("a number");
  NumberRules& rules = Make(at.node.number);
  (keyword == "exclusiveMinimum" ? rules.exclusive_minimum : rules.exclusive_maximum) = &value;
  return absl::OkStatus();
}

absl::Status GraphBuilder::MultipleOf(absl::string_view, const json::value& value, Subject& at) {
  if (!value.is_number()) return Malformed("a number above 0");
  if (CompareJsonNumbers(value, json::value(0)) <= 0) return Malformed("a number above 0");
  Make(at.node.number).multiple_of = &value;
  return absl::OkStatus();
}

absl::Status GraphBuilder::Size(absl::string_view keyword, const json::value& value, Subject& at) {
  ASSIGN_OR_RETURN(const uint64_t count, Count(value));
  SchemaNode& node = at.node;
  if (keyword == "minLength") Make(node.string).min_length = count;
  if (keyword == "maxLength") Make(node.string).max_length = count;
  if (keyword == "minItems") Make(node.array).min_items = count;
  if (keyword == "maxItems") Make(node.array).max_items = count;
  if (keyword == "minContains") Make(node.array).min_contains = count;
  if (keyword == "maxContains") Make(node.array).max_contains = count;
  if (keyword == "minProperties") Make(node.object).min_properties = count;
  if (keyword == "maxProperties") Make(node.object).max_properties = count;
  return absl::OkStatus();
}

absl::Status GraphBuilder::StringPattern(absl::string_view, const json::value& value, Subject& at) {
  const json::string* source = value.if_string();
  if (source == nullptr) return Malformed("a regular expression");
  ASSIGN_OR_RETURN(Make(at.node.string).pattern, Pattern(View(*source)));
  return absl::OkStatus();
}

absl::Status GraphBuilder::Format(absl::string_view, const json::value& value, Subject& at) {
  const json::string* name = value.if_string();
  if (name == nullptr) return Malformed("a format's name");
  if (!options_.assert_formats && !at.resource->dialect.format_assertion) return absl::OkStatus();
  const FormatCheck check = FindFormat(View(*name));
  if (check == nullptr) return absl::OkStatus();
  StringRules& rules = Make(at.node.string);
  rules.format = check;
  rules.format_name = std::string(View(*name));
  return absl::OkStatus();
}

absl::Status GraphBuilder::Items(absl::string_view keyword, const json::value& value, Subject& at) {
  if (!value.is_array()) {
    ASSIGN_OR_RETURN(Make(at.node.array).rest, Child(value, at, keyword));
    return absl::OkStatus();
  }
  if (at.draft() >= Draft::k2020_12) {
    return Malformed("one schema; since 2020-12 a tuple is written with prefixItems");
  }
  ArrayRules& rules = Make(at.node.array);
  rules.prefix_keyword = "items";
  ASSIGN_OR_RETURN(rules.prefix, Children(value, at, keyword));
  return absl::OkStatus();
}

absl::Status GraphBuilder::PrefixItems(absl::string_view keyword, const json::value& value,
                                       Subject& at) {
  ASSIGN_OR_RETURN(Make(at.node.array).prefix, Children(value, at, keyword));
  return absl::OkStatus();
}

absl::Status GraphBuilder::AdditionalItems(absl::string_view keyword, const json::value& value,
                                           Subject& at) {
  const json::value* items = at.Sibling("items");
  if (items == nullptr || !items->is_array()) return absl::OkStatus();
  ArrayRules& rules = Make(at.node.array);
  rules.rest_keyword = "additionalItems";
  ASSIGN_OR_RETURN(rules.rest, Child(value, at, keyword));
  return absl::OkStatus();
}

absl::Status GraphBuilder::UniqueItems(absl::string_view, const json::value& value, Subject& at) {
  if (!value.is_bool()) return Malformed("true or false");
  Make(at.node.array).unique = value.get_bool();
  return absl::OkStatus();
}

absl::Status GraphBuilder::Contains(absl::string_view keyword, const json::value& value,
                                    Subject& at) {
  ArrayRules& rules = Make(at.node.array);
  rules.contains_evaluates = at.draft() >= Draft::k2020_12;
  ASSIGN_OR_RETURN(rules.contains, Child(value, at, keyword));
  return absl::OkStatus();
}

absl::Status GraphBuilder::Unevaluated(absl::string_view keyword, const json::value& value,
                                       Subject& at) {
  ASSIGN_OR_RETURN(const SchemaNode* child, Child(value, at, keyword));
  at.node.tracks_evaluated = true;
  if (keyword == "unevaluatedItems") {
    Make(at.node.array).unevaluated = child;
  } else {
    Make(at.node.object).unevaluated = child;
  }
  return absl::OkStatus();
}

absl::Status GraphBuilder::Properties(absl::string_view keyword, const json::value& value,
                                      Subject& at) {
  const json::object* object = value.if_object();
  if (object == nullptr) return Malformed("an object of schemas");
  ObjectRules& rules = Make(at.node.object);
  const SchemaLocation* here = graph_->documents->Below(at.node.location, keyword);
  for (const json::key_value_pair& member : *object) {
    const absl::string_view name = View(member.key());
    ASSIGN_OR_RETURN(const SchemaNode* child,
                     ChildAt(member.value(), at, graph_->documents->Below(here, name)));
    Property(rules, name).schema = child;
  }
  return absl::OkStatus();
}

absl::Status GraphBuilder::PatternProperties(absl::string_view keyword, const json::value& value,
                                             Subject& at) {
  const json::object* object = value.if_object();
  if (object == nullptr) return Malformed("an object of schemas");
  ObjectRules& rules = Make(at.node.object);
  const SchemaLocation* here = graph_->documents->Below(at.node.location, keyword);
  for (const json::key_value_pair& member : *object) {
    const absl::string_view source = View(member.key());
    ASSIGN_OR_RETURN(const EcmaPattern* pattern, Pattern(source));
    ASSIGN_OR_RETURN(const SchemaNode* child,
                     ChildAt(member.value(), at, graph_->documents->Below(here, source)));
    rules.patterns.emplace_back(pattern, child);
  }
  return absl::OkStatus();
}

absl::Status GraphBuilder::ObjectSchema(absl::string_view keyword, const json::value& value,
                                        Subject& at) {
  ASSIGN_OR_RETURN(const SchemaNode* child, Child(value, at, keyword));
  ObjectRules& rules = Make(at.node.object);
  (keyword == "propertyNames" ? rules.names : rules.additional) = child;
  return absl::OkStatus();
}

absl::Status GraphBuilder::Required(absl::string_view, const json::value& value, Subject& at) {
  ASSIGN_OR_RETURN(const std::vector<absl::string_view> names, Names(value));
  ObjectRules& rules = Make(at.node.object);
  for (const absl::string_view name : names) {
    bool& required = Property(rules, name).required;
    if (!required) ++rules.required_count;
    required = true;
  }
  return absl::OkStatus();
}

absl::Status GraphBuilder::Dependencies(absl::string_view keyword, const json::value& value,
                                        Subject& at) {
  const json::object* object = value.if_object();
  if (object == nullptr) return Malformed("an object");
  ObjectRules& rules = Make(at.node.object);
  const SchemaLocation* here = graph_->documents->Below(at.node.location, keyword);
  for (const json::key_value_pair& member : *object) {
    Dependency& dependency = rules.dependencies.emplace_back();
    dependency.name = View(member.key());
    dependency.keyword = keyword == "dependencies"        ? "dependencies"
                         : keyword == "dependentRequired" ? "dependentRequired"
                                                          : "dependentSchemas";
    const bool names = keyword == "dependentRequired" ||
                       (keyword == "dependencies" && member.value().is_array());
    if (names) {
      ASSIGN_OR_RETURN(dependency.required, Names(member.value()));
    } else {
      ASSIGN_OR_RETURN(dependency.schema,
                       ChildAt(member.value(), at,
                               graph_->documents->Below(here, dependency.name)));
    }
  }
  return absl::OkStatus();
}

absl::Status GraphBuilder::Combination(absl::string_view keyword, const json::value& value,
                                       Subject& at) {
  ASSIGN_OR_RETURN(std::vector<const SchemaNode*> children, Children(value, at, keyword));
  if (children.empty()) return Malformed("an array of at least one schema");
  InPlaceRules& rules = Make(at.node.in_place);
  (keyword == "allOf" ? rules.all_of : keyword == "anyOf" ? rules.any_of : rules.one_of) =
      std::move(children);
  return absl::OkStatus();
}

absl::Status GraphBuilder::SingleInPlace(absl::string_view keyword, const json::value& value,
                                         Subject& at) {
  ASSIGN_OR_RETURN(const SchemaNode* child, Child(value, at, keyword));
  InPlaceRules& rules = Make(at.node.in_place);
  if (keyword == "not") rules.not_schema = child;
  if (keyword == "if") rules.if_schema = child;
  if (keyword == "then") rules.then_schema = child;
  if (keyword == "else") rules.else_schema = child;
  return absl::OkStatus();
}

}  // namespace warmpath
