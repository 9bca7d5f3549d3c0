#include "scorer/json_schema/json_schema.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/scorer/json_schema/schema_test_support.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using testing::Check;
using testing::Json;
using testing::Places;
using testing::Schema;
using testing::StatusIs;

constexpr char kWeather[] = R"({
  "type": "object",
  "properties": {
    "city": {"type": "string", "minLength": 1},
    "unit": {"enum": ["celsius", "fahrenheit"]},
    "days": {"type": "integer", "minimum": 1, "maximum": 14},
    "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": true}
  },
  "required": ["city", "unit"],
  "additionalProperties": false
})";

TEST(CompiledSchema, AcceptsWhatFits) {
  const ValidationResult result =
      Check(kWeather, R"({"city":"Oslo","unit":"celsius","days":3,"tags":["a","b"]})");
  EXPECT_TRUE(result.valid);
  EXPECT_TRUE(result.complete);
  EXPECT_THAT(result.errors, IsEmpty());
}

TEST(CompiledSchema, NamesEveryFailingPlace) {
  const ValidationResult result = Check(
      kWeather, R"({"unit":"kelvin","days":"3","tags":["a",1,"a"],"extra/one":true})");
  EXPECT_FALSE(result.valid);
  EXPECT_TRUE(result.complete);
  EXPECT_THAT(Places(result),
              UnorderedElementsAre("required at \"\" (/required)",
                                   "enum at \"/unit\" (/properties/unit/enum)",
                                   "type at \"/days\" (/properties/days/type)",
                                   "type at \"/tags/1\" (/properties/tags/items/type)",
                                   "uniqueItems at \"/tags\" (/properties/tags/uniqueItems)",
                                   "additionalProperties at \"/extra~1one\" "
                                   "(/additionalProperties)"));
}

TEST(CompiledSchema, NamesTheMissingAndTheSurplusProperty) {
  const ValidationResult result = Check(kWeather, R"({"unit":"celsius","town":"Oslo"})");
  ASSERT_EQ(result.errors.size(), 2u);
  EXPECT_EQ(result.errors[0].property, "town");
  EXPECT_EQ(result.errors[1].property, "city");
}

TEST(CompiledSchema, KeepsValuesOfTheInstanceOutOfMessages) {
  const ValidationResult result = Check(
      R"({"properties":{"a":{"type":"integer"},"b":{"const":"x"},"c":{"pattern":"^y$"},
          "d":{"maxLength":2},"e":{"enum":[1]}}})",
      R"({"a":"SECRET","b":"SECRET","c":"SECRET","d":"SECRET","e":"SECRET"})");
  EXPECT_EQ(result.errors.size(), 5u);
  for (const SchemaError& error : result.errors) {
    EXPECT_THAT(error.message, ::testing::Not(HasSubstr("SECRET")));
  }
}

TEST(CompiledSchema, CapsErrorsAndCountsTheRest) {
  const auto schema = Schema(R"({"items":{"type":"string"}})");
  const ValidationResult result = schema->Validate(Json("[1,2,3,4,5]"), {.max_errors = 2});
  EXPECT_EQ(result.errors.size(), 2u);
  EXPECT_EQ(result.errors_left_out, 3);
}

TEST(CompiledSchema, ExplainsTheAlternativeThatWasMeant) {
  const char* const schema = R"({"anyOf":[
    {"type":"null"},
    {"type":"object","properties":{"kind":{"const":"a"},"n":{"type":"integer"}}},
    {"type":"object","properties":{"kind":{"const":"b"},"s":{"type":"string"}}}]})";
  EXPECT_THAT(Places(Check(schema, R"({"kind":"b","s":1})")),
              ElementsAre("anyOf at \"\" (/anyOf)", "type at \"/s\" (/anyOf/2/properties/s/type)"));
  EXPECT_THAT(Places(Check(schema, R"("text")")), ElementsAre("anyOf at \"\" (/anyOf)"));
}

TEST(CompiledSchema, PointsIntoTheDocumentThatARefReaches) {
  SchemaResolver resolver;
  resolver.documents["https://example.test/city.json"] =
      Json(R"({"$defs":{"name":{"maxLength":3}}})");
  const ValidationResult result =
      Check(R"({"$ref":"https://example.test/city.json#/$defs/name"})", R"("Oslo")",
            {.resolver = &resolver});
  EXPECT_THAT(Places(result),
              ElementsAre("maxLength at \"\" "
                          "(https://example.test/city.json#/$defs/name/maxLength)"));
}

struct Case {
  const char* schema;
  const char* instance;
  bool valid;
};

class Verdicts : public ::testing::TestWithParam<Case> {};

