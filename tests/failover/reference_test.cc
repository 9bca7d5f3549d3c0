// Is the primary fit to be compared with?
#include "failover/reference.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/proto_time.h"
#include "failover/workflow_state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Micros kStart = 1'700'000'000 * kMicrosPerSecond;

TEST(Disagreement, IsUnstableAboveFifteenPercentOfFiftyPairs) {
  Disagreement disagreement;
  for (int i = 0; i < 49; ++i) disagreement.Add(kStart, i < 20);
  EXPECT_FALSE(disagreement.unstable()) << "too few pairs";
  disagreement.Add(kStart, 0);
  EXPECT_TRUE(disagreement.unstable());
  EXPECT_NEAR(*disagreement.mean(), 0.4, 1e-9);
  // 21 days later what was counts a twentieth.
  for (int i = 0; i < 50; ++i) disagreement.Add(kStart + 21 * kMicrosPerDay, 0);
  EXPECT_FALSE(disagreement.unstable());
}

// A primary, two backups, one paired dimension and an absolute one; mirrored exchanges a minute apart.
class ReferenceTest : public ::testing::Test {
 protected:
  static WorkflowParameters Parameters() {
    v1::WorkflowConfig config;
    for (const auto& [name, role] : {std::pair{"primary", v1::ROLE_PRIMARY},
                                     {"one", v1::ROLE_BACKUP},
                                     {"two", v1::ROLE_BACKUP}}) {
      v1::PathConfig* path = config.add_paths();
      path->set_name(name);
      path->set_role(role);
    }
    *config.mutable_gate()->mutable_bucket() = ToProto(absl::ZeroDuration());
    v1::GateDimensionConfig& tools = (*config.mutable_gate()->mutable_dimensions())["tools"];
    tools.set_mode(v1::GATE_MODE_PAIRED);
    tools.set_delta(.1);
    (*config.mutable_gate()->mutable_dimensions())["schema"].set_theta(.97);
    auto parameters = MakeWorkflowParameters(config);
    EXPECT_TRUE(parameters.ok()) << parameters.status();
    return *parameters;
  }
  static void Add(v1::Dimension dimension, bool fails,
                  google::protobuf::RepeatedPtrField<v1::DimensionScore>* scores) {
    v1::DimensionScore* score = scores->Add();
    score->set_dimension(dimension);
    score->set_verdict(fails ? v1::SCORE_VERDICT_FAIL : v1::SCORE_VERDICT_PASS);
  }
  v1::Scorecard Card(const std::string& path, bool diverges, bool control_diverges) {
    v1::Scorecard card;
    card.set_id(absl::StrCat("card", 100000 + ++cards_));
    card.set_request_id(absl::StrCat("request", exchange_));
    card.set_candidate_path(path);
    card.set_control_path("primary");
    card.set_source(v1::SCORE_SOURCE_MIRROR);
    card.set_result(v1::EXCHANGE_RESULT_SCORED);
    card.set_evidence_key("key");
    card.set_control_path_key(primary_key_);
    *card.mutable_dispatch_time() = ToProto(now_);
    *card.mutable_create_time() = ToProto(now_);
    Add(v1::DIMENSION_TOOLS, diverges, card.mutable_scores());
    Add(v1::DIMENSION_SCHEMA, false, card.mutable_scores());
    Add(v1::DIMENSION_TOOLS, control_diverges, card.mutable_control_scores());
    return card;
  }
  // Both backups answer; the later one is compared with the earlier one, too.
  void Exchange(bool one, bool two, bool control, bool differ) {
    ++exchange_;
    now_ += absl::Minutes(1);
    news_ = workflow_.Observe(Card("one", one, control));
    v1::Scorecard card = Card("two", two, control);
    v1::PeerScore* peer = card.add_peer_scores();
    peer->set_path("one");
    Add(v1::DIMENSION_TOOLS, differ, peer->mutable_scores());
    workflow_.Observe(card);
    workflow_.Refresh(now_, false);
  }
  void Agree(int n) {
    for (int i = 0; i < n; ++i) Exchange(false, false, false, false);
  }
  v1::Conformance Verdict(const std::string& path) { return workflow_.FindPath(path)->conformance; }
  std::vector<std::string> Reasons(const std::string& path) {
    std::vector<std::string> reasons;
    const v1::PathVerdict verdict = workflow_.VerdictOf(*workflow_.FindPath(path), now_);
    for (const auto& reason : verdict.reasons()) {
      reasons.push_back(absl::StrCat(v1::ReasonCode_Name(reason.code()).substr(12), " ", reason.dimension()));
    }
    return reasons;
  }

  uint32_t next_id_ = 1;
  WorkflowState workflow_{"w", Parameters(), &next_id_};
  absl::Time now_ = absl::FromUnixMicros(kStart);
  std::string primary_key_ = "p1";
  int cards_ = 0, exchange_ = 0;
  CardNews news_;
};

TEST_F(ReferenceTest, ACandidateAsNoisyAsThePrimaryIsProven) {
  for (int i = 0; i < 1000; ++i) {
    Exchange(/*one=*/i % 20 == 0, /*two=*/false, /*control=*/i % 20 == 7, /*differ=*/i % 20 == 0);
  }
  EXPECT_EQ(Verdict("one"), v1::CONFORMANCE_GREEN);
  EXPECT_EQ(Verdict("two"), v1::CONFORMANCE_GREEN);
}

