// The part of JSON Schema that Anthropic can constrain decoding to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace warmpath {

// A schema as Anthropic takes it.
struct OutputSchema {
  // The schema; "" if it cannot be used at all.
  std::string json;
  // Why it cannot be used.
  std::string problem;
  // Keywords that are only hints now: they were moved into descriptions. Sorted, without repeats.
  std::vector<std::string> hints;
  // Properties that are not required, in all objects together. Above 24 the schema is refused; from
  // about 11 on compiling it may fail.
  int optional = 0;
};

// Rewrites a schema: oneOf becomes anyOf, objects are closed, and every keyword that Anthropic does
// not constrain to moves into the description. Source: the normaliser in Anthropic's SDK.
//
// Cannot be used: recursion, and more than 24 optional properties.
OutputSchema ToAnthropicSchema(std::string_view schema_json);

}  // namespace warmpath
