#include "cli/compare.h"

#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cli/compare_report.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kSchema = 1, kTools = 2;

std::string Card(int id, const std::string& schema, const std::string& findings = "") {
  return absl::StrCat(R"({"id":"r)", id, R"(","dimensions":{"schema":{"verdict":")", schema,
                      R"(","grade":1,"findings":[)", findings,
                      R"(]},"tools":{"verdict":"not_applicable","grade":null,"findings":[]}}})", "\n");
}

std::string Finding(const std::string& kind, const std::string& pointer,
                    const std::string& severity = "violation") {
  return absl::StrCat(R"({"kind":")", kind, R"(","pointer":")", pointer, R"(","severity":")", severity,
                      R"(","message":""})");
}

RunComparison Compare(const std::string& a, const std::string& b, const CompareOptions& options = {}) {
  std::istringstream in_a(a), in_b(b);
  return CompareCards(in_a, in_b, options);
}

// `rows` cards of which the first `failing` fail.
std::string Cards(int rows, int failing) {
  std::string run;
  for (int i = 0; i < rows; ++i) run += Card(i, i < failing ? "fail" : "pass");
  return run;
}

CompareOutcome Outcome(const std::string& a, const std::string& b,
                       const CompareOptions& options = {}) {
  return OutcomeOf(Compare(a, b, options), options);
}

TEST(CompareCards, JoinsByIdWhateverTheOrder) {
  const RunComparison result =
      Compare(Card(1, "pass") + Card(2, "pass") + Card(3, "fail") + Card(4, "fail") + Card(5, "pass"),
              Card(5, "not_applicable") + Card(4, "fail") + Card(3, "pass") + Card(2, "fail") +
                  Card(1, "pass") + Card(6, "pass"));
  const PairCounts& schema = result.aspects[kSchema];
  EXPECT_EQ(schema.both_pass, 1);
  EXPECT_EQ(schema.worse, 1);
  EXPECT_EQ(schema.better, 1);
  EXPECT_EQ(schema.both_fail, 1);
  EXPECT_EQ(schema.not_comparable, 1);
  EXPECT_EQ(schema.lost, 1);
  EXPECT_EQ(result.aspects[kTools].pairs(), 0);
  EXPECT_EQ(result.matched, 5);
  EXPECT_EQ(result.only_in_b, 1);
  EXPECT_EQ(result.only_in_a, 0);
}

TEST(CompareCards, TellsNumbersFromTextIds) {
  const std::string rest = R"(,"dimensions":{}})";
  const RunComparison result = Compare("{\"id\":1" + rest, "{\"id\":\"1\"" + rest);
  EXPECT_EQ(result.matched, 0);
  EXPECT_EQ(result.only_in_a, 1);
}

TEST(CompareCards, CountsWhatIsNoCardAndWhatComesTwice) {
  const RunComparison result =
      Compare(Card(1, "pass") + "\n  \nnot json\n{\"id\":\"x\",\"error\":\"bad row\"}\n" + Card(1, "fail"),
              Card(1, "maybe") + "{\"dimensions\":{}}\n" + Card(1, "pass") + Card(1, "pass") +
                  Card(7, "pass") + Card(7, "pass"));
  EXPECT_EQ(result.a.cards, 2);
  EXPECT_EQ(result.a.bad, 2);
  EXPECT_EQ(result.a.duplicates, 1);
  EXPECT_THAT(result.a.first_problem, HasSubstr("line 4: "));
  EXPECT_EQ(result.b.bad, 2);
  EXPECT_EQ(result.b.duplicates, 2);
  EXPECT_EQ(result.aspects[kSchema].both_pass, 1);
}

TEST(CompareCards, NamesFindingsThatAreNewWithTheirRows) {
  CompareOptions options;
  options.examples = 2;
  std::string a, b;
  for (int i = 0; i < 5; ++i) {
    a += Card(i, "fail", Finding("schema_violation", "/items/0/price"));
    b += Card(i, "fail",
              Finding("schema_violation", "/items/7/price") + "," + Finding("schema_violation", "/total") +
                  "," + Finding("schema_violation", "/total") + "," + Finding("json_wrapped", "", "info"));
  }
  const RunComparison result = Compare(a, b + Card(9, "fail", Finding("not_json", "")), options);
  ASSERT_EQ(result.new_findings.size(), 1u);
  EXPECT_EQ(result.new_findings[0].finding.pointer, "/total");
  EXPECT_EQ(result.new_findings[0].rows, 5);
  EXPECT_THAT(result.new_findings[0].examples, ElementsAre("\"r0\"", "\"r1\""));
}

TEST(CompareCards, ListsTheMostFrequentNewFindingsOnly) {
  CompareOptions options;
  options.top_findings = 2;
  std::string a, b;
  for (int i = 0; i < 9; ++i) {
    a += Card(i, "pass");
    b += Card(i, "fail", Finding("schema_violation", i < 4 ? "/b" : i < 7 ? "/c" : "/a"));
  }
  const RunComparison result = Compare(a, b, options);
  ASSERT_EQ(result.new_findings.size(), 2u);
  EXPECT_EQ(result.new_findings[0].finding.pointer, "/b");
  EXPECT_EQ(result.new_findings[1].finding.pointer, "/c");
  EXPECT_EQ(result.findings_not_listed, 1);
}

