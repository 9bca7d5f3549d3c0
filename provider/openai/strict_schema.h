// The part of JSON Schema that OpenAI can constrain decoding to.
#pragma once

#include <string>
#include <string_view>

namespace warmpath {

// Why OpenAI would refuse `schema_json` with strict: true; "" if it would take it. Source: the
// normaliser in OpenAI's SDK.
std::string OpenAiStrictProblem(std::string_view schema_json);

}  // namespace warmpath
