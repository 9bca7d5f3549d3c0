#include "provider/gemini/schema.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/provider/wire/wire_builders.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SameJson;

// wire-formats.md, section 6: one keyword without a slot rejects the whole request (breakage 15).
TEST(GeminiSchema, MovesEveryKeywordThatGeminiRefusesIntoTheDescription) {
  const struct {
    const char* keyword;
    const char* value;
  } cases[] = {
      {"uniqueItems", "true"},       {"multipleOf", "2"},          {"pattern", "\"^a\""},
      {"minLength", "1"},            {"maxLength", "9"},           {"exclusiveMinimum", "0"},
      {"exclusiveMaximum", "9"},     {"allOf", "[{}]"},            {"not", "{}"},
      {"if", "{}"},                  {"then", "{}"},               {"else", "{}"},
      {"contains", "{}"},            {"minContains", "1"},         {"maxContains", "2"},
      {"patternProperties", "{}"},   {"propertyNames", "{}"},      {"minProperties", "1"},
      {"maxProperties", "3"},        {"dependentRequired", "{}"},  {"dependentSchemas", "{}"},
      {"dependencies", "{}"},        {"unevaluatedItems", "false"}, {"unevaluatedProperties", "false"},
      {"contentEncoding", "\"x\""},  {"contentMediaType", "\"x\""}, {"$dynamicRef", "\"#a\""},
      {"$dynamicAnchor", "\"a\""},   {"nullable", "true"},         {"made_up", "1"},
  };
  for (const auto& c : cases) {
    const std::string schema = std::string("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":") +
                               "\"string\",\"" + c.keyword + "\":" + c.value + "}}}";
    const GeminiSchema got = ToGeminiSchema(schema);
    EXPECT_THAT(got.hints, ElementsAre(c.keyword));
    const auto body = ParseJson(got.json);
    ASSERT_TRUE(body.ok());
    EXPECT_EQ(Find(*body, std::string("/properties/a/") + c.keyword), nullptr) << got.json;
    const boost::json::string* description = FindString(*body, "/properties/a/description");
    ASSERT_NE(description, nullptr) << got.json;
    EXPECT_NE(description->find(c.keyword), boost::json::string::npos) << *description;
  }
}

TEST(GeminiSchema, KeepsWhatGeminiTakesByteForByte) {
  const std::string schema =
      R"({ "type":"object", "properties":{"a":{"type":["string","null"],"enum":["x",1]},)"
      R"("b":{"anyOf":[{"type":"integer","minimum":1.0},{"$ref":"#/$defs/c"}]}},)"
      R"("$defs":{"c":{"type":"array","items":{},"minItems":1}},"required":["a"],)"
      R"("additionalProperties":false,"title":"t","description":"d"})";
  const GeminiSchema got = ToGeminiSchema(schema);
  EXPECT_EQ(got.json, schema);
  EXPECT_THAT(got.hints, IsEmpty());
}

TEST(GeminiSchema, APropertyMayBeNamedLikeAKeyword) {
  const std::string schema = R"({"type":"object","properties":{"pattern":{"type":"string"}}})";
  EXPECT_EQ(ToGeminiSchema(schema).json, schema);
}

TEST(GeminiSchema, SaysTheSameInWordsThatGeminiKnows) {
  const struct {
    const char* from;
    const char* to;
  } cases[] = {
      {R"({"const":"a"})", R"({"enum":["a"]})"},
      {R"({"type":"array"})", R"({"type":"array","items":{}})"},
      {R"({"$schema":"s","type":"string","default":"a","examples":["b"]})", R"({"type":"string"})"},
      {R"({"definitions":{"a":{"const":1}},"properties":{"x":{"$ref":"#/definitions/a","description":"d"}}})",
       R"({"$defs":{"a":{"enum":[1]}},"properties":{"x":{"$ref":"#/$defs/a"}}})"},
  };
  for (const auto& c : cases) {
    const GeminiSchema got = ToGeminiSchema(c.from);
    EXPECT_TRUE(SameJson(got.json, c.to)) << got.json;
    EXPECT_THAT(got.hints, IsEmpty()) << c.from;
  }
}

TEST(GeminiSchema, AValueOfABooleanIsOnlyAHint) {
  EXPECT_THAT(ToGeminiSchema(R"({"const":true})").hints, ElementsAre("const"));
  EXPECT_THAT(ToGeminiSchema(R"({"enum":["a",null]})").hints, ElementsAre("enum"));
  EXPECT_THAT(ToGeminiSchema(R"({"properties":{"a":{"$ref":"#/$defs/b","minimum":1}}})").hints,
              ElementsAre("minimum"));
}

TEST(GeminiSchema, WhatIsNoObjectStaysAsItIs) {
  for (const char* text : {"true", "[]", "not json", ""}) EXPECT_EQ(ToGeminiSchema(text).json, text);
}

TEST(GeminiSchema, ReadsGeminisOlderForm) {
  const auto schema = ParseJson(
      R"({"type":"OBJECT","properties":{"type":{"type":"STRING","nullable":true,"maxLength":"5"},)"
      R"("b":{"type":"ARRAY","items":{"type":"INTEGER"},"minItems":"1"}},"required":["b"]})");
  ASSERT_TRUE(schema.ok());
  EXPECT_TRUE(SameJson(
      ToJson(FromGeminiSchema(*schema)),
      R"({"type":"object","properties":{"type":{"type":["string","null"],"maxLength":5},)"
      R"("b":{"type":"array","items":{"type":"integer"},"minItems":1}},"required":["b"]})"));
}

}  // namespace
}  // namespace warmpath
