// What ScoreAll does with hostile, huge and missing input.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scorer/findings.h"
#include "tests/scorer/scorer_case.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using testing::Asked;
using testing::Called;
using testing::FindingsOn;
using testing::Offer;
using testing::Returned;
using testing::Said;
using testing::Score;
using testing::VerdictOn;

v1::Contract WithSchema(const std::string& schema) {
  v1::Contract contract;
  contract.set_output_schema_json(schema);
  return contract;
}

TEST(ScoreAll, GivesOneScoreForEachDimension) {
  const ScoreResult result = Score(Asked("?"), {}, nullptr, Said("It is noon."));
  ASSERT_EQ(result.scores.size(), 4u);
  EXPECT_EQ(VerdictOn(result, v1::DIMENSION_SCHEMA), v1::SCORE_VERDICT_NOT_APPLICABLE);
  EXPECT_EQ(VerdictOn(result, v1::DIMENSION_TOOLS), v1::SCORE_VERDICT_NOT_APPLICABLE);
  EXPECT_EQ(VerdictOn(result, v1::DIMENSION_POLICY), v1::SCORE_VERDICT_NOT_APPLICABLE);
  EXPECT_EQ(VerdictOn(result, v1::DIMENSION_TOOL_ERRORS), v1::SCORE_VERDICT_NOT_APPLICABLE);
}

TEST(ScoreAll, MakesNoEvidenceOfAFailure) {
  v1::Observation failure;
  failure.set_outcome(v1::OUTCOME_FAILED);
  v1::ModelRequest request = Asked("?");
  Returned(request, "find", "{}", "Error: x");
  const ScoreResult result = Score(request, WithSchema("{}"), nullptr, failure);
  for (const v1::DimensionScore& score : result.scores) {
    EXPECT_EQ(score.verdict(), v1::SCORE_VERDICT_NOT_APPLICABLE) << score.dimension();
  }
}

TEST(ScoreAll, DoesNotBlameAPathThatHandsOver) {
  v1::Observation handover;
  handover.set_outcome(v1::OUTCOME_HANDOVER);
  v1::ModelRequest request = Asked("?");
  Offer(request, "find", "{}");
  request.mutable_tool_choice()->set_mode(v1::TOOL_CHOICE_MODE_REQUIRED);
  const v1::Observation control = Called({{"find", "{}"}});
  const ScoreResult result = Score(request, WithSchema("{}"), &control, handover);
  for (const v1::DimensionScore& score : result.scores) {
    EXPECT_EQ(score.verdict(), v1::SCORE_VERDICT_NOT_APPLICABLE) << score.dimension();
  }
  EXPECT_EQ(result.candidate_stance, v1::STANCE_ESCALATE);
  EXPECT_FALSE(result.false_proceed.has_value());
}

TEST(ScoreAll, JudgesTheLiveAnswerByTheContractAlone) {
  v1::ModelRequest request = Asked("?");
  Offer(request, "find", R"({"type":"object","required":["q"]})");
  const v1::Observation answer = Called({{"find", "{}"}});
  const ScoreResult result = Score(request, {}, &answer, answer);
  EXPECT_THAT(FindingsOn(result, v1::DIMENSION_TOOLS),
              ElementsAre("ARGUMENTS_VIOLATE_SCHEMA@/tool_calls/0/arguments"));
  EXPECT_FALSE(result.false_proceed.has_value());
}

TEST(ScoreAll, CannotCheckASchemaThatDoesNotCompile) {
  for (const char* schema : {"{", R"({"type":7})", R"({"$ref":"#/nowhere"})"}) {
    const ScoreResult result = Score(Asked("?"), WithSchema(schema), nullptr, Said("{}"));
    EXPECT_EQ(VerdictOn(result, v1::DIMENSION_SCHEMA), v1::SCORE_VERDICT_SCORER_ERROR) << schema;
    EXPECT_THAT(FindingsOn(result, v1::DIMENSION_SCHEMA, /*info=*/true),
                ElementsAre("SCHEMA_UNCHECKABLE@"));
  }
}

TEST(ScoreAll, IsBoundedOnHostileAnswers) {
  v1::ModelRequest request = Asked(std::string(1 << 20, 'x'));
  Offer(request, "find", R"({"type":"object","properties":{"q":{"$ref":"#"}}})");
  std::string deep = "1";
  for (int i = 0; i < 5000; ++i) deep = "{\"a\":" + deep + "}";
  const std::string texts[] = {
      std::string(10 << 20, '['), "{\"a\":" + std::string(10 << 20, '9') + "}", deep,
      "\"" + std::string(1 << 20, '\xc3') + "\"", std::string("\0{\0}", 4), "{\"a\":1e999999}",
      "```json\n" + std::string(1 << 20, '`')};
  const v1::Contract contract = WithSchema(R"({"type":"object","additionalProperties":{"$ref":"#"}})");
  for (const std::string& text : texts) {
    const v1::Observation control = Said("{\"a\":{}}");
    const ScoreResult by_schema = Score(request, contract, &control, Said(text));
    EXPECT_EQ(by_schema.scores.size(), 4u);
    const ScoreResult by_shape = Score(request, {}, &control, Said(text));
    EXPECT_EQ(by_shape.scores.size(), 4u);
    const ScoreResult calls = Score(request, {}, &control, Called({{"find", text}}));
    EXPECT_EQ(VerdictOn(calls, v1::DIMENSION_TOOLS), v1::SCORE_VERDICT_FAIL);
  }
}

TEST(ScoreAll, IsBoundedInFindingsAndKeepsTheWorst) {
  v1::ModelRequest request = Asked("?");
  Offer(request, "find", "{}");
  v1::Observation answer = Called({});
  for (int i = 0; i < 5000; ++i) {
    v1::ToolCall& call = *answer.add_tool_calls();
    call.set_name(i == 200 ? "undeclared" : "find");
    call.set_arguments_json("[");
  }
  const ScoreResult result = Score(request, {}, nullptr, answer);
  EXPECT_LE(result.findings.size(), FindingList::kMaxFindings);
  int severe = 0;
  for (const v1::Finding& finding : result.findings) {
    severe += finding.severity() == v1::SEVERITY_SEVERE;
  }
  EXPECT_EQ(severe, 1);
}

TEST(ScoreAll, WritesValidUtf8WhateverTheModelSays) {
  v1::ModelRequest request = Asked("?");
  Offer(request, "find", R"({"type":"object","additionalProperties":false})");
  v1::Observation answer = Called({{"find", "{\"\\ud800\":1}"}, {"\xff\xfe", "{}"}});
  const ScoreResult result = Score(request, {}, nullptr, answer);
  for (const v1::Finding& finding : result.findings) {
    std::string bytes;
    EXPECT_TRUE(finding.SerializeToString(&bytes));
    v1::Finding again;
    EXPECT_TRUE(again.ParseFromString(bytes));
  }
}

TEST(ScoreAll, IsDeterministic) {
  v1::ModelRequest request = Asked("?");
  Offer(request, "find", "{}");
  const v1::Observation control = Called({{"find", R"({"a":1,"b":[2,3]})"}});
  const v1::Observation candidate = Called({{"find", R"({"b":[3,2],"c":1})"}, {"find", "{}"}});
  const auto once = [&] {
    std::string said;
    for (const v1::Finding& finding : Score(request, {}, &control, candidate).findings) {
      said += finding.SerializeAsString();
    }
    return said;
  };
  EXPECT_EQ(once(), once());
}

}  // namespace
}  // namespace warmpath
