// The part of JSON Schema that Gemini takes, and its own older form of schemas.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace warmpath {

// A schema as Gemini takes it.
struct GeminiSchema {
  std::string json;
  // Keywords that are only hints now: they were moved into descriptions. Sorted, without repeats.
  std::vector<std::string> hints;
};

// Rewrites a JSON Schema for parametersJsonSchema and responseJsonSchema. One keyword that is not
// taken makes Gemini refuse the whole request, so such a keyword moves into the description; `const`
// becomes `enum`, `definitions` become `$defs`, and an array says that it has items. Text that is no
// JSON object comes back as it is. Source: the keywords that Google's reference lists for
// responseJsonSchema.
GeminiSchema ToGeminiSchema(std::string_view schema_json);

// A schema in Gemini's OpenAPI subset as JSON Schema: types in lower case, `nullable` as a type, limits
// as numbers.
boost::json::value FromGeminiSchema(const boost::json::value& schema);

}  // namespace warmpath
