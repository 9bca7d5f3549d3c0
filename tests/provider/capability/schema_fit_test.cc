#include "provider/capability/schema_fit.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "provider/capability/table.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;

std::string Problem(std::string_view server, std::string_view model, const std::string& schema) {
  return SchemaProblem(server, CapabilitiesFor(ShippedCapabilities(), server, model), schema);
}

// A closed object whose one property holds `keyword`.
std::string With(const std::string& keyword) {
  return absl::StrCat(R"({"type":"object","properties":{"a":{"type":"string",)", keyword,
                      R"(}},"required":["a"],"additionalProperties":false})");
}

// A closed object with `count` properties that may be missing.
std::string Optional(int count) {
  std::string properties;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&properties, i == 0 ? "" : ",", "\"p", i, "\":{\"type\":\"string\"}");
  }
  return absl::StrCat(R"({"type":"object","properties":{)", properties,
                      R"(},"additionalProperties":false})");
}

constexpr char kGood[] =
    R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false})";

TEST(SchemaProblem, EveryKeywordThatOpenAiRefuses) {
  EXPECT_EQ(Problem("openai", "gpt-4o", kGood), "");
  EXPECT_EQ(Problem("azure_openai", "house-gpt", kGood), "");
  for (const char* keyword :
       {"allOf", "oneOf", "not", "if", "then", "else", "contains", "minContains", "maxContains",
        "dependentRequired", "dependentSchemas", "dependencies", "patternProperties", "propertyNames",
        "prefixItems", "unevaluatedItems", "unevaluatedProperties", "uniqueItems", "minProperties",
        "maxProperties", "contentEncoding", "contentMediaType", "contentSchema", "$anchor",
        "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"}) {
    EXPECT_EQ(Problem("openai", "gpt-4o", With(absl::StrCat("\"", keyword, "\":1"))),
              absl::StrCat("it has the keyword ", keyword));
  }
  EXPECT_EQ(Problem("openai", "gpt-4o", With(R"("$ref":"https://x/y")")), "it has a $ref to elsewhere");
  EXPECT_EQ(Problem("openai", "gpt-4o", R"({"type":"array","items":{}})"),
            "it has a root that is not an object");
  EXPECT_THAT(Problem("openai", "gpt-4o", R"({"type":"object","anyOf":[],"additionalProperties":false})"),
              HasSubstr("anyOf at its root"));
  EXPECT_THAT(Problem("openai", "gpt-4o", Optional(1)), HasSubstr("not required"));
}

TEST(SchemaProblem, WhatAnthropicTakesAsAHintOnly) {
  EXPECT_EQ(Problem("anthropic", "claude-opus-4-6", kGood), "");
  EXPECT_EQ(Problem("anthropic", "claude-opus-4-6", With(R"("format":"uuid")")), "");
  for (const char* keyword : {"minLength", "pattern", "maximum", "multipleOf", "not", "if"}) {
    EXPECT_EQ(Problem("anthropic", "claude-opus-4-6", With(absl::StrCat("\"", keyword, "\":1"))),
              absl::StrCat("these keywords become hints only: ", keyword));
  }
  EXPECT_THAT(Problem("anthropic", "claude-opus-4-6", R"({"type":"object","additionalProperties":true})"),
              HasSubstr("additionalProperties"));
  EXPECT_EQ(Problem("anthropic", "claude-opus-4-6",
                    R"({"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]})"),
            "it is recursive");
  EXPECT_EQ(Problem("anthropic", "claude-opus-4", kGood), "the model has no structured output");
}

TEST(SchemaProblem, CountsWhatAnthropicMayMiss) {
  EXPECT_EQ(Problem("anthropic", "claude-opus-4-6", Optional(10)), "");
  EXPECT_THAT(Problem("anthropic", "claude-opus-4-6", Optional(11)), HasSubstr("it may be refused"));
  EXPECT_THAT(Problem("anthropic", "claude-opus-4-6", Optional(13)), HasSubstr("it may be refused"));
  EXPECT_THAT(Problem("anthropic", "claude-opus-4-6", Optional(24)), HasSubstr("it may be refused"));
  EXPECT_THAT(Problem("anthropic", "claude-opus-4-6", Optional(25)), HasSubstr("over 24"));
}

TEST(GeminiSchemaProblem, NamesTheKeywordThatRejectsTheRequest) {
  EXPECT_EQ(GeminiSchemaProblem(R"({"type":"object","properties":{"a":{"type":"array","items":{"type":"string"}}}})"),
            "");
  for (const char* keyword :
       {"additionalProperties", "uniqueItems", "prefixItems", "multipleOf", "oneOf", "const", "$ref"}) {
    EXPECT_EQ(GeminiSchemaProblem(absl::StrCat(R"({"type":"object","properties":{"a":{"anyOf":[{")",
                                               keyword, R"(":1}]}}})")),
              absl::StrCat("the keyword ", keyword));
  }
  EXPECT_EQ(GeminiSchemaProblem(R"({"type":"object","properties":{"a":{"type":"array"}}})"),
            "an array without items");
  // A property may be called what it likes.
  EXPECT_EQ(GeminiSchemaProblem(R"({"type":"object","properties":{"oneOf":{"type":"string"}}})"), "");
}

TEST(SchemaProblem, SaysNothingWhereNothingIsKnown) {
  EXPECT_EQ(Problem("vllm", "llama", With(R"("pattern":"x")")), "");
  EXPECT_EQ(Problem("openrouter", "x", With(R"("pattern":"x")")), "");
}

}  // namespace
}  // namespace warmpath
