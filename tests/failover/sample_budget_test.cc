#include "failover/sample_budget.h"

#include <map>
#include <string>

#include "base/proto_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;

// Workflows with a primary that serves and a backup, one dimension each; time stands where it is
// put.
class SampleBudgetTest : public ::testing::Test {
 protected:
  v1::WorkflowConfig& AddWorkflow(const std::string& name) {
    v1::WorkflowConfig& workflow = (*config_.mutable_workflows())[name];
    AddPath(workflow, "main", v1::ROLE_PRIMARY);
    AddPath(workflow, "spare", v1::ROLE_BACKUP);
    *workflow.mutable_gate()->mutable_bucket() = ToProto(absl::ZeroDuration());
    (*workflow.mutable_gate()->mutable_dimensions())["policy"].set_theta(.99);
    return workflow;
  }
  static void AddPath(v1::WorkflowConfig& workflow, const std::string& name, v1::Role role) {
    v1::PathConfig* path = workflow.add_paths();
    path->set_name(name);
    path->set_role(role);
    path->set_provider("vendor");
    path->set_model("model-" + name);
  }

  void Start() {
    budget_.Configure(config_);
    for (const auto& [name, workflow] : config_.workflows()) {
      auto parameters = MakeWorkflowParameters(workflow);
      ASSERT_THAT(parameters, IsOk());
      const auto added = workflows_.try_emplace(name, name, *std::move(parameters), &next_id_);
      added.first->second.state.set_active_path("main");
    }
  }

  // Conversations a minute over ten minutes, of so many turns.
  void Traffic(const std::string& workflow, int per_minute, int turns = 1) {
    for (int minute = 0; minute <= 10; ++minute) {
      budget_.NoteTraffic(workflow, minute * per_minute, minute * per_minute * turns,
                          absl::ToUnixMicros(now_) + minute * kMicrosPerMinute);
    }
  }

  // Scored shadows of the spare path, five seconds apart.
  void Score(const std::string& workflow, int n, bool conforms = true) {
    for (int i = 0; i < n; ++i) {
      now_ += absl::Seconds(5);
      v1::Scorecard card;
      card.set_id("card_" + std::to_string(++cards_));
      card.set_workflow(workflow);
      card.set_candidate_path("spare");
      card.set_source(v1::SCORE_SOURCE_MIRROR);
      card.set_evidence_key("key");
      card.set_result(v1::EXCHANGE_RESULT_SCORED);
      *card.mutable_dispatch_time() = ToProto(now_);
      card.mutable_usage()->set_input_tokens(2000);
      card.mutable_usage()->set_output_tokens(1000);
      v1::DimensionScore* score = card.add_scores();
      score->set_dimension(v1::DIMENSION_POLICY);
      score->set_verdict(conforms ? v1::SCORE_VERDICT_PASS : v1::SCORE_VERDICT_FAIL);
      workflows_.at(workflow).Observe(card);
      budget_.NoteCard(card);
    }
  }

