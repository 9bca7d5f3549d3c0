// What a change of the evidence key resets, and holds that are not about samples.
#include "failover/key_change.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/proto_time.h"
#include "failover/path_judge.h"
#include "failover/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

v1::WorkflowConfig Config() {
  v1::WorkflowConfig config;
  v1::PathConfig* primary = config.add_paths();
  primary->set_name("primary");
  primary->set_role(v1::ROLE_PRIMARY);
  *config.mutable_gate()->mutable_bucket() = ToProto(absl::ZeroDuration());
  for (const char* name : {"schema", "tools", "policy"}) {
    (*config.mutable_gate()->mutable_dimensions())[name].set_theta(.97);
  }
  return config;
}

v1::EvidenceKeyParts Parts() {
  v1::EvidenceKeyParts parts;
  parts.set_instructions("i");
  parts.set_tools("t");
  parts.set_output_schema("o");
  parts.set_policy("p");
  parts.set_path("m");
  parts.set_scorer("s");
  return parts;
}

std::string Words(const v1::EvidenceKeyParts& after) {
  const GateParameters parameters = MakeGateParameters(Config()).value();
  return KeyChangeInWords(parameters, CompareKeys(parameters, Parts(), after));
}

TEST(CompareKeys, TellsWhatStartsAnewAndWhatIsKept) {
  v1::EvidenceKeyParts after = Parts();
  after.set_tools("t2");
  EXPECT_EQ(Words(after), "tools changed: schema, tools start anew; policy is kept");
  after = Parts();
  after.set_output_schema("o2");
  EXPECT_EQ(Words(after), "the output schema changed: schema starts anew; tools, policy are kept");
  after.set_tools("t2");
  EXPECT_EQ(Words(after), "tools and the output schema changed: schema, tools start anew; policy is kept");
  after = Parts();
  after.set_judge("j");
  EXPECT_EQ(Words(after), "the judge changed: schema, tools, policy are kept") << "it is not required";
}

TEST(CompareKeys, AnythingElseIsANewIdentity) {
  v1::EvidenceKeyParts after = Parts();
  after.set_path("m2");
  after.set_tools("t2");
  EXPECT_EQ(Words(after), "the model or its settings and tools changed: everything starts anew");
  after = Parts();
  after.set_instructions("i2");
  EXPECT_EQ(Words(after), "instructions changed: everything starts anew");
  after = Parts();
  after.set_scorer("s2");
  EXPECT_EQ(Words(after), "the scorers changed: everything starts anew");
  EXPECT_EQ(Words(v1::EvidenceKeyParts()), "everything starts anew") << "unknown parts";
  EXPECT_EQ(Words(Parts()), "everything starts anew") << "another key of equal parts";
}

// One backup, a card a minute.
class ChangeTest : public ::testing::Test {
 protected:
  v1::Scorecard Card() {
    now_ += kMicrosPerMinute;
    v1::Scorecard card;
    card.set_id(absl::StrCat("card", ++cards_));
    card.set_result(v1::EXCHANGE_RESULT_SCORED);
    card.set_source(v1::SCORE_SOURCE_MIRROR);
    card.set_candidate_path("backup");
    card.set_control_path("primary");
    card.set_evidence_key(parts_.SerializeAsString());
    *card.mutable_key_parts() = parts_;
    *card.mutable_dispatch_time() = ToProto(absl::FromUnixMicros(now_));
    for (const v1::Dimension dimension :
         {v1::DIMENSION_SCHEMA, v1::DIMENSION_TOOLS, v1::DIMENSION_POLICY}) {
      v1::DimensionScore* score = card.add_scores();
      score->set_dimension(dimension);
      score->set_verdict(v1::SCORE_VERDICT_PASS);
    }
    return card;
  }
  void Pass(int n) {
    for (int i = 0; i < n; ++i) judge_.Observe(Card());
  }
  v1::Scorecard Confirmation(const std::string& card_id, v1::ConfirmationResult result) {
    v1::Scorecard card = Card();
    card.clear_scores();
    card.set_source(v1::SCORE_SOURCE_CONFIRMATION);
    card.mutable_confirmation()->set_card_id(card_id);
    card.mutable_confirmation()->set_result(result);
    return card;
  }
  v1::Scorecard FalseProceed() {
    v1::Scorecard card = Card();
    card.set_false_proceed(1);
    return card;
  }
  v1::Conformance Verdict() { return judge_.JudgeAt(now_, false).conformance; }
  std::vector<std::string> Reasons() {
    std::vector<std::string> reasons;
    const v1::PathVerdict verdict = judge_.VerdictAt(now_, false);
    for (const auto& reason : verdict.reasons()) {
      reasons.push_back(ReasonInWords(reason));
    }
    return reasons;
  }

