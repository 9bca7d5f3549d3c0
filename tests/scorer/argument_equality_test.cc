#include "scorer/argument_equality.h"

#include <string>

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

// A tool's schema with every kind of argument that the rules tell apart.
constexpr char kSchema[] = R"({"type": "object", "required": ["city"], "properties": {
  "city": {"type": "string", "description": "Name of the city"},
  "place": {"type": "string", "description": "City and state, e.g. Austin, TX"},
  "day": {"type": "string", "description": "Day of arrival"},
  "iso_day": {"type": "string", "description": "Day in the format YYYY-MM-DD"},
  "nights": {"type": "integer"},
  "unit": {"type": "string", "enum": ["metric", "imperial"], "default": "metric"},
  "distance": {"type": "string", "description": "Radius of search"},
  "query": {"type": "string"},
  "tags": {"type": "array", "items": {"type": "string"}},
  "point": {"type": "array", "items": {"type": "number"}},
  "currency": {"type": "string", "description": "Currency of prices. Defaults to 'eur'."},
  "range": {"type": "string", "description": "How far to look. Defaults to '5 km'."},
  "country": {"type": "string"},
  "token": {"type": "string"},
  "guest": {"type": "object", "required": ["name"], "properties": {
     "name": {"type": "string"}, "age": {"type": "integer", "default": 18}}}}})";

// The rules that were needed, "=" for none, or the kinds of difference.
std::string Compared(const std::string& control, const std::string& candidate,
                     const ArgumentRules& base = {}) {
  const auto schema = ParseJson(kSchema), a = ParseJson(control), b = ParseJson(candidate);
  ArgumentRules rules = base;
  rules.schema = &schema->get_object();
  const ArgumentComparison comparison =
      CompareArguments(a->get_object(), b->get_object(), rules);
  std::string said;
  for (const ArgumentFinding& finding : comparison.differences) {
    said += v1::FindingKind_Name(finding.kind).substr(13) + finding.pointer + " ";
  }
  if (!said.empty()) return said.substr(0, said.size() - 1);
  for (const ArgumentFinding& finding : comparison.tolerated) said += finding.used.ToString();
  return said.empty() ? "=" : said;
}

struct EqualityRow {
  const char* control;
  const char* candidate;
  const char* said;
};

class ArgumentEquality : public ::testing::TestWithParam<EqualityRow> {};

