#include "failover/path_judge.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/proto_time.h"
#include "failover/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::WorkflowConfig Config() {
  v1::WorkflowConfig config;
  *config.mutable_gate()->mutable_bucket() = ToProto(absl::ZeroDuration());
  (*config.mutable_gate()->mutable_dimensions())["schema"].set_theta(.97);
  (*config.mutable_gate()->mutable_dimensions())["policy"].set_theta(.97);
  return config;
}

// Feeds one path with cards, one a minute, and asks for verdicts.
class PathJudgeTest : public ::testing::Test {
 protected:
  v1::Scorecard Card(bool schema_ok = true, bool policy_ok = true) {
    now_ += kMicrosPerMinute;
    v1::Scorecard card;
    card.set_id("card" + std::to_string(++cards_));
    card.set_result(v1::EXCHANGE_RESULT_SCORED);
    card.set_evidence_key(key_);
    *card.mutable_dispatch_time() = ToProto(absl::FromUnixMicros(now_));
    AddScore(v1::DIMENSION_SCHEMA, schema_ok, &card);
    AddScore(v1::DIMENSION_POLICY, policy_ok, &card);
    return card;
  }
  static void AddScore(v1::Dimension dimension, bool ok, v1::Scorecard* card) {
    v1::DimensionScore* score = card->add_scores();
    score->set_dimension(dimension);
    score->set_verdict(ok ? v1::SCORE_VERDICT_PASS : v1::SCORE_VERDICT_FAIL);
  }
  void Pass(int n) {
    for (int i = 0; i < n; ++i) judge_.Observe(Card());
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
  Micros now_ = 1'700'000'000 * kMicrosPerSecond;
  std::string key_ = "build-a";
  int cards_ = 0;
};

TEST_F(PathJudgeTest, IsColdWithoutAnyCard) {
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_COLD);
  EXPECT_THAT(Reasons(), ElementsAre("few-samples"));
}

TEST_F(PathJudgeTest, ProvesBothDimensionsAndSaysHowFarItIs) {
  Pass(20);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_COLD);
  EXPECT_THAT(Reasons(), ElementsAre("new-key"));
  Pass(80);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(Reasons(), ElementsAre("unproven(schema)", "unproven(policy)"));
  EXPECT_EQ(judge_.VerdictAt(now_, false).distance(), "101 more clean samples; 97 min at 1.1/min");
  Pass(101);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_GREEN);
  EXPECT_THAT(Reasons(), IsEmpty());
  EXPECT_EQ(judge_.VerdictAt(now_, false).distance(), "");
}

TEST_F(PathJudgeTest, OneUnprovenDimensionKeepsItAmber) {
  for (int i = 0; i < 400; ++i) {
    v1::Scorecard card = Card();
    card.mutable_scores(1)->set_verdict(v1::SCORE_VERDICT_NOT_APPLICABLE);
    judge_.Observe(card);
  }
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(Reasons(), ElementsAre("unproven(policy)"));
}

TEST_F(PathJudgeTest, FailuresMakeItSuspectThenRed) {
  Pass(300);
  for (int i = 0; i < 4; ++i) judge_.Observe(Card(/*schema_ok=*/false));
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(Reasons(), ElementsAre("suspect(schema)"));
  EXPECT_THAT(judge_.VerdictAt(now_, false).distance(), HasSubstr("suspicion lasts 10 min more"));
  judge_.Observe(Card(/*schema_ok=*/false));
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_RED);
  EXPECT_THAT(Reasons(), ElementsAre("violating(schema)"));
  EXPECT_THAT(judge_.VerdictAt(now_, false).distance(),
              HasSubstr("30 min of hold-down; 200 more samples"));
}

TEST_F(PathJudgeTest, OneSevereFindingIsRedAtOnceUntilAcknowledged) {
  Pass(300);
  v1::Scorecard card = Card();
  card.add_findings()->set_severity(v1::SEVERITY_SEVERE);
  EXPECT_TRUE(judge_.Observe(card).severe);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_RED);
  EXPECT_THAT(Reasons(), ElementsAre("severe"));
  Pass(1000);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_RED) << "time and good answers do not clear it";
  EXPECT_TRUE(judge_.AcknowledgeSevere(now_));
  EXPECT_FALSE(judge_.AcknowledgeSevere(now_));
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_RED) << "hold-down";
  Pass(200);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  Pass(300);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_GREEN);
}

TEST_F(PathJudgeTest, FailedCallsAndUntranslatableRequestsAreNoEvidence) {
  Pass(300);
  for (int i = 0; i < 100; ++i) {
    v1::Scorecard card = Card(false, false);
    card.set_result(i % 2 == 0 ? v1::EXCHANGE_RESULT_FAILED : v1::EXCHANGE_RESULT_UNTRANSLATABLE);
    EXPECT_FALSE(judge_.Observe(card).evidence);
  }
  EXPECT_EQ(judge_.JudgeAt(now_, false).state.n_eff, 300);
}