  PathJudge judge_{MakeGateParameters(Config()).value()};
  v1::EvidenceKeyParts parts_ = Parts();
  Micros now_ = 1'700'000'000 * kMicrosPerSecond;
  int cards_ = 0;
};

TEST_F(ChangeTest, NewToolsKeepWhatDoesNotRestOnThem) {
  Pass(300);
  ASSERT_EQ(Verdict(), v1::CONFORMANCE_GREEN);
  parts_.set_tools("t2");
  const CardEffect effect = judge_.Observe(Card());
  EXPECT_TRUE(effect.new_key);
  EXPECT_EQ(effect.key_change, "tools changed: schema, tools start anew; policy is kept");
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER) << "not COLD";
  EXPECT_THAT(Reasons(), ElementsAre("unproven(schema)", "unproven(tools)"));
  Pass(210);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_GREEN);
}

TEST_F(ChangeTest, ANewModelStartsCold) {
  Pass(300);
  parts_.set_path("m2");
  EXPECT_EQ(judge_.Observe(Card()).key_change,
            "the model or its settings changed: everything starts anew");
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_COLD);
}

TEST_F(ChangeTest, ChangingToolsAgainAndAgainCollectsNoStartMass) {
  Pass(300);
  for (int i = 0; i < 6; ++i) {
    parts_.set_tools(absl::StrCat("t", i));
    judge_.Observe(Card());
  }
  EXPECT_LT(judge_.current()->state.dimensions[0].evidence_for(), 0.06);
}

TEST_F(ChangeTest, APossibleSevereViolationIsHeldUntilItIsSettled) {
  Pass(300);
  const v1::Scorecard card = FalseProceed();
  EXPECT_TRUE(judge_.Observe(card).severe_pending);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(Reasons(), ElementsAre("severe-pending"));
  judge_.Observe(Confirmation(card.id(), v1::CONFIRMATION_RESULT_INCONCLUSIVE));
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  const double samples = judge_.current()->state.n_eff;
  EXPECT_TRUE(judge_.Observe(Confirmation(card.id(), v1::CONFIRMATION_RESULT_NOT_CONFIRMED))
                  .severe_settled);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_GREEN);
  EXPECT_EQ(judge_.current()->state.n_eff, samples) << "confirmations are no evidence";
}

TEST_F(ChangeTest, ALaterCaseThatIsNotConfirmedEndsTheHoldToo) {
  Pass(300);
  const v1::Scorecard card = FalseProceed();
  judge_.Observe(card);
  judge_.Observe(Confirmation(card.id(), v1::CONFIRMATION_RESULT_INCONCLUSIVE));
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  EXPECT_TRUE(judge_.Observe(Confirmation("another", v1::CONFIRMATION_RESULT_NOT_CONFIRMED))
                  .severe_settled);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_GREEN);
}

