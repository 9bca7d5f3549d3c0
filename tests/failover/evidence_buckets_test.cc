// Evidence in buckets of dispatch time: what closes when, what is late, and what open buckets may do.
#include "failover/evidence_buckets.h"

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <utility>
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
using ::testing::IsEmpty;

constexpr Micros kBucket = 10 * kMicrosPerSecond;
constexpr Micros kStart = 1'700'000'000 * kMicrosPerSecond;
constexpr Micros kNothingUnderWay = std::numeric_limits<Micros>::max();

GateParameters Parameters() {
  GateParameters parameters;
  parameters.dimensions.push_back(MakeGateDimension("schema", .97, Requirement::kAlways));
  parameters.dimensions.push_back(MakeGateDimension("policy", .97, Requirement::kAlways));
  parameters.bucket = kBucket;
  return parameters;
}

// One path; seconds since the start.
class BucketTest : public ::testing::Test {
 protected:
  v1::Scorecard Card(double dispatch, double arrival, bool ok = true) {
    v1::Scorecard card;
    card.set_id(absl::StrCat("card", 100000 + ++cards_));
    card.set_result(v1::EXCHANGE_RESULT_SCORED);
    card.set_source(v1::SCORE_SOURCE_MIRROR);
    card.set_evidence_key("k");
    *card.mutable_dispatch_time() = ToProto(At(dispatch));
    *card.mutable_create_time() = ToProto(At(arrival));
    for (const v1::Dimension dimension : {v1::DIMENSION_SCHEMA, v1::DIMENSION_POLICY}) {
      v1::DimensionScore* score = card.add_scores();
      score->set_dimension(dimension);
      score->set_verdict(ok ? v1::SCORE_VERDICT_PASS : v1::SCORE_VERDICT_FAIL);
    }
    return card;
  }
  static absl::Time At(double seconds) {
    return absl::FromUnixMicros(kStart) + absl::Seconds(seconds);
  }
  static Micros MicrosAt(double seconds) { return absl::ToUnixMicros(At(seconds)); }
  bool Close(double now, double oldest) {
    return judge_.CloseBuckets(MicrosAt(now), MicrosAt(oldest));
  }
  double Samples() const { return judge_.current() == nullptr ? 0 : judge_.current()->state.n_eff; }
  // A path that is GREEN at `seconds`, with no bucket open.
  double Proven() {
    double t = 0;
    for (int i = 0; i < 400; ++i) {
      t += 10;
      judge_.Observe(Card(t, t));
    }
    judge_.CloseBuckets(MicrosAt(t + 10), kNothingUnderWay);
    EXPECT_EQ(Verdict(t + 10), v1::CONFORMANCE_GREEN);
    return t + 10;
  }
  v1::Conformance Verdict(double now) { return judge_.JudgeAt(MicrosAt(now), false).conformance; }
  std::vector<std::string> Reasons(double now) {
    std::vector<std::string> reasons;
    const v1::PathVerdict verdict = judge_.VerdictAt(MicrosAt(now), false);
    for (const auto& reason : verdict.reasons()) {
      reasons.push_back(ReasonInWords(reason));
    }
    return reasons;
  }

  PathJudge judge_{Parameters()};
  int cards_ = 0;
};

TEST_F(BucketTest, ClosesOnceNothingIsUnderWay) {
  judge_.Observe(Card(3, 4));
  EXPECT_FALSE(Close(9, 100)) << "it has not ended";
  EXPECT_FALSE(Close(12, 5)) << "an answer to what was asked at 5 s is still missing";
  EXPECT_TRUE(judge_.has_open_buckets());
  EXPECT_EQ(Samples(), 0);
  EXPECT_TRUE(Close(12, 11));
  EXPECT_EQ(Samples(), 1);
  EXPECT_FALSE(judge_.has_open_buckets());
  EXPECT_FALSE(Close(13, 11)) << "nothing is left to close";
}

TEST_F(BucketTest, ClosesTwoMinutesAfterItsEndWhateverIsMissing) {
  judge_.Observe(Card(3, 4));
  EXPECT_FALSE(Close(129, 5));
  EXPECT_TRUE(Close(130, 5));
  EXPECT_EQ(Samples(), 1);
}

TEST_F(BucketTest, CardsThatComeMuchLaterCloseWhatIsOverdue) {
  judge_.Observe(Card(3, 4));
  judge_.Observe(Card(200, 201));
  EXPECT_EQ(Samples(), 1) << "so that reading a month of cards keeps few buckets open";
}

TEST_F(BucketTest, ClosesInOrder) {
  judge_.Observe(Card(3, 4));
  Close(10, 10);
  judge_.Observe(Card(35, 36));
  judge_.Observe(Card(13, 37));
  judge_.Observe(Card(24, 38));
  EXPECT_TRUE(Close(40, 25));
  EXPECT_EQ(Samples(), 2) << "only the first had nothing under way";
  EXPECT_TRUE(Close(40, 40));
  EXPECT_EQ(Samples(), 4);
  EXPECT_EQ(judge_.current()->state.t_evidence, MicrosAt(40));
}