TEST_P(ArgumentEquality, SaysWhichRuleWasNeeded) {
  const EqualityRow& row = GetParam();
  EXPECT_EQ(Compared(row.control, row.candidate), row.said) << row.control << row.candidate;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ArgumentEquality,
    ::testing::Values(
        EqualityRow{R"({"nights":2})", R"({"nights":2.0})", "="},
        EqualityRow{R"({"nights":2})", R"({"nights":3})", "ARGUMENT_DIFFERS/nights"},
        EqualityRow{R"({"nights":2})", R"({"nights":"2"})", "number_text"},
        EqualityRow{R"({"city":"Berlin"})", R"({"city":"berlin"})", "letter_case"},
        EqualityRow{R"({"city":"Berlin"})", R"({"city":"Bonn"})", "ARGUMENT_DIFFERS/city"},
        EqualityRow{R"({"city":"New-York"})", R"({"city":"new york"})", "punctuation"},
        EqualityRow{R"({"city":"Austin"})", R"({"city":"Austin, TX"})", "place_detail"},
        EqualityRow{R"({"place":"Austin"})", R"({"place":"Austin, TX"})", "ARGUMENT_DIFFERS/place"},
        EqualityRow{R"({"day":"2024-05-01"})", R"({"day":"May 1, 2024"})", "date_form"},
        EqualityRow{R"({"day":"2024-05-01"})", R"({"day":"May 2, 2024"})", "ARGUMENT_DIFFERS/day"},
        EqualityRow{R"({"iso_day":"2024-05-01"})", R"({"iso_day":"May 1, 2024"})",
                    "ARGUMENT_DIFFERS/iso_day"},
        EqualityRow{R"({"distance":"5 km"})", R"({"distance":"5000 meters"})", "unit_form"},
        EqualityRow{R"({"distance":"-5"})", R"({"distance":"5"})", "ARGUMENT_DIFFERS/distance"},
        EqualityRow{R"({"country":"USA"})", R"({"country":"United States"})", "abbreviation"},
        EqualityRow{R"({"query":"cheap flights to Rome in May"})",
                    R"({"query":"find cheap flights to Rome for May"})", "free_text"},
        EqualityRow{R"({"query":"cheap flights"})", R"({"query":"opening hours of the zoo"})",
                    "ARGUMENT_DIFFERS/query"},
        EqualityRow{R"({"tags":["a","b"]})", R"({"tags":["b","a"]})", "list_order"},
        EqualityRow{R"({"tags":["a","b"]})", R"({"tags":["a"]})", "ARGUMENT_DIFFERS/tags"},
        EqualityRow{R"({"tags":["a"]})", R"({"tags":"a"})", "single_item"},
        EqualityRow{R"({"point":[1,2]})", R"({"point":[2,1]})", "ARGUMENT_DIFFERS/point"},
        EqualityRow{R"({"unit":"metric"})", R"({})", "default_value"},
        EqualityRow{R"({})", R"({"unit":"imperial"})", "ARGUMENT_EXTRA/unit"},
        EqualityRow{R"({"currency":"EUR"})", R"({})", "letter_case, default_value"},
        EqualityRow{R"({})", R"({"range":"5 km"})", "default_value"},
        // A default documents the form that code relies on.
        EqualityRow{R"({})", R"({"range":"5 kilometers"})", "ARGUMENT_EXTRA/range"},
        EqualityRow{R"({"range":"5 km"})", R"({"range":"5 kilometers"})", "unit_form"},
        EqualityRow{R"({"tags":[]})", R"({})", "empty_optional"},
        EqualityRow{R"({"city":""})", R"({})", "ARGUMENT_MISSING/city"},
        EqualityRow{R"({"nights":2})", R"({})", "ARGUMENT_MISSING/nights"},
        EqualityRow{R"({"token":"aB"})", R"({"token":"ab"})", "ARGUMENT_DIFFERS/token"},
        EqualityRow{R"({"guest":{"name":"Ann","age":18}})", R"({"guest":{"name":"ann"}})",
                    "letter_casedefault_value"},
        EqualityRow{R"({"guest":{"name":"Ann"}})", R"({"guest":{"name":"Bob"}})",
                    "ARGUMENT_DIFFERS/guest/name"}));

TEST(CompareArguments, KeepsTheRulesThatTheContractSwitchedOff) {
  v1::ToolRule tool;
  tool.add_disabled_tolerances("city:letter_case");
  ArgumentRules rules;
  rules.tool = &tool;
  // "punctuation" is the wider rule and would take the same pair.
  tool.add_disabled_tolerances("city:punctuation");
  EXPECT_EQ(Compared(R"({"city":"Berlin"})", R"({"city":"berlin"})", rules),
            "ARGUMENT_DIFFERS/city");
  EXPECT_EQ(Compared(R"({"country":"Chad"})", R"({"country":"chad"})", rules), "letter_case");
  rules.allowed.Remove(Tolerance::kListOrder);
  EXPECT_EQ(Compared(R"({"tags":["a","b"]})", R"({"tags":["b","a"]})", rules),
            "ARGUMENT_DIFFERS/tags");
}

TEST(CompareArguments, LeavesOutWhatTheContractIgnores) {
  v1::ToolRule tool;
  tool.add_ignored_arguments("query");
  ArgumentRules rules;
  rules.tool = &tool;
  EXPECT_EQ(Compared(R"({"query":"a"})", R"({"query":"z"})", rules), "=");
}

TEST(CompareArguments, IsBoundedInDepth) {
  std::string deep = "1";
  for (int i = 0; i < 150; ++i) deep = R"({"a":)" + deep + "}";
  EXPECT_NE(Compared(R"({"city":)" + deep + "}", R"({"city":)" + deep + "}"), "");
}

}  // namespace
}  // namespace warmpath
