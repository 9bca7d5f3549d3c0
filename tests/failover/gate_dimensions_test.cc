#include <string>
#include <vector>

#include "failover/gate_config.h"
#include "failover/gate_sample.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Names(const GateParameters& parameters) {
  std::vector<std::string> names;
  for (const GateDimension& dimension : parameters.dimensions) names.push_back(dimension.name);
  return names;
}

TEST(GateDimensions, AWorkflowWithoutAJudgeHasNoDimensionForIt) {
  const auto parameters = MakeGateParameters(v1::WorkflowConfig());
  ASSERT_TRUE(parameters.ok());
  EXPECT_THAT(Names(*parameters), Not(Contains("judge")));
}

TEST(GateDimensions, WhatAConfiguredJudgeSaysMustBeProven) {
  v1::WorkflowConfig workflow;
  workflow.mutable_judge()->set_target("127.0.0.1:9");
  const auto parameters = MakeGateParameters(workflow);
  ASSERT_TRUE(parameters.ok());
  ASSERT_TRUE(parameters->IndexOf("judge").has_value());
  const GateDimension& judge = parameters->dimensions[*parameters->IndexOf("judge")];
  EXPECT_EQ(judge.requirement, Requirement::kAlways);
  EXPECT_DOUBLE_EQ(judge.theta, .95);
}

TEST(GateDimensions, NamedDimensionsLeaveOutTheJudgeThatIsNotNamed) {
  v1::WorkflowConfig workflow;
  workflow.mutable_judge()->set_target("127.0.0.1:9");
  (*workflow.mutable_gate()->mutable_dimensions())["tools"].set_theta(.9);
  auto parameters = MakeGateParameters(workflow);
  ASSERT_TRUE(parameters.ok());
  EXPECT_THAT(Names(*parameters), ElementsAre("tools"));
  (*workflow.mutable_gate()->mutable_dimensions())["judge"];
  parameters = MakeGateParameters(workflow);
  ASSERT_TRUE(parameters.ok());
  EXPECT_THAT(Names(*parameters), ElementsAre("tools", "judge"));
}

TEST(GateDimensions, AnUnknownNameIsToldWithThoseThatThereAre) {
  v1::WorkflowConfig workflow;
  (*workflow.mutable_gate()->mutable_dimensions())["jugde"].set_theta(.9);
  const auto parameters = MakeGateParameters(workflow);
  ASSERT_FALSE(parameters.ok());
  EXPECT_THAT(std::string(parameters.status().message()), HasSubstr("tool_errors or judge"));
}

TEST(SampleOf, TakesTheJudgesVerdictAsALossOfItsOwn) {
  v1::WorkflowConfig workflow;
  workflow.mutable_judge()->set_target("127.0.0.1:9");
  const auto parameters = MakeGateParameters(workflow);
  ASSERT_TRUE(parameters.ok());
  v1::Scorecard card;
  card.set_result(v1::EXCHANGE_RESULT_SCORED);
  v1::DimensionScore& score = *card.add_scores();
  score.set_dimension(v1::DIMENSION_JUDGE);
  score.set_verdict(v1::SCORE_VERDICT_FAIL);
  const auto sample = SampleOf(*parameters, card);
  ASSERT_TRUE(sample.has_value());
  ASSERT_EQ(sample->losses.size(), 1u);
  EXPECT_EQ(sample->losses[0].dimension, *parameters->IndexOf("judge"));
  EXPECT_EQ(sample->losses[0].loss, 1);
  EXPECT_FALSE(sample->scorer_failed);
}

TEST(SampleOf, AJudgeThatCouldNotDecideIsNoLoss) {
  v1::WorkflowConfig workflow;
  workflow.mutable_judge()->set_target("127.0.0.1:9");
  const auto parameters = MakeGateParameters(workflow);
  ASSERT_TRUE(parameters.ok());
  v1::Scorecard card;
  card.set_result(v1::EXCHANGE_RESULT_SCORED);
  v1::DimensionScore& score = *card.add_scores();
  score.set_dimension(v1::DIMENSION_JUDGE);
  score.set_verdict(v1::SCORE_VERDICT_SCORER_ERROR);
  const auto sample = SampleOf(*parameters, card);
  ASSERT_TRUE(sample.has_value());
  EXPECT_TRUE(sample->losses.empty());
  EXPECT_TRUE(sample->scorer_failed);
}

}  // namespace
}  // namespace warmpath