TEST_F(BucketTest, LateEvidenceJoinsTheCurrentBucketAndVeryLateIsDropped) {
  judge_.Observe(Card(3, 4));
  Close(20, 20);
  judge_.Observe(Card(5, 23));
  Close(29, 29);
  EXPECT_EQ(Samples(), 1) << "its own bucket is closed";
  Close(30, 30);
  EXPECT_EQ(Samples(), 2);
  judge_.Observe(Card(10, 10 + 130 * 10));
  EXPECT_EQ(judge_.drops().late, 1);
  EXPECT_EQ(Samples(), 2);
}

TEST_F(BucketTest, WhatIsDeliveredTwiceCountsOnce) {
  const v1::Scorecard card = Card(3, 4);
  judge_.Observe(card);
  judge_.Observe(card);
  Close(20, 20);
  judge_.Observe(card);
  Close(60, 60);
  EXPECT_EQ(Samples(), 1);
  EXPECT_EQ(judge_.drops().duplicate, 2);
}

TEST_F(BucketTest, OrderInsideABucketDoesNotMatter) {
  std::mt19937_64 random(5);
  std::vector<v1::Scorecard> cards;
  for (int i = 0; i < 400; ++i) {
    v1::Scorecard card = Card(i * .7, i * .7 + .1, random() % 30 != 0);
    if (i % 2 == 0) card.set_conversation(absl::StrCat("c", i / 9));
    cards.push_back(card);
  }
  const auto run = [&](bool shuffled) {
    PathJudge judge(Parameters());
    for (size_t first = 0; first < cards.size();) {
      size_t last = first;
      const auto number = [&](size_t i) {
        return absl::ToUnixMicros(FromProto(cards[i].dispatch_time())) / kBucket;
      };
      while (last < cards.size() && number(last) == number(first)) ++last;
      std::vector<v1::Scorecard> bucket(cards.begin() + first, cards.begin() + last);
      if (shuffled) std::shuffle(bucket.begin(), bucket.end(), random);
      for (const v1::Scorecard& card : bucket) judge.Observe(card);
      judge.CloseBuckets((number(first) + 1) * kBucket, kNothingUnderWay);
      first = last;
    }
    return judge.current()->state;
  };
  const GateState once = run(false);
  for (int i = 0; i < 10; ++i) {
    const GateState other = run(true);
    for (int d = 0; d < 2; ++d) {
      EXPECT_EQ(once.dimensions[d].g, other.dimensions[d].g);
      EXPECT_EQ(once.dimensions[d].v, other.dimensions[d].v);
    }
    EXPECT_EQ(once.n_eff, other.n_eff);
  }
}