TEST_F(ReferenceTest, NoSecondAnswerOrALiveOneIsNoEvidence) {
  for (int i = 0; i < 300; ++i) {
    now_ += absl::Minutes(1);
    v1::Scorecard card = Card("one", false, false);
    if (i % 2 == 0) {
      card.clear_control_scores();
    } else {
      card.set_source(v1::SCORE_SOURCE_LIVE);
    }
    workflow_.Observe(card);
  }
  const GateState& state = workflow_.FindPath("one")->judge.current()->state;
  EXPECT_FALSE(state.dimensions[*workflow_.parameters().gate.IndexOf("tools")].scored);
  EXPECT_TRUE(state.dimensions[*workflow_.parameters().gate.IndexOf("schema")].scored);
}

TEST_F(ReferenceTest, ThePrimaryItselfIsHeldAgainstItsThreshold) {
  const GateDimension& tools = workflow_.primary().judge.parameters().dimensions[1];
  EXPECT_EQ(tools.name, "tools");
  EXPECT_FALSE(tools.paired);
  EXPECT_EQ(tools.theta, .97);
}

TEST_F(ReferenceTest, APrimaryThatDisagreesWithItselfIsNoReference) {
  Agree(300);
  ASSERT_EQ(Verdict("one"), v1::CONFORMANCE_GREEN);
  for (int i = 0; i < 80; ++i) Exchange(false, false, /*control=*/true, false);
  EXPECT_THAT(Reasons("one"), ::testing::Contains("REFERENCE_UNSTABLE tools"));
  EXPECT_EQ(Verdict("one"), v1::CONFORMANCE_AMBER);
  ASSERT_EQ(workflow_.ReferenceReasons().size(), 1u);
  EXPECT_EQ(workflow_.ReferenceReasons()[0].code(), v1::REASON_CODE_REFERENCE_UNSTABLE);
}

TEST_F(ReferenceTest, CountsTheSecondAnswerOncePerExchange) {
  Agree(49);
  v1::JudgeCheckpoint checkpoint;
  workflow_.Save(workflow_.primary(), now_, &checkpoint);
  for (const v1::ReferenceState& state : checkpoint.references()) EXPECT_EQ(state.count(), 49);
  EXPECT_EQ(checkpoint.references_size(), 2) << "with itself, and one with two";
  EXPECT_EQ(checkpoint.control_path_key(), "p1");
}

// The primary changed and its key did not: both backups diverge from it in the same way.
TEST_F(ReferenceTest, PathsThatFallTogetherPointAtThePrimary) {
  Agree(300);
  for (int i = 0; i < 40; ++i) Exchange(true, true, false, /*differ=*/false);
  EXPECT_EQ(Verdict("one"), v1::CONFORMANCE_AMBER) << "not RED";
  EXPECT_THAT(Reasons("one"), ElementsAre("SUSPECT tools", "REFERENCE_SUSPECT tools"));
  // A restart in the middle changes nothing.
  WorkflowState restarted("w", Parameters(), &next_id_);
  for (const PathState& path : workflow_.paths()) {
    v1::JudgeCheckpoint checkpoint;
    workflow_.Save(path, now_, &checkpoint);
    restarted.Resume(checkpoint, now_);
  }
  workflow_ = std::move(restarted);
  for (int i = 0; i < 5; ++i) Exchange(true, true, false, /*differ=*/false);
  EXPECT_EQ(Verdict("two"), v1::CONFORMANCE_AMBER);
  // Its key changes at last: paired dimensions start anew, nothing else.
  primary_key_ = "p2";
  Exchange(false, false, false, false);
  EXPECT_THAT(news_.primary_change, ::testing::StartsWith("what answers changed"));
  EXPECT_THAT(Reasons("one"), ElementsAre("UNPROVEN tools"));
  Agree(150);
  EXPECT_EQ(Verdict("one"), v1::CONFORMANCE_GREEN);
}

TEST_F(ReferenceTest, PathsThatFallEachInItsOwnWayTurnRed) {
  Agree(60);
  for (int i = 0; i < 30; ++i) Exchange(true, true, false, /*differ=*/true);
  EXPECT_EQ(Verdict("one"), v1::CONFORMANCE_RED);
}

TEST_F(ReferenceTest, AnAnswerFromBeforeAChangeIsNoChangeBack) {
  Agree(10);
  v1::Scorecard late = Card("one", true, false);
  primary_key_ = "p2";
  Exchange(false, false, false, false);
  EXPECT_EQ(workflow_.Observe(late).primary_change, "");
  const GateState& state = workflow_.FindPath("one")->judge.current()->state;
  EXPECT_EQ(state.dimensions[*workflow_.parameters().gate.IndexOf("tools")].recent_fail, 0)
      << "it was held against a primary that is gone";
}

TEST_F(ReferenceTest, ASwapOfTheServedModelIsToldAtTheNextAnswer) {
  const auto answer = [&](const std::string& model) {
    now_ += absl::Minutes(1);
    v1::Scorecard card = Card("primary", false, false);
    card.set_source(v1::SCORE_SOURCE_LIVE);
    card.set_served_model(model);
    return workflow_.Observe(card).primary_change;
  };
  EXPECT_EQ(answer("gpt-a"), "");
  EXPECT_EQ(answer("gpt-a"), "");
  EXPECT_EQ(answer("gpt-b"), "served model changed from gpt-a to gpt-b");
  EXPECT_EQ(workflow_.primary().served_model, "gpt-b");
}

}  // namespace
}  // namespace warmpath