TEST_P(Verdicts, AreRight) {
  const ValidationResult result = Check(GetParam().schema, GetParam().instance);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.valid, GetParam().valid)
      << GetParam().schema << " on " << GetParam().instance;
  EXPECT_EQ(result.errors.empty(), result.valid);
}

INSTANTIATE_TEST_SUITE_P(Numbers, Verdicts, ::testing::Values(
    Case{R"({"type":"integer"})", "1.0", true},
    Case{R"({"type":"integer"})", "1e2", true},
    Case{R"({"type":"integer"})", "1.5", false},
    Case{R"({"type":"integer"})", "123456789012345678901234567890", true},
    Case{R"({"$schema":"http://json-schema.org/draft-04/schema#","type":"integer"})", "1.0", false},
    Case{R"({"$schema":"http://json-schema.org/draft-04/schema#","type":"integer"})",
         "123456789012345678901234567890", true},
    Case{R"({"const":1})", "1.0", true},
    Case{R"({"enum":[9007199254740993]})", "9007199254740992.0", false},
    Case{R"({"maximum":9007199254740992})", "9007199254740993", false},
    Case{R"({"maximum":18446744073709551615})", "18446744073709551615", true},
    Case{R"({"exclusiveMaximum":18446744073709551615})", "18446744073709551614", true},
    Case{R"({"minimum":-2.5})", "-3", false},
    Case{R"({"multipleOf":0.01})", "19.99", true},
    Case{R"({"multipleOf":0.01})", "19.995", false},
    Case{R"({"multipleOf":0.1})", "1e300", true},
    Case{R"({"multipleOf":3})", "9007199254740993", true},
    Case{R"({"multipleOf":1e-7})", "0.00000031", false},
    Case{R"({"multipleOf":2.5})", "0", true},
    Case{R"({"multipleOf":7})", "1e400", false}));

INSTANTIATE_TEST_SUITE_P(Strings, Verdicts, ::testing::Values(
    Case{R"({"maxLength":2})", R"("💩💩")", true},
    Case{R"({"minLength":3})", R"("💩💩")", false},
    Case{R"({"pattern":"b"})", R"("abc")", true},
    Case{R"({"pattern":"^\\d{3}$"})", R"("12a")", false},
    Case{R"({"format":"ipv4"})", R"("999.1.1.1")", true}));

INSTANTIATE_TEST_SUITE_P(Equality, Verdicts, ::testing::Values(
    Case{R"({"const":{"a":[1,{"b":2}],"c":null}})", R"({"c":null,"a":[1.0,{"b":2e0}]})", true},
    Case{R"({"const":{"a":1}})", R"({"a":1,"b":2})", false},
    Case{R"({"const":false})", "0", false},
    Case{R"({"enum":["a","b","c","d","e","f","g","h","i"]})", R"("i")", true},
    Case{R"({"enum":["a","b","c","d","e","f","g","h","i"]})", R"("j")", false},
    Case{R"({"enum":["a","b","c","d","e","f","g","h","i"]})", "1", false},
    Case{R"({"uniqueItems":true})", R"([{"a":1,"b":2},{"b":2,"a":1.0}])", false},
    Case{R"({"uniqueItems":true})", R"([1,true,"1",[1],{"1":1},null,0,false])", true}));

INSTANTIATE_TEST_SUITE_P(Objects, Verdicts, ::testing::Values(
    Case{R"({"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false})",
         R"({"x-a":"1"})", true},
    Case{R"({"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false})",
         R"({"y":"1"})", false},
    Case{R"({"propertyNames":{"maxLength":2}})", R"({"abc":1})", false},
    Case{R"({"minProperties":1})", "{}", false},
    Case{R"({"dependentRequired":{"card":["address"]}})", R"({"card":1})", false},
    Case{R"({"dependentSchemas":{"card":{"required":["address"]}}})", R"({"card":1})", false},
    Case{R"({"required":["a"],"properties":{"a":false}})", R"({"a":1})", false},
    Case{R"({"if":{"properties":{"k":{"const":1}},"required":["k"]},
             "then":{"required":["a"]},"else":{"required":["b"]}})", R"({"k":1,"b":1})", false},
    Case{R"({"allOf":[{"properties":{"a":true}}],"properties":{"b":true},
             "unevaluatedProperties":false})", R"({"a":1,"b":2})", true},
    Case{R"({"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false})",
         R"({"a":1,"b":2})", false}));