// "Fast answers arrive first" helps neither side.
TEST_F(BucketTest, OpenBucketsOnlyMakeThingsWorse) {
  const double t = Proven();
  for (int i = 0; i < 5; ++i) judge_.Observe(Card(t + 1, t + 2, /*ok=*/false));
  Close(t + 3, t + 1);
  EXPECT_EQ(Verdict(t + 3), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(Reasons(t + 3), ElementsAre("suspect"));
  EXPECT_EQ(judge_.current()->state.dimensions[0].suspect, false) << "nothing closed yet";
}

TEST_F(BucketTest, OpenBucketsProveNothing) {
  const double t = 10;
  for (int i = 0; i < 5000; ++i) judge_.Observe(Card(t, t + 1));
  Close(t + 5, t + 5);
  EXPECT_EQ(Verdict(t + 5), v1::CONFORMANCE_COLD);
}

TEST_F(BucketTest, AmberFromOpenBucketsStaysForTheDwell) {
  const double t = Proven();
  for (int i = 0; i < 4; ++i) judge_.Observe(Card(t + 1, t + 2, /*ok=*/false));
  Close(t + 3, t + 1);
  ASSERT_EQ(Verdict(t + 3), v1::CONFORMANCE_AMBER);
  // Enough that passed comes in before the bucket closes: there is nothing to suspect after all.
  for (int i = 0; i < 200; ++i) judge_.Observe(Card(t + 2, t + 4));
  Close(t + 12, t + 12);
  ASSERT_FALSE(judge_.current()->state.dimensions[0].suspect);
  EXPECT_EQ(Verdict(t + 12), v1::CONFORMANCE_AMBER);
  EXPECT_FALSE(judge_.JudgeAt(MicrosAt(t + 12), false).only_aged);
  EXPECT_EQ(Verdict(t + 3 + 599), v1::CONFORMANCE_AMBER);
  EXPECT_EQ(Verdict(t + 3 + 601), v1::CONFORMANCE_GREEN);
}

TEST_F(BucketTest, WhatIsUnderWayCountsAsPassing) {
  const GateParameters parameters = Parameters();
  Proven();
  const KeyEvidence& evidence = *judge_.current();
  GateSample fails;
  fails.t = MicrosAt(4010);
  fails.losses = {{0, 1.0}};
  EvidenceBuckets buckets;
  for (int i = 0; i < 4; ++i) {
    buckets.Add(evidence.state, "", fails, fails.t / kBucket, fails.t, kBucket);
  }
  const auto suspects = [&] {
    return buckets.SuspectsIfClosed(parameters, kBucket, evidence.state, evidence.conversations,
                                    evidence.items);
  };
  EXPECT_EQ(suspects(), 1u);
  for (int i = 0; i < 200; ++i) buckets.Announce(fails.t / kBucket);
  EXPECT_EQ(suspects(), 0u);
}

TEST_F(BucketTest, ASevereEventIsRedBeforeItsBucketCloses) {
  const double t = Proven();
  v1::Scorecard card = Card(t + 1, t + 2);
  card.add_findings()->set_severity(v1::SEVERITY_SEVERE);
  EXPECT_TRUE(judge_.Observe(card).severe);
  EXPECT_EQ(Verdict(t + 2), v1::CONFORMANCE_RED);
}

TEST_F(BucketTest, AnotherLengthClosesWhatIsOpen) {
  judge_.Observe(Card(3, 4));
  GateParameters parameters = Parameters();
  parameters.bucket = 0;
  judge_.SetParameters(parameters, MicrosAt(5));
  EXPECT_EQ(Samples(), 1);
  EXPECT_FALSE(judge_.has_open_buckets());
}

// Random histories with everything in them; stopped in the middle, at any place between closings.
TEST_F(BucketTest, ACheckpointResumesBitForBit) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    const auto chance = [&](int n) { return random() % n == 0; };
    GateParameters parameters = Parameters();
    parameters.auto_rho = seed % 2 == 0;
    PathJudge whole(parameters), stopped(parameters);
    std::string key = "k0";
    double t = 0;
    for (int i = 0; i < 1500; ++i) {
      t += static_cast<double>(random() % 9000) / 1000;
      if (chance(300)) t += static_cast<double>(random() % 40000);
      if (chance(150)) key = absl::StrCat("k", random() % 6);
      v1::Scorecard card = Card(t - static_cast<double>(random() % 40), t, !chance(25));
      card.set_evidence_key(key);
      card.mutable_key_parts()->set_path("model");
      card.mutable_key_parts()->set_tools(key);
      if (chance(2)) card.set_conversation(absl::StrCat("c", random() % 30));
      if (chance(10)) card.set_item(absl::StrCat("i", random() % 10));
      if (chance(12)) card.set_synthetic(true);
      if (chance(700)) card.add_findings()->set_severity(v1::SEVERITY_SEVERE);
      if (chance(50)) card.mutable_scores(0)->set_verdict(v1::SCORE_VERDICT_SCORER_ERROR);
      if (chance(40)) card.set_handed_over(true);
      const double oldest = t - static_cast<double>(random() % 60);
      const bool looks = chance(3), acknowledges = chance(400), restarts = chance(60);
      for (PathJudge* judge : {&whole, &stopped}) {
        judge->Observe(card);
        if (looks) judge->CloseBuckets(MicrosAt(t), MicrosAt(oldest));
        if (acknowledges) judge->AcknowledgeSevere(MicrosAt(t));
      }
      if (!restarts) continue;
      v1::JudgeCheckpoint checkpoint;
      stopped.ToProto(&checkpoint);
      stopped = PathJudge(parameters);
      stopped.FromProto(checkpoint, MicrosAt(t + 7));
    }
    v1::JudgeCheckpoint expected, actual;
    whole.ToProto(&expected);
    stopped.ToProto(&actual);
    ASSERT_EQ(expected.SerializeAsString(), actual.SerializeAsString()) << "seed " << seed;
    EXPECT_EQ(whole.VerdictAt(MicrosAt(t), false).conformance(),
              stopped.VerdictAt(MicrosAt(t), false).conformance());
  }
}

TEST(SeenIds, ForgetsWhatIsOldAndNoMoreThanItMay) {
  SeenIds seen(3);
  EXPECT_FALSE(seen.SeenBefore("a", 1));
  EXPECT_TRUE(seen.SeenBefore("a", 129));
  EXPECT_FALSE(seen.SeenBefore("a", 130)) << "128 buckets later";
  for (const char* id : {"b", "c", "d"}) EXPECT_FALSE(seen.SeenBefore(id, 130));
  EXPECT_FALSE(seen.SeenBefore("a", 130)) << "there was no room";
}

}  // namespace
}  // namespace warmpath
