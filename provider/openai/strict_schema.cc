#include "provider/openai/strict_schema.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr std::string_view kRefused[] = {
    "allOf", "oneOf", "not", "if", "then", "else", "contains", "minContains", "maxContains",
    "dependentRequired", "dependentSchemas", "dependencies", "patternProperties", "propertyNames",
    "prefixItems", "unevaluatedItems", "unevaluatedProperties", "uniqueItems", "minProperties",
    "maxProperties", "contentEncoding", "contentMediaType", "contentSchema", "$anchor",
    "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"};

bool AllRequired(const json::object& schema, const json::object& properties) {
  const json::array* required = ArrayMember(schema, "required");
  for (const auto& member : properties) {
    const bool listed = required != nullptr &&
                        std::any_of(required->begin(), required->end(), [&](const json::value& v) {
                          return v.is_string() && v.get_string() == member.key();
                        });
    if (!listed) return false;
  }
  return true;
}

std::string ProblemIn(const json::value& value);

std::string ProblemInMembers(const json::object& members) {
  for (const auto& member : members) {
    std::string problem = ProblemIn(member.value());
    if (!problem.empty()) return problem;
  }
  return "";
}

std::string ProblemInObject(const json::object& schema) {
  const json::object* properties = ObjectMember(schema, "properties");
  if (properties == nullptr && StringMember(schema, "type") != "object") return "";
  const json::value* additional = Member(schema, "additionalProperties");
  if (additional == nullptr || !additional->is_bool() || additional->get_bool()) {
    return "an object without additionalProperties: false";
  }
  if (properties == nullptr) return "";
  if (!AllRequired(schema, *properties)) return "a property that is not required";
  return ProblemInMembers(*properties);
}

std::string ProblemIn(const json::value& value) {
  const json::object* schema = value.if_object();
  if (schema == nullptr) return "a schema that is not an object";
  for (std::string_view keyword : kRefused) {
    if (schema->contains(keyword)) return absl::StrCat("the keyword ", ToAbsl(keyword));
  }
  const std::string_view reference = StringMember(*schema, "$ref");
  if (!reference.empty() && !reference.starts_with("#")) return "a $ref to elsewhere";
  std::string problem = ProblemInObject(*schema);
  for (std::string_view keyword : {"$defs", "definitions"}) {
    const json::object* members = ObjectMember(*schema, keyword);
    if (problem.empty() && members != nullptr) problem = ProblemInMembers(*members);
  }
  if (const json::value* items = Member(*schema, "items"); problem.empty() && items != nullptr) {
    problem = ProblemIn(*items);
  }
  const json::array* any_of = ArrayMember(*schema, "anyOf");
  if (any_of == nullptr) return problem;
  for (const json::value& option : *any_of) {
    if (problem.empty()) problem = ProblemIn(option);
  }
  return problem;
}

}  // namespace

std::string OpenAiStrictProblem(std::string_view schema_json) {
  const auto schema = ParseJson(schema_json);
  if (!schema.ok() || !schema->is_object()) return "a schema that is not an object";
  if (StringMember(schema->get_object(), "type") != "object") return "a root that is not an object";
  if (schema->get_object().contains("anyOf")) return "anyOf at its root";
  return ProblemIn(*schema);
}

}  // namespace warmpath