TEST_F(PathJudgeTest, TheServingPathComparedWithItselfIsNoEvidence) {
  v1::Scorecard card = Card();
  card.set_source(v1::SCORE_SOURCE_SELF);
  EXPECT_FALSE(judge_.Observe(card).evidence);
  EXPECT_EQ(judge_.JudgeAt(now_, false).evidence, nullptr);
}

TEST_F(PathJudgeTest, ADispatchTimeAfterTheCardItselfIsNotBelieved) {
  v1::Scorecard card = Card();
  *card.mutable_create_time() = card.dispatch_time();
  *card.mutable_dispatch_time() = ToProto(absl::FromUnixMicros(now_) + absl::Hours(1000));
  judge_.Observe(card);
  EXPECT_EQ(judge_.JudgeAt(now_, false).state.t_evidence, now_);
}

TEST_F(PathJudgeTest, BrokenScorersAreAHoldAndNeverLoss) {
  Pass(300);
  for (int i = 0; i < 4; ++i) {
    v1::Scorecard card = Card();
    card.mutable_scores(0)->set_verdict(v1::SCORE_VERDICT_SCORER_ERROR);
    judge_.Observe(card);
  }
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(Reasons(), ElementsAre("scorer-unhealthy"));
  Pass(60);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_GREEN) << "the hour is over";
}

TEST_F(PathJudgeTest, AStoreThatTakesNothingIsAHold) {
  Pass(300);
  EXPECT_EQ(judge_.JudgeAt(now_, true).conformance, v1::CONFORMANCE_AMBER);
  EXPECT_FALSE(judge_.JudgeAt(now_, true).only_aged);
}

TEST_F(PathJudgeTest, SilenceAgesWithoutSpeakingAgainstThePath) {
  Pass(300);
  now_ += kMicrosPerHour;
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(Reasons(), ElementsAre("stale"));
  EXPECT_TRUE(judge_.JudgeAt(now_, false).only_aged);
  now_ += 6 * kMicrosPerHour;
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_COLD);
  EXPECT_THAT(Reasons(), ElementsAre("silent"));
}

TEST_F(PathJudgeTest, ANewKeyStartsColdAndAKnownOneResumes) {
  Pass(300);
  key_ = "build-b";
  EXPECT_TRUE(judge_.Observe(Card()).new_key);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_COLD);
  key_ = "build-a";
  EXPECT_FALSE(judge_.Observe(Card()).new_key);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_COLD) << "build-b was seen within tau";
  Pass(31);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_GREEN) << "only build-a was";
  EXPECT_EQ(judge_.VerdictAt(now_, false).evidence_key(), "build-a");
}

TEST_F(PathJudgeTest, KeepsFourKeysAndStartsAFifthWithLess) {
  for (const char* key : {"a", "b", "c", "d"}) {
    key_ = key;
    Pass(1);
  }
  EXPECT_NEAR(judge_.JudgeAt(now_, false).state.dimensions[0].evidence_for(), 0.5, 0.02);
  key_ = "e";
  Pass(1);
  v1::JudgeCheckpoint checkpoint;
  judge_.ToProto(&checkpoint);
  ASSERT_EQ(checkpoint.keys_size(), 4);
  EXPECT_EQ(checkpoint.keys(0).evidence_key(), "b");
  EXPECT_EQ(checkpoint.keys(3).evidence_key(), "e");
  EXPECT_NEAR(checkpoint.keys(3).recold_bucket(), 0.05, 1e-9);
  double evidence = 0;
  for (double part : checkpoint.keys(3).dimensions(0).g()) evidence += part;
  EXPECT_NEAR(evidence, 0.05, 0.002);
}

TEST_F(PathJudgeTest, AConversationCountsOnceWhateverTheOrderOfItsTurns) {
  std::vector<bool> turns = {true, true, false, true, true, false};
  std::vector<double> fails;
  do {
    PathJudge judge(judge_.parameters());
    const Micros start = now_;
    for (bool ok : turns) {
      v1::Scorecard card = Card(ok);
      card.set_conversation("talk");
      judge.Observe(card);
    }
    now_ = start;
    const Judgement judgement = judge.JudgeAt(now_, false);
    EXPECT_EQ(judgement.state.n_eff, 1);
    fails.push_back(judgement.state.dimensions[0].recent_fail);
  } while (std::next_permutation(turns.begin(), turns.end()));
  EXPECT_GT(fails.size(), 1u);
  for (double fail : fails) EXPECT_NEAR(fail, 1.0 / 3, 1e-4);
}

