// Schemas and instances made to hurt: everything ends, within bounds, without a crash.
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scorer/json_schema/json_schema.h"
#include "tests/scorer/json_schema/schema_test_support.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using testing::Check;
using testing::Json;
using testing::Schema;
using testing::StatusIs;

std::string Repeated(absl::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) absl::StrAppend(&out, text);
  return out;
}

std::string Nested(absl::string_view open, absl::string_view inside, absl::string_view close,
                   int depth) {
  return absl::StrCat(Repeated(open, depth), inside, Repeated(close, depth));
}

TEST(Hostile, ASchemaThatIsItselfStopsAtTheDepthLimit) {
  for (const char* schema :
       {R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})", R"({"not":{"$ref":"#"}})",
        R"({"anyOf":[{"$ref":"#"},{"$ref":"#"}]})", R"({"if":{"$ref":"#"},"then":true})",
        R"({"$dynamicAnchor":"a","$dynamicRef":"#a"})",
        R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"})",
        R"({"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,
            "$recursiveRef":"#"})"}) {
    const ValidationResult result = Check(schema, "1");
    EXPECT_FALSE(result.valid) << schema;
    EXPECT_FALSE(result.complete) << schema;
    EXPECT_THAT(result.incomplete_reason, HasSubstr("nested deeper than 512")) << schema;
  }
}