TEST_F(ChangeTest, AConfirmedOneIsLatched) {
  Pass(300);
  const v1::Scorecard card = FalseProceed();
  judge_.Observe(card);
  EXPECT_TRUE(
      judge_.Observe(Confirmation(card.id(), v1::CONFIRMATION_RESULT_CONFIRMED)).severe);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_RED);
  EXPECT_THAT(Reasons(), ElementsAre("severe"));
  EXPECT_THAT(judge_.VerdictAt(now_, false).reasons(0).detail(), HasSubstr(card.id()));
  EXPECT_TRUE(judge_.AcknowledgeSevere(now_));
}

TEST_F(ChangeTest, AnOperatorMayEndTheHold) {
  Pass(300);
  judge_.Observe(FalseProceed());
  EXPECT_TRUE(judge_.AcknowledgeSevere(now_));
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_GREEN) << "nothing was confirmed: no hold-down";
}

TEST_F(ChangeTest, GoingAheadIsHeldOnlyAgainstThePrimarysRefusalAndOnlyIfAsked) {
  Pass(300);
  v1::Scorecard other = FalseProceed();
  other.set_control_path("backup2");
  EXPECT_FALSE(judge_.Observe(other).severe_pending) << "a stand-in refused";
  v1::Scorecard live = FalseProceed();
  live.set_source(v1::SCORE_SOURCE_LIVE);
  EXPECT_FALSE(judge_.Observe(live).severe_pending);
  GateParameters parameters = judge_.parameters();
  parameters.confirm_false_proceed = false;
  judge_.SetParameters(parameters, now_);
  EXPECT_FALSE(judge_.Observe(FalseProceed()).severe_pending);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_GREEN);
}

TEST_F(ChangeTest, TheHoldOutlivesARestart) {
  Pass(300);
  const v1::Scorecard card = FalseProceed();
  judge_.Observe(card);
  v1::JudgeCheckpoint checkpoint;
  judge_.ToProto(&checkpoint);
  PathJudge restarted(judge_.parameters());
  restarted.FromProto(checkpoint, now_);
  EXPECT_EQ(restarted.JudgeAt(now_, false).conformance, v1::CONFORMANCE_AMBER);
  restarted.Observe(Confirmation(card.id(), v1::CONFIRMATION_RESULT_NOT_CONFIRMED));
  EXPECT_EQ(restarted.JudgeAt(now_, false).conformance, v1::CONFORMANCE_GREEN);
}

TEST_F(ChangeTest, LeavingCasesToPeopleIsNoFailureUnlessItHappensTooOften) {
  Pass(300);
  const auto hand_over = [&](int n) {
    for (int i = 0; i < n; ++i) {
      v1::Scorecard card = Card();
      card.set_handed_over(true);
      EXPECT_FALSE(judge_.Observe(card).evidence);
    }
  };
  now_ += 25 * kMicrosPerHour;
  Pass(260);
  ASSERT_EQ(judge_.VerdictAt(now_, false).handover_ratio(), 0);
  ASSERT_FALSE(judge_.VerdictAt(now_, false).has_handover_ratio());
  hand_over(20);
  EXPECT_NEAR(judge_.VerdictAt(now_, false).handover_ratio(), 20.0 / 280, 1e-9);
  EXPECT_THAT(Reasons(), ::testing::Not(::testing::Contains("hands-over")));
  now_ += 25 * kMicrosPerHour;
  hand_over(19);
  EXPECT_THAT(Reasons(), ::testing::Not(::testing::Contains("hands-over"))) << "too few cases";
  hand_over(1);
  EXPECT_THAT(Reasons(), ::testing::Contains("hands-over"));
  EXPECT_THAT(judge_.VerdictAt(now_, false).reasons(0).detail(),
              HasSubstr("left 20 of 20 cases of the last 24 h to people"));
  v1::JudgeCheckpoint checkpoint;
  judge_.ToProto(&checkpoint);
  PathJudge restarted(judge_.parameters());
  restarted.FromProto(checkpoint, now_);
  EXPECT_EQ(restarted.VerdictAt(now_, false).handover_ratio(), 1);
}

}  // namespace
}  // namespace warmpath