TEST_F(PathJudgeTest, RefusesConversationsBeyondItsRoom) {
  GateParameters parameters = judge_.parameters();
  parameters.max_conversations = 2;
  PathJudge judge(parameters);
  std::vector<bool> refused;
  for (const char* name : {"x", "y", "z", "x"}) {
    v1::Scorecard card = Card();
    card.set_conversation(name);
    refused.push_back(judge.Observe(card).refused);
  }
  EXPECT_THAT(refused, ElementsAre(false, false, true, false));
}

// Random histories: a checkpoint in the middle changes no bit of what follows.
TEST_F(PathJudgeTest, ACheckpointResumesBitForBit) {
  uint32_t random = 1;
  const auto next = [&random](uint32_t n) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % n;
  };
  PathJudge other(judge_.parameters());
  for (int i = 0; i < 3000; ++i) {
    if (next(400) == 0) now_ += static_cast<Micros>(next(10)) * kMicrosPerHour;
    if (next(200) == 0) key_ = std::string(1, static_cast<char>('a' + next(6)));
    v1::Scorecard card = Card(next(50) != 0, next(90) != 0);
    if (next(2) == 0) card.set_conversation("c" + std::to_string(next(9)));
    if (next(500) == 0) card.add_findings()->set_severity(v1::SEVERITY_SEVERE);
    if (next(40) == 0) card.mutable_scores(0)->set_verdict(v1::SCORE_VERDICT_SCORER_ERROR);
    judge_.Observe(card);
    other.Observe(card);
    if (next(100) == 0) {
      v1::JudgeCheckpoint checkpoint;
      other.ToProto(&checkpoint);
      other = PathJudge(judge_.parameters());
      other.FromProto(checkpoint, now_ + kMicrosPerMinute);
    }
    // Looking is free: no verdict asked for in between changes what follows.
    if (next(10) == 0) other.JudgeAt(now_ + static_cast<Micros>(next(86400)) * kMicrosPerSecond, false);
  }
  v1::JudgeCheckpoint expected, actual;
  judge_.ToProto(&expected);
  other.ToProto(&actual);
  EXPECT_EQ(expected.SerializeAsString(), actual.SerializeAsString());
  EXPECT_EQ(judge_.VerdictAt(now_, false).SerializeAsString(),
            other.VerdictAt(now_, false).SerializeAsString());
}

TEST_F(PathJudgeTest, AnotherThresholdStartsThatDimensionAnew) {
  Pass(300);
  v1::WorkflowConfig config = Config();
  (*config.mutable_gate()->mutable_dimensions())["schema"].set_theta(.99);
  judge_.SetParameters(MakeGateParameters(config).value(), now_);
  EXPECT_EQ(Verdict(), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(Reasons(), ElementsAre("unproven(schema)"));
}

TEST_F(PathJudgeTest, RequiresWhatOnlyRequestsBringOnceItWasSeen) {
  v1::WorkflowConfig config;
  *config.mutable_gate()->mutable_bucket() = ToProto(absl::ZeroDuration());
  config.mutable_gate()->set_n_cold(10);
  PathJudge judge(MakeGateParameters(config).value());
  for (int i = 0; i < 1500; ++i) {
    v1::Scorecard card = Card();
    card.mutable_scores()->DeleteSubrange(0, 1);
    card.set_false_proceed(0);
    judge.Observe(card);
  }
  EXPECT_EQ(judge.JudgeAt(now_, false).conformance, v1::CONFORMANCE_GREEN);
  judge.Observe(Card());
  EXPECT_EQ(judge.JudgeAt(now_, false).conformance, v1::CONFORMANCE_AMBER);
  EXPECT_THAT(ReasonInWords(judge.VerdictAt(now_, false).reasons(0)), "unproven(schema)");
}

TEST(GateConfig, NamesTheKeyThatIsWrong) {
  v1::WorkflowConfig config;
  config.mutable_gate()->set_alpha_green(2);
  EXPECT_THAT(std::string(MakeGateParameters(config).status().message()),
              HasSubstr("gate.alpha_green"));
  config.mutable_gate()->clear_alpha_green();
  (*config.mutable_gate()->mutable_dimensions())["tone"].set_theta(.9);
  EXPECT_THAT(std::string(MakeGateParameters(config).status().message()),
              HasSubstr("gate.dimensions.tone"));
  config.mutable_gate()->clear_dimensions();
  config.mutable_gate()->set_fresh_leave(20);
  EXPECT_THAT(std::string(MakeGateParameters(config).status().message()),
              HasSubstr("gate.fresh_leave"));
}

}  // namespace
}  // namespace warmpath
