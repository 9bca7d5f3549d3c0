// Whether a vendor can constrain answers to a JSON Schema.
#pragma once

#include <string>
#include <string_view>

#include "warmpath/v1/capability.pb.h"

namespace warmpath {

// Why the model behind `server` cannot hold `schema_json` natively, in words that follow "cannot hold
// it: "; "" if it can, or if nobody knows. Sources: the normalisers in the SDKs of OpenAI and
// Anthropic, the types of Google's.
//
// "Cannot" means that an answer may break the schema although the vendor was given it: keywords that
// are refused, that only become hints, or a model without structured output.
std::string SchemaProblem(std::string_view server, const v1::ModelCapabilities& can,
                          std::string_view schema_json);

// The same of Gemini's OpenAPI subset, where one keyword that it lacks rejects the whole request: the
// first such keyword, "an array without items", or "".
std::string GeminiSchemaProblem(std::string_view schema_json);

}  // namespace warmpath
