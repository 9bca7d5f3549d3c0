#include "provider/capability/schema_fit.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/anthropic/output_schema.h"
#include "provider/openai/strict_schema.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

// Compiling a grammar starts to fail above this many (Vertex at 11, Anthropic's API at 13).
constexpr int kSafeOptional = 10;

// Slots of the type Schema in @google/genai 3.1.0.
constexpr std::string_view kGeminiKeywords[] = {
    "type",     "format",   "title",     "description",   "nullable",      "default",
    "items",    "minItems", "maxItems",  "enum",          "properties",    "propertyOrdering",
    "required", "anyOf",    "minLength", "maxLength",     "minProperties", "maxProperties",
    "pattern",  "minimum",  "maximum",   "example"};

std::string GeminiProblemIn(const json::value& value) {
  const json::object* schema = value.if_object();
  if (schema == nullptr) return "a schema that is not an object";
  for (const auto& member : *schema) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::find(std::begin(kGeminiKeywords), std::end(kGeminiKeywords), key) ==
        std::end(kGeminiKeywords)) {
      return absl::StrCat("the keyword ", ToAbsl(key));
    }
  }
  if (StringMember(*schema, "type") == "array" && !schema->contains("items")) {
    return "an array without items";
  }
  if (const json::object* properties = ObjectMember(*schema, "properties")) {
    for (const auto& member : *properties) {
      if (std::string problem = GeminiProblemIn(member.value()); !problem.empty()) return problem;
    }
  }
  if (const json::value* items = Member(*schema, "items")) {
    if (std::string problem = GeminiProblemIn(*items); !problem.empty()) return problem;
  }
  const json::array* any_of = ArrayMember(*schema, "anyOf");
  if (any_of == nullptr) return "";
  for (const json::value& option : *any_of) {
    if (std::string problem = GeminiProblemIn(option); !problem.empty()) return problem;
  }
  return "";
}

std::string AnthropicProblem(std::string_view schema_json) {
  const OutputSchema schema = ToAnthropicSchema(schema_json);
  if (!schema.problem.empty()) return schema.problem;
  if (!schema.hints.empty()) {
    return absl::StrCat("these keywords become hints only: ", absl::StrJoin(schema.hints, ", "));
  }
  if (schema.optional > kSafeOptional) {
    return absl::StrCat("it has ", schema.optional, " optional properties, and from ",
                        kSafeOptional + 1, " on it may be refused");
  }
  return "";
}

std::string Has(std::string problem) { return problem.empty() ? "" : "it has " + problem; }

}  // namespace

std::string SchemaProblem(std::string_view server, const v1::ModelCapabilities& can,
                          std::string_view schema_json) {
  if (can.has_native_structured_output() && !can.native_structured_output()) {
    return "the model has no structured output";
  }
  if (server == "anthropic") return AnthropicProblem(schema_json);
  if (server == "openai" || server == "azure_openai") return Has(OpenAiStrictProblem(schema_json));
  // Gemini takes real JSON Schema for answers (responseJsonSchema); what it ignores is not told.
  return "";
}

std::string GeminiSchemaProblem(std::string_view schema_json) {
  const auto schema = ParseJson(schema_json);
  return schema.ok() ? GeminiProblemIn(*schema) : "a schema that is not JSON";
}

}  // namespace warmpath