TEST(OutcomeOf, IsARegressionOnlyBeyondTheDropAndSignificantly) {
  EXPECT_EQ(Outcome(Cards(1000, 10), Cards(1000, 10)), CompareOutcome::kGood);
  EXPECT_EQ(Outcome(Cards(1000, 10), Cards(1000, 0)), CompareOutcome::kGood);
  EXPECT_EQ(Outcome(Cards(1000, 10), Cards(1000, 30)), CompareOutcome::kRegression);
  // Significant, but no more than is allowed.
  CompareOptions two_percent;
  two_percent.max_drop = 0.02;
  EXPECT_EQ(Outcome(Cards(1000, 10), Cards(1000, 30), two_percent), CompareOutcome::kGood);
  // More than is allowed, but it may be chance.
  EXPECT_EQ(Outcome(Cards(100, 0), Cards(100, 5)), CompareOutcome::kGood);
  EXPECT_EQ(Outcome(Cards(100, 0), Cards(100, 6)), CompareOutcome::kRegression);
  CompareOptions any;
  any.alpha = 1;
  EXPECT_EQ(Outcome(Cards(100, 0), Cards(100, 1), any), CompareOutcome::kRegression);
}

TEST(OutcomeOf, TakesLostAnswersForARegression) {
  std::string silent;
  for (int i = 0; i < 50; ++i) {
    silent += absl::StrCat(R"({"id":"r)", i, R"(","dimensions":{},"candidate_failed":"timeout"})", "\n");
  }
  EXPECT_EQ(Outcome(Cards(50, 0), silent), CompareOutcome::kRegression);
}

TEST(OutcomeOf, GivesNoAnswerWithoutWholeRuns) {
  EXPECT_EQ(Outcome("", ""), CompareOutcome::kIncomplete);
  EXPECT_EQ(Outcome(Cards(10, 0), Cards(9, 0)), CompareOutcome::kIncomplete);
  CompareOptions allow;
  allow.allow_missing = true;
  EXPECT_EQ(Outcome(Cards(10, 0), Cards(9, 0), allow), CompareOutcome::kGood);
  EXPECT_EQ(Outcome(Cards(9, 0), Cards(10, 0)), CompareOutcome::kGood);
  EXPECT_EQ(Outcome(Cards(10, 0), Cards(10, 0) + "{}\n"), CompareOutcome::kIncomplete);
  // What is worse all the same goes first.
  EXPECT_EQ(Outcome(Cards(10, 0), Cards(10, 10) + "{}\n"), CompareOutcome::kRegression);
}

TEST(OutcomeOf, LimitsHowMuchIsHandedToPeople) {
  std::string handed;
  for (int i = 0; i < 10; ++i) {
    handed += absl::StrCat(R"({"id":"r)", i, R"(","dimensions":{},"handed_over":)", i < 2 ? "true" : "false",
                           "}\n");
  }
  CompareOptions options;
  EXPECT_EQ(Outcome(Cards(10, 0), handed, options), CompareOutcome::kGood);
  options.max_handovers = 0.2;
  EXPECT_EQ(Outcome(Cards(10, 0), handed, options), CompareOutcome::kGood);
  options.max_handovers = 0.1;
  EXPECT_EQ(Outcome(Cards(10, 0), handed, options), CompareOutcome::kRegression);
}

TEST(CompareText, SaysWhatGotWorseAndWhy) {
  const CompareOptions options;
  const std::string text = CompareText(Compare(Cards(100, 0), Cards(100, 10)), options);
  EXPECT_THAT(text, HasSubstr("100 rows in both, 0 only in A, 0 only in B"));
  EXPECT_THAT(text, HasSubstr("90.00 % (82.56 .. 94.48)  -10.00  0.0020  REGRESSION"));
  EXPECT_THAT(text, HasSubstr("result: regression: schema is 10.00 % of rows worse (allowed: 0.50 %)\n"));
}

TEST(CompareText, SaysWhenSoFewRowsCannotTell) {
  const std::string text = CompareText(Compare(Cards(4, 0), Cards(4, 4)), {});
  EXPECT_THAT(text, HasSubstr("worse, not significant"));
  EXPECT_THAT(text, HasSubstr("with fewer than 6 changed rows nothing is significant"));
}

TEST(CompareText, LetsNoIdMoveTheCursor) {
  const std::string card = R"({"id":"\u001b[31mred","dimensions":{"schema":{"verdict":")";
  const std::string text = CompareText(
      Compare(card + "pass\"}}}",
              card + R"(fail","findings":[)" + Finding("not_json", "/\\u001b[2J") + "]}}}"),
      {});
  EXPECT_THAT(text, HasSubstr("not_json"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(CompareJson, HoldsTheSameFigures) {
  const CompareOptions options;
  const auto parsed = ParseJson(CompareJson(
      Compare(Cards(100, 0), Cards(90, 0) + Card(90, "fail", Finding("not_json", ""))), options));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*FindString(*parsed, "/result"), "incomplete");
  EXPECT_EQ(Find(*parsed, "/only_in_a")->as_int64(), 9);
  EXPECT_EQ(Find(*parsed, "/dimensions/schema/pass_to_fail")->as_int64(), 1);
  EXPECT_EQ(Find(*parsed, "/dimensions/schema/a/rate")->as_double(), 1.0);
  EXPECT_EQ(*FindString(*parsed, "/new_findings/0/examples/0"), "r90");
}

}  // namespace
}  // namespace warmpath