INSTANTIATE_TEST_SUITE_P(Arrays, Verdicts, ::testing::Values(
    Case{R"({"prefixItems":[{"type":"string"}],"items":{"type":"integer"}})", R"(["a",1])", true},
    Case{R"({"prefixItems":[{"type":"string"}],"items":false})", R"(["a",1])", false},
    Case{R"({"contains":{"const":1},"maxContains":1})", "[1,1]", false},
    Case{R"({"contains":{"const":1},"minContains":0})", "[]", true},
    Case{R"({"contains":{"const":1},"unevaluatedItems":{"type":"string"}})", R"([1,"a"])", true},
    Case{R"({"$schema":"http://json-schema.org/draft-07/schema#",
             "items":[{"type":"string"}],"additionalItems":{"type":"integer"}})",
         R"(["a","b"])", false}));

INSTANTIATE_TEST_SUITE_P(References, Verdicts, ::testing::Values(
    Case{R"({"$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}},
             "additionalProperties":false}},"$ref":"#/$defs/n"})",
         R"({"next":{"next":{"other":1}}})", false},
    Case{R"({"$defs":{"a":{"$anchor":"A","type":"string"}},"$ref":"#A"})", "1", false},
    Case{R"({"$ref":"https://json-schema.org/draft/2020-12/schema"})",
         R"({"properties":{"a":{"minLength":-1}}})", false},
    Case{R"({"$ref":"http://json-schema.org/draft-07/schema#"})", R"({"type":"strin"})", false},
    Case{R"({"$id":"https://example.test/tree","$dynamicAnchor":"node","type":"object",
             "properties":{"kids":{"type":"array","items":{"$dynamicRef":"#node"}}}})",
         R"({"kids":[{"kids":[1]}]})", false},
    // Up to draft 7, what stands beside a $ref is ignored; since 2019-09 it counts.
    Case{R"({"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"s":true},
             "$ref":"#/definitions/s","type":"string"})", "1", true},
    Case{R"({"$defs":{"s":true},"$ref":"#/$defs/s","type":"string"})", "1", false}));

TEST(CompiledSchema, AssertsFormatsByChoice) {
  const ValidationResult result =
      Check(R"({"format":"ipv4"})", R"("999.1.1.1")", {.assert_formats = true});
  EXPECT_THAT(Places(result), ElementsAre("format at \"\" (/format)"));
}

TEST(CompiledSchema, TakesTheDraftFromTheOptionsWhereTheSchemaNamesNone) {
  const char* const tuple = R"({"items":[{"type":"string"}]})";
  EXPECT_FALSE(Check(tuple, "[1]", {.default_draft = Draft::k7}).valid);
  EXPECT_THAT(CompiledSchema::Compile(Json(tuple)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("prefixItems")));
}

// --- what can't be checked

constexpr char kUncheckable[] = R"((a)\\1)";

std::string WithPattern(const char* around) {
  std::string text(around);
  text.replace(text.find('@'), 1, std::string(R"({"pattern":")") + kUncheckable + "\"}");
  return text;
}

struct UnknownCase {
  const char* schema;  // @ stands for a schema that can't be checked on strings
  const char* instance;
  SchemaVerdict verdict;
};

class ThreeValuedLogic : public ::testing::TestWithParam<UnknownCase> {};

TEST_P(ThreeValuedLogic, FollowsKleene) {
  const auto schema = Schema(WithPattern(GetParam().schema));
  const auto instance = Json(GetParam().instance);
  EXPECT_EQ(schema->Judge(instance), GetParam().verdict) << GetParam().schema;
  const ValidationResult result = schema->Validate(instance);
  EXPECT_EQ(result.valid, GetParam().verdict == SchemaVerdict::kValid);
  EXPECT_EQ(result.complete, GetParam().verdict != SchemaVerdict::kUnknown);
  if (result.complete) return;
  ASSERT_FALSE(result.errors.empty());
  EXPECT_EQ(result.errors[0].kind, SchemaError::Kind::kNotCheckable);
  EXPECT_THAT(result.incomplete_reason, HasSubstr("back-reference"));
}

INSTANTIATE_TEST_SUITE_P(All, ThreeValuedLogic, ::testing::Values(
    UnknownCase{"@", R"("aa")", SchemaVerdict::kUnknown},
    UnknownCase{"@", "1", SchemaVerdict::kValid},
    UnknownCase{R"({"not":@})", R"("aa")", SchemaVerdict::kUnknown},
    UnknownCase{R"({"allOf":[@,{"maxLength":1}]})", R"("aa")", SchemaVerdict::kInvalid},
    UnknownCase{R"({"allOf":[@,{"maxLength":2}]})", R"("aa")", SchemaVerdict::kUnknown},
    UnknownCase{R"({"anyOf":[@,{"maxLength":2}]})", R"("aa")", SchemaVerdict::kValid},
    UnknownCase{R"({"anyOf":[@,{"maxLength":1}]})", R"("aa")", SchemaVerdict::kUnknown},
    UnknownCase{R"({"oneOf":[@,{"maxLength":2}]})", R"("aa")", SchemaVerdict::kUnknown},
    UnknownCase{R"({"oneOf":[@,true,true]})", R"("aa")", SchemaVerdict::kInvalid},
    UnknownCase{R"({"if":@,"then":true,"else":false})", R"("aa")", SchemaVerdict::kUnknown},
    UnknownCase{R"({"if":@,"then":false,"else":false})", R"("aa")", SchemaVerdict::kInvalid},
    UnknownCase{R"({"contains":@})", R"(["aa"])", SchemaVerdict::kUnknown},
    UnknownCase{R"({"contains":@})", "[]", SchemaVerdict::kInvalid},
    UnknownCase{R"({"properties":{"a":@}})", R"({"a":"aa"})", SchemaVerdict::kUnknown},
    UnknownCase{R"({"properties":{"a":@}})", R"({"b":"aa"})", SchemaVerdict::kValid}));

TEST(CompiledSchema, LeavesAMemberUnknownIfAPatternPropertyCannotBeChecked) {
  const ValidationResult result =
      Check(R"({"patternProperties":{"(a)\\1":{"type":"string"}},"additionalProperties":false})",
            R"({"aa":1})");
  EXPECT_FALSE(result.complete);
  EXPECT_THAT(Places(result), ElementsAre(StartsWith("patternProperties at \"/aa\"")));
}

TEST(CompiledSchema, IsUnknownOnlyWhereARefLeadsNowhere) {
  const auto schema = Schema(R"({"properties":{"a":{"$ref":"https://example.test/x"}}})");
  EXPECT_EQ(schema->Judge(Json(R"({"b":1})")), SchemaVerdict::kValid);
  const ValidationResult result = schema->Validate(Json(R"({"a":1})"));
  EXPECT_FALSE(result.complete);
  EXPECT_THAT(Places(result), ElementsAre("$ref at \"/a\" (/properties/a/$ref)"));
}

TEST(CompiledSchema, RefusesARefThatLeadsNowhereByChoice) {
  EXPECT_THAT(CompiledSchema::Compile(Json(R"({"items":{"$ref":"#/$defs/x"}})"),
                                      {.refuse_unresolved_refs = true}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/items/$ref: ")));
}

// --- schemas that are none

struct BadSchema {
  const char* schema;
  const char* message;
};

class Malformed : public ::testing::TestWithParam<BadSchema> {};

TEST_P(Malformed, IsRefusedWithThePointer) {
  EXPECT_THAT(CompiledSchema::Compile(Json(GetParam().schema)),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(All, Malformed, ::testing::Values(
    BadSchema{R"({"properties":{"a/b":{"type":"strin"}}})", "/properties/a~1b/type: \"strin\""},
    BadSchema{R"({"type":7})", "/type: must be a type's name"},
    BadSchema{R"({"items":[{}]})", "/items: must be one schema"},
    BadSchema{R"({"minLength":-1})", "/minLength: must be a whole number"},
    BadSchema{R"({"minLength":1.5})", "/minLength: must be a whole number"},
    BadSchema{R"({"multipleOf":0})", "/multipleOf: must be a number above 0"},
    BadSchema{R"({"required":true})", "/required: must be an array of property names"},
    BadSchema{R"({"properties":{"a":1}})", "/properties/a: a schema must be"},
    BadSchema{R"({"allOf":[]})", "/allOf: must be an array of at least one"},
    BadSchema{R"({"anyOf":{"a":1}})", "/anyOf: must be an array of schemas"},
    BadSchema{R"({"pattern":1})", "/pattern: must be a regular expression"},
    BadSchema{R"({"$ref":1})", "/$ref: must be a URI reference"},
    BadSchema{R"({"enum":"a"})", "/enum: must be an array"},
    BadSchema{R"({"exclusiveMinimum":true})", "/exclusiveMinimum: must be a number"},
    BadSchema{"[]", ": a schema must be an object"}));

TEST(CompiledSchema, RefusesAnUnknownRequiredVocabulary) {
  SchemaResolver resolver;
  resolver.documents["https://example.test/meta"] =
      Json(R"({"$schema":"https://json-schema.org/draft/2020-12/schema",
               "$vocabulary":{"https://example.test/vocab":true}})");
  EXPECT_THAT(CompiledSchema::Compile(Json(R"({"$schema":"https://example.test/meta"})"),
                                      {.resolver = &resolver}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("unknown vocabulary")));
}

}  // namespace
}  // namespace warmpath