TEST(Hostile, AnExponentialSchemaStopsAtTheStepLimit) {
  std::string schema = R"({"$defs":{"d0":{"type":"integer"})";
  for (int i = 1; i <= 60; ++i) {
    absl::StrAppend(&schema, ",\"d", i, R"(":{"allOf":[{"$ref":"#/$defs/d)", i - 1,
                    R"("},{"$ref":"#/$defs/d)", i - 1, R"("}]})");
  }
  absl::StrAppend(&schema, R"(},"$ref":"#/$defs/d60"})");
  const ValidationResult result = Schema(schema)->Validate(Json("1"), {.max_steps = 100'000});
  EXPECT_FALSE(result.complete);
  EXPECT_THAT(result.incomplete_reason, HasSubstr("more than 100000 steps"));
}

TEST(Hostile, ADeepInstanceIsUnknownNotACrash) {
  const auto instance = Json(Nested("[", "", "]", 20'000));
  const ValidationResult result = Schema(R"({"items":{"$ref":"#"}})")->Validate(instance);
  EXPECT_FALSE(result.complete);
  EXPECT_FALSE(result.valid);
}

TEST(Hostile, ADeepInstanceThatTheSchemaDoesNotLookIntoIsValid) {
  EXPECT_TRUE(Schema(R"({"type":"array"})")->IsValid(Json(Nested("[", "", "]", 20'000))));
}

TEST(Hostile, UniqueItemsLooksNoDeeperThanTheLimit) {
  const std::string deep = Nested("[", "", "]", 5'000);
  const auto instance = Json(absl::StrCat("[", deep, ",", deep, "]"));
  const ValidationResult result = Schema(R"({"uniqueItems":true})")->Validate(instance);
  EXPECT_FALSE(result.complete);
}

TEST(Hostile, UniqueItemsOfManyItemsTakesNoQuadraticTime) {
  std::string items = "0";
  for (int i = 1; i < 200'000; ++i) absl::StrAppend(&items, ",", i);
  EXPECT_TRUE(Schema(R"({"uniqueItems":true})")->IsValid(Json(absl::StrCat("[", items, "]"))));
  EXPECT_FALSE(Schema(R"({"uniqueItems":true})")->IsValid(Json(absl::StrCat("[", items, ",7.0]"))));
}

TEST(Hostile, ADeepSchemaIsRefused) {
  EXPECT_THAT(CompiledSchema::Compile(Json(Nested(R"({"not":)", "true", "}", 5'000))),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("nested deeper")));
}

TEST(Hostile, ALargeSchemaIsRefused) {
  const std::string schema = absl::StrCat(R"({"anyOf":[true)", Repeated(",{}", 2'000), "]}");
  EXPECT_THAT(CompiledSchema::Compile(Json(schema), {.max_nodes = 1'000}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("1000 subschemas")));
  EXPECT_THAT(CompiledSchema::Compile(Json(schema), {.max_values = 1'000}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("1000 values")));
}

TEST(Hostile, CatastrophicPatternsRunInLinearTime) {
  const std::string text = absl::StrCat("\"", std::string(100'000, 'a'), "b\"");
  for (const char* pattern : {"^(a+)+$", "^(a|a)*$", "^(a|b|ab)*c$", "(x+x+)+y", "^(.*a){12}$"}) {
    const auto schema = Schema(absl::StrCat(R"({"pattern":")", pattern, "\"}"));
    EXPECT_EQ(schema->Judge(Json(text)), SchemaVerdict::kInvalid) << pattern;
  }
}

TEST(Hostile, APatternTooLargeForItsMemoryIsNotCheckable) {
  const ValidationResult result = Check(R"({"pattern":"(\\p{L}{500}){2}\\p{L}{900}"})", "\"a\"");
  EXPECT_FALSE(result.complete);
  ASSERT_EQ(result.errors.size(), 1u);
  EXPECT_EQ(result.errors[0].kind, SchemaError::Kind::kNotCheckable);
}

TEST(Hostile, TooManyOrTooLargePatternsAreRefused) {
  std::string many = R"({"properties":{)";
  std::string large = many;
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&many, i ? "," : "", "\"p", i, R"(":{"pattern":"a)", i, "\"}");
    absl::StrAppend(&large, i ? "," : "", "\"p", i, R"(":{"pattern":")", i, R"([a-z]{1,900}"})");
  }
  EXPECT_THAT(CompiledSchema::Compile(Json(many + "}}"), {.max_patterns = 50}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("50 patterns")));
  EXPECT_THAT(CompiledSchema::Compile(Json(large + "}}"),
                                      {.max_pattern_instructions_total = 50'000}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("too large together")));
}

TEST(Hostile, LongNamesMultiplyNeitherMemoryNorMessages) {
  // 20,000 subschemas below a name of 200 KB: pointers are linked, not copied.
  const std::string schema =
      absl::StrCat(R"({"properties":{")", std::string(200'000, 'n'), R"(":{"anyOf":[false)",
                   Repeated(R"(,{"not":{}})", 10'000), "]}}}");
  const std::string instance = absl::StrCat("{\"", std::string(200'000, 'n'), "\":1}");
  const ValidationResult result = Check(schema, instance);
  EXPECT_FALSE(result.valid);
  for (const SchemaError& error : result.errors) {
    EXPECT_LT(error.instance_pointer.size() + error.schema_pointer.size() + error.message.size(),
              2'000u);
  }
}

TEST(Hostile, LongIdentifiersAreRefused) {
  EXPECT_THAT(CompiledSchema::Compile(
                  Json(absl::StrCat(R"({"$id":"https://x/)", std::string(10'000, 'a'), "\"}"))),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("identifier")));
}

TEST(Hostile, TenMegabytesOfAnswerAreJudged) {
  const std::string text = absl::StrCat("\"", std::string(10'000'000, 'x'), "\"");
  EXPECT_TRUE(Check(R"({"type":"string","minLength":5,"pattern":"x$"})", text).valid);
  std::string items = R"({"a":1})";
  for (int i = 0; i < 500'000; ++i) items += R"(,{"a":1})";
  const ValidationResult result =
      Check(R"({"items":{"properties":{"a":{"type":"integer"}},"required":["a"]}})",
            absl::StrCat("[", items, "]"));
  EXPECT_TRUE(result.valid);
}

TEST(Hostile, HugeNumbersCompare) {
  EXPECT_FALSE(Check(R"({"maximum":1e308})", "1e400").valid);
  EXPECT_TRUE(Check(R"({"minimum":-1e308})", "1e400").valid);
  EXPECT_TRUE(Check(R"({"multipleOf":1e-300})", "1e300").valid);
  EXPECT_FALSE(Check(R"({"multipleOf":0.123456789})", "1e308").valid);
  EXPECT_FALSE(Check(R"({"const":1e400})", "1.7e308").valid);
  EXPECT_TRUE(Check(R"({"maxLength":1e300})", "\"a\"").valid);
}

// Random schemas and instances from a small alphabet: the fast path and the explaining path agree,
// errors come exactly with violations, and nothing crashes.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string Schema(int depth) {
    if (depth == 0) {
      return Pick({"true", "false", "{}", R"({"type":"integer"})", R"({"$ref":"#"})"});
    }
    switch (random_() % 14) {
      case 0: return absl::StrCat(R"({"allOf":[)", Schema(depth - 1), ",", Schema(depth - 1), "]}");
      case 1: return absl::StrCat(R"({"anyOf":[)", Schema(depth - 1), ",", Schema(depth - 1), "]}");
      case 2: return absl::StrCat(R"({"oneOf":[)", Schema(depth - 1), ",", Schema(depth - 1), "]}");
      case 3: return absl::StrCat(R"({"not":)", Schema(depth - 1), "}");
      case 4: return absl::StrCat(R"({"if":)", Schema(depth - 1), R"(,"then":)", Schema(depth - 1),
                                  R"(,"else":)", Schema(depth - 1), "}");
      case 5: return absl::StrCat(R"({"properties":{"a":)", Schema(depth - 1), R"(,"b":)",
                                  Schema(depth - 1), R"(},"required":["a"]})");
      case 6: return absl::StrCat(R"({"properties":{"a":true},"unevaluatedProperties":)",
                                  Schema(depth - 1), R"(,"$ref":"#"})");
      case 7: return absl::StrCat(R"({"prefixItems":[)", Schema(depth - 1), R"(],"items":)",
                                  Schema(depth - 1), "}");
      case 8: return absl::StrCat(R"({"contains":)", Schema(depth - 1),
                                  R"(,"minContains":0,"maxContains":2,"unevaluatedItems":)",
                                  Schema(depth - 1), "}");
      case 9: return absl::StrCat(R"_({"patternProperties":{"(a)\\1|b":)_", Schema(depth - 1),
                                  R"(},"additionalProperties":)", Schema(depth - 1), "}");
      case 10: return absl::StrCat(R"({"dependentSchemas":{"b":)", Schema(depth - 1), "}}");
      case 11: return R"({"uniqueItems":true,"minItems":1,"maxLength":1,"pattern":"^[^b]"})";
      case 12: return R"({"type":["object","array","string"],"minProperties":1})";
      default: return R"({"enum":[1,"a",[],{"a":1.0},null]})";
    }
  }
  std::string Instance(int depth) {
    if (depth == 0) return Pick({"1", "1.5", "\"a\"", "\"bb\"", "null", "true", "[]", "{}"});
    switch (random_() % 4) {
      case 0: return absl::StrCat(R"({"a":)", Instance(depth - 1), "}");
      case 1: return absl::StrCat(R"({"a":)", Instance(depth - 1), R"(,"b":)", Instance(depth - 1),
                                  "}");
      case 2: return absl::StrCat("[", Instance(depth - 1), ",", Instance(depth - 1), "]");
      default: return Instance(depth - 1);
    }
  }

 private:
  std::string Pick(std::initializer_list<const char*> choices) {
    return choices.begin()[random_() % choices.size()];
  }
  std::mt19937 random_;
};

TEST(Hostile, BothPathsAgreeOnRandomSchemas) {
  int verdicts[3] = {};
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Generator generator(seed);
    const auto schema = Schema(generator.Schema(3));
    ASSERT_NE(schema, nullptr);
    for (int i = 0; i < 5; ++i) {
      const auto instance = Json(generator.Instance(3));
      const ValidateLimits limits{.max_depth = 60, .max_steps = 20'000};
      const SchemaVerdict verdict = schema->Judge(instance, limits);
      const ValidationResult result = schema->Validate(instance, limits);
      ++verdicts[static_cast<int>(verdict)];
      ASSERT_EQ(result.valid, verdict == SchemaVerdict::kValid);
      ASSERT_EQ(result.complete, verdict != SchemaVerdict::kUnknown);
      ASSERT_EQ(result.complete, result.incomplete_reason.empty());
      if (result.complete) {
        ASSERT_EQ(result.errors.empty(), result.valid);
      }
    }
  }
  for (const int count : verdicts) EXPECT_GT(count, 300);  // the alphabet reaches every verdict
}

}  // namespace
}  // namespace warmpath