  v1::PathBudget Of(const std::string& workflow, const std::string& path = "spare") {
    for (auto& [name, state] : workflows_) state.Refresh(now_, false);
    budget_.Update(workflows_, now_);
    for (const v1::PathBudget& entry : budget_.plan().paths()) {
      if (entry.workflow() == workflow && entry.path() == path) return entry;
    }
    ADD_FAILURE() << workflow << "/" << path << " has no budget";
    return {};
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  v1::Config config_;
  SampleBudget budget_;
  std::map<std::string, WorkflowState> workflows_;
  uint32_t next_id_ = 1;
  int cards_ = 0;
};

TEST_F(SampleBudgetTest, WhatIsUnknownIsProvenAtTwelveAMinute) {
  AddWorkflow("desk");
  Start();
  Traffic("desk", 600);
  const v1::PathBudget spare = Of("desk");
  EXPECT_EQ(spare.spend(), v1::SPEND_CLASS_PROVE);
  EXPECT_NEAR(spare.rate(), 12, 1e-6);
  EXPECT_NEAR(spare.share(), 12.0 / 600, 1e-6);
  EXPECT_NEAR(spare.traffic(), 600, 1e-6);
  EXPECT_NEAR(spare.floor(), 1, 0.01);
  EXPECT_EQ(spare.reason(), "prove: nothing is known yet");
  EXPECT_FALSE(budget_.plan().has_limit_per_minute());
}

TEST_F(SampleBudgetTest, WhatIsProvenKeepsItsFloor) {
  AddWorkflow("desk");
  Start();
  Traffic("desk", 600);
  Score("desk", 200);
  EXPECT_THAT(Of("desk").reason(), HasSubstr("prove: policy needs"));
  Score("desk", 500);
  const v1::PathBudget spare = Of("desk");
  EXPECT_EQ(spare.spend(), v1::SPEND_CLASS_FLOOR);
  EXPECT_NEAR(spare.rate(), 1, 0.01);
  EXPECT_EQ(spare.reason(), "floor");
}

TEST_F(SampleBudgetTest, AnAlarmBurstsAndSaysWhatAlarmed) {
  AddWorkflow("desk");
  Start();
  Traffic("desk", 600);
  Score("desk", 700);
  Score("desk", 2, false);
  now_ += absl::Minutes(3);  // their bucket closes
  const v1::PathBudget spare = Of("desk");
  EXPECT_EQ(spare.spend(), v1::SPEND_CLASS_BURST);
  EXPECT_NEAR(spare.rate(), 20, 0.1);
  EXPECT_THAT(spare.reason(), HasSubstr("burst: evidence against policy 0."));
  EXPECT_THAT(spare.reason(), HasSubstr("resting level 0.000"));
}

TEST_F(SampleBudgetTest, ASuspectOfTheSameModelMakesOthersLookCloserForHalfAnHour) {
  AddWorkflow("desk");
  AddWorkflow("mail");
  Start();
  Traffic("desk", 600);
  Traffic("mail", 600);
  Score("desk", 700);
  Score("mail", 700);
  Score("desk", 100);  // fresh again
  Score("mail", 5, false);
  const v1::PathBudget desk = Of("desk");
  EXPECT_EQ(desk.spend(), v1::SPEND_CLASS_BURST);
  EXPECT_NEAR(desk.rate(), 5, 0.05);
  EXPECT_EQ(desk.reason(), "burst: mail/spare is suspect, the same model");
}

TEST_F(SampleBudgetTest, AHintMakesItLookCloserForHalfAnHour) {
  AddWorkflow("desk");
  Start();
  Traffic("desk", 600);
  Score("desk", 700);
  workflows_.at("desk").FindPath("spare")->hinted = now_;
  EXPECT_NEAR(Of("desk").rate(), 5, 0.05);
  EXPECT_EQ(Of("desk").reason(), "burst: somebody says that it may have changed");
  Score("desk", 400);  // 33 minutes
  EXPECT_EQ(Of("desk").reason(), "floor");
}

TEST_F(SampleBudgetTest, ReplicasShareTheWork) {
  AddWorkflow("desk");
  for (const char* peer : {"a:8083", "b:8083", "c:8083"})
    config_.mutable_replicas()->add_peers(peer);
  Start();
  Traffic("desk", 600);
  EXPECT_NEAR(Of("desk").rate(), 4, 1e-6);
  EXPECT_NEAR(Of("desk").floor(), 1.0 / 3, 0.01);
}

TEST_F(SampleBudgetTest, TheServingPathIsScoredAtNoCost) {
  AddWorkflow("desk");
  config_.mutable_shadow()->set_max_requests_per_minute(6);
  Start();
  Traffic("desk", 600);
  EXPECT_NEAR(Of("desk").rate(), .85 * 6, 1e-6);
  const v1::PathBudget main = Of("desk", "main");
  EXPECT_NEAR(main.rate(), 12, 1e-6);
  EXPECT_THAT(main.reason(), HasSubstr("it serves, live answers are scored"));
  EXPECT_NEAR(budget_.plan().spent_per_minute(), .85 * 6, 1e-6);
}

TEST_F(SampleBudgetTest, QuietTrafficIsTakenWholeAndTheRestAskedOfDrills) {
  AddWorkflow("desk").mutable_mirror()->mutable_exposure()->set_seconds(600);  // floor 6 a minute
  Start();
  Traffic("desk", 2);
  v1::PathBudget spare = Of("desk");
  EXPECT_NEAR(spare.share(), 1, 1e-9);
  EXPECT_NEAR(spare.drill(), spare.floor() - 2, 1e-6);
  EXPECT_THAT(spare.reason(), HasSubstr("drill samples a minute are missing"));
}

TEST_F(SampleBudgetTest, WithoutTrafficWhoeverComesFirstIsTaken) {
  AddWorkflow("desk");
  Start();
  Traffic("desk", 0);
  const v1::PathBudget spare = Of("desk");
  EXPECT_EQ(spare.rate(), 0);
  EXPECT_EQ(spare.share(), 1);
  EXPECT_EQ(spare.reason(), "no traffic: 1 drill samples a minute are missing");
}

TEST_F(SampleBudgetTest, AFixedShareOfEverythingIsSaidInWholeNumbers) {
  AddWorkflow("desk").mutable_mirror()->set_rate(1);
  Start();
  Traffic("desk", 60);
  EXPECT_EQ(Of("desk").reason(), "fixed share 100 %");
}

TEST_F(SampleBudgetTest, AFixedShareStaysAndTakesItsPartOfTheLimit) {
  AddWorkflow("desk").mutable_mirror()->set_rate(.1);
  AddWorkflow("mail");
  config_.mutable_shadow()->set_max_requests_per_minute(10);
  Start();
  Traffic("desk", 60);
  Traffic("mail", 600);
  const v1::PathBudget desk = Of("desk");
  EXPECT_TRUE(desk.fixed());
  EXPECT_NEAR(desk.rate(), 6, 1e-6);
  EXPECT_EQ(desk.reason(), "fixed share 10 %");
  EXPECT_NEAR(Of("mail").rate(), .85 * 10 - 6, 1e-6);
  EXPECT_NEAR(budget_.plan().spent_per_minute(), .85 * 10, 1e-6);
}

TEST_F(SampleBudgetTest, AConversationCostsItsTurns) {
  AddWorkflow("desk");
  config_.mutable_shadow()->set_max_requests_per_minute(12);
  Start();
  Traffic("desk", 100, 6);
  const v1::PathBudget spare = Of("desk");
  EXPECT_NEAR(spare.rate(), .85 * 2, 1e-6);  // conversations; six requests each
  EXPECT_NEAR(budget_.plan().spent_per_minute(), .85 * 12, 1e-6);
}

TEST_F(SampleBudgetTest, MoneyIsReckonedByPricesAndTheTokensOfRecentAnswers) {
  AddWorkflow("desk");
  v1::ProviderConfig& vendor = (*config_.mutable_providers())["vendor"];
  vendor.mutable_price()->set_input_usd_per_million(1);
  vendor.mutable_price()->set_output_usd_per_million(4);
  config_.mutable_shadow()->set_max_usd_per_hour(0.72);
  Start();
  Traffic("desk", 600);
  Score("desk", 100);
  // 2000 and 1000 tokens: 0.006 dollars each; 0.012 a minute.
  EXPECT_NEAR(Of("desk").rate(), 2, 1e-6);
}

TEST_F(SampleBudgetTest, ThePathThatIsDownGetsOnlyItsFloor) {
  AddWorkflow("desk");
  Start();
  Traffic("desk", 600);
  WorkflowState& desk = workflows_.at("desk");
  for (int i = 0; i < 5; ++i) {
    desk.Observe(*desk.FindPath("spare"),
                 {.time = now_, .ok = false, .failure_class = v1::FAILURE_CLASS_CONNECT}, false);
  }
  const v1::PathBudget spare = Of("desk");
  EXPECT_NEAR(spare.rate(), 1, 0.01);
  EXPECT_THAT(spare.reason(), HasSubstr("it answers nothing"));
}

TEST_F(SampleBudgetTest, WhatWaitsForAPersonIsNotProven) {
  AddWorkflow("desk");
  Start();
  Traffic("desk", 600);
  v1::Scorecard card;
  card.set_id("card_severe");
  card.set_workflow("desk");
  card.set_candidate_path("spare");
  card.set_source(v1::SCORE_SOURCE_MIRROR);
  card.set_evidence_key("key");
  card.set_result(v1::EXCHANGE_RESULT_SCORED);
  *card.mutable_dispatch_time() = ToProto(now_);
  v1::DimensionScore* score = card.add_scores();
  score->set_dimension(v1::DIMENSION_TOOLS);
  score->set_verdict(v1::SCORE_VERDICT_FAIL);
  v1::Finding* finding = card.add_findings();
  finding->set_dimension(v1::DIMENSION_TOOLS);
  finding->set_kind(v1::FINDING_KIND_TOOL_FORBIDDEN);
  finding->set_severity(v1::SEVERITY_SEVERE);
  workflows_.at("desk").Observe(card);
  const v1::PathBudget spare = Of("desk");
  EXPECT_NEAR(spare.rate(), 1, 0.01);
  EXPECT_THAT(spare.reason(), HasSubstr("before the severe violation is acknowledged"));
}

TEST_F(SampleBudgetTest, ImportanceDecidesWhoseFloorShrinks) {
  AddWorkflow("desk").mutable_mirror()->set_importance(5);
  AddWorkflow("mail");
  config_.mutable_shadow()->set_max_requests_per_minute(5);
  Start();
  Traffic("desk", 600);
  Traffic("mail", 600);
  Score("desk", 700);
  Score("mail", 700);
  Score("desk", 100);  // fresh again
  EXPECT_NEAR(Of("desk").rate(), 1, 0.01);
  EXPECT_LT(Of("mail").rate(), 0.1);
  EXPECT_EQ(Of("mail").reason(), "less than the floor: the budget is short");
}

TEST_F(SampleBudgetTest, BeforeTrafficIsMeasuredItSaysSo) {
  AddWorkflow("desk");
  Start();
  const v1::PathBudget spare = Of("desk");
  EXPECT_EQ(spare.spend(), v1::SPEND_CLASS_UNSPECIFIED);
  EXPECT_EQ(spare.share(), 0.05);
  EXPECT_EQ(spare.reason(), "just started: traffic is not measured yet");
}

}  // namespace
}  // namespace warmpath
