#include "store/tally.h"

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <tuple>

#include "gtest/gtest.h"
#include "store/keys.h"
#include "tests/store/store_fixture.h"

namespace warmpath {
namespace {

using testing::IsOk;
using testing::ValueOf;

v1::DimensionScore Score(v1::ScoreVerdict verdict, double grade) {
  v1::DimensionScore score;
  score.set_verdict(verdict);
  score.set_grade(grade);
  return score;
}

TEST(CountScore, CountsEachVerdictInItsPlace) {
  v1::Tally tally;
  CountScore(Score(v1::SCORE_VERDICT_PASS, 1), &tally);
  CountScore(Score(v1::SCORE_VERDICT_FAIL, 0.25), &tally);
  CountScore(Score(v1::SCORE_VERDICT_FAIL, 0.5), &tally);
  CountScore(Score(v1::SCORE_VERDICT_NOT_APPLICABLE, 1), &tally);
  CountScore(Score(v1::SCORE_VERDICT_SCORER_ERROR, 1), &tally);
  CountScore(Score(v1::SCORE_VERDICT_UNSPECIFIED, 1), &tally);
  EXPECT_EQ(tally.pass(), 1);
  EXPECT_EQ(tally.fail(), 2);
  EXPECT_EQ(tally.not_applicable(), 1);
  EXPECT_EQ(tally.scorer_error(), 1);
  EXPECT_EQ(tally.grade_micros(), 1'750'000);
}

TEST(CountScore, KeepsGradesWithinZeroAndOne) {
  for (const auto& [grade, micros] : std::map<double, int64_t>{
           {-1, 0}, {0, 0}, {1e-7, 0}, {0.1234567, 123'457}, {1, 1'000'000}, {7, 1'000'000}}) {
    v1::Tally tally;
    CountScore(Score(v1::SCORE_VERDICT_PASS, grade), &tally);
    EXPECT_EQ(tally.grade_micros(), micros) << grade;
  }
  v1::Tally tally;
  CountScore(Score(v1::SCORE_VERDICT_PASS, std::nan("")), &tally);
  EXPECT_EQ(tally.grade_micros(), 0);
}

TEST(BucketOf, RoundsDownBeforeAndAfter1970) {
  const auto seconds = [](double s) { return absl::UnixEpoch() + absl::Seconds(s); };
  EXPECT_EQ(BucketOf(seconds(19.99), absl::Seconds(10)), seconds(10));
  EXPECT_EQ(BucketOf(seconds(20), absl::Seconds(10)), seconds(20));
  EXPECT_EQ(BucketOf(seconds(-0.01), absl::Seconds(10)), seconds(-10));
}

// What the tallies of these cards should be, by all that a tally is kept for.
using TallyMap = std::map<std::tuple<std::string, std::string, std::string, int, absl::Time>,
                          std::string>;

class TalliesTest : public testing::StoreTest {
 protected:
  v1::Scorecard RandomCard() {
    v1::Scorecard card;
    card.set_workflow(random_() % 2 ? "w" : std::string("w\0x", 3));
    card.set_candidate_path(random_() % 2 ? "p" : "");
    if (card.candidate_path().empty()) card.set_candidate_path(std::string("\0", 1));
    card.set_evidence_key(random_() % 2 ? "k1" : "");
    *card.mutable_dispatch_time() = ToProto(clock_.Now() - absl::Milliseconds(random_() % 60'000));
    for (int dimension = 1; dimension <= 4; ++dimension) {
      if (random_() % 3 == 0) continue;
      v1::DimensionScore& score = *card.add_scores();
      score.set_dimension(static_cast<v1::Dimension>(dimension));
      score.set_verdict(static_cast<v1::ScoreVerdict>(1 + random_() % 4));
      score.set_grade(static_cast<double>(random_() % 1001) / 1000);
    }
    return card;
  }

  TallyMap CountedFromCards() {
    std::map<TallyMap::key_type, v1::Tally> tallies;
    EXPECT_THAT(store_->VisitCardsAfter("",
                                        [&](const v1::Scorecard& card) {
                                          for (const v1::DimensionScore& score : card.scores()) {
                                            CountScore(score, &tallies[{card.workflow(),
                                                                        card.candidate_path(),
                                                                        card.evidence_key(),
                                                                        score.dimension(),
                                                                        BucketOf(FromProto(card.dispatch_time()),
                                                                                 options_.tally_bucket)}]);
                                          }
                                          return true;
                                        }),
                IsOk());
    TallyMap counted;
    for (const auto& [key, tally] : tallies) counted[key] = tally.DebugString();
    return counted;
  }

  TallyMap Stored() {
    TallyMap stored;
    for (const std::string& workflow : {std::string("w"), std::string("w\0x", 3)}) {
      absl::Time last = absl::InfinitePast();
      for (const v1::TallyEntry& entry : ValueOf(
               store_->ReadTallies(workflow, "", absl::InfinitePast(), absl::InfiniteFuture()))) {
        EXPECT_GE(FromProto(entry.bucket_time()), last);
        last = FromProto(entry.bucket_time());
        stored[{entry.workflow(), entry.path(), entry.evidence_key(), entry.dimension(), last}] =
            entry.tally().DebugString();
      }
    }
    return stored;
  }

  std::mt19937 random_{7};
};

TEST_F(TalliesTest, EqualTheCountOfTheirCards) {
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 20; ++i) ASSERT_THAT(store_->Append(RandomCard()), IsOk());
    std::vector<NewCard> batch(random_() % 100);
    for (NewCard& card : batch) card.card = RandomCard();
    ASSERT_THAT(store_->AppendBatch(batch), IsOk());
    if (round % 7 == 3) {
      ASSERT_THAT(store_->Compact(), IsOk());
    }
    if (round % 5 == 4) Open();
    clock_.Advance(absl::Seconds(3));
    ASSERT_EQ(Stored(), CountedFromCards()) << "round " << round;
  }
  EXPECT_GT(Stored().size(), 100u);
}

TEST_F(TalliesTest, AreReadByPathAndTime) {
  const absl::Time start = BucketOf(clock_.Now(), options_.tally_bucket);
  for (const char* path : {"p", "q", "pp"}) {
    for (int bucket = 0; bucket < 5; ++bucket) {
      ASSERT_THAT(store_->Append(testing::MakeCard("w", path, v1::SCORE_VERDICT_PASS,
                                                   start + bucket * options_.tally_bucket)),
                  IsOk());
    }
  }
  const absl::Time from = start + options_.tally_bucket, to = from + 3 * options_.tally_bucket;
  std::vector<v1::TallyEntry> one = ValueOf(store_->ReadTallies("w", "p", from, to));
  ASSERT_EQ(one.size(), 3u);
  EXPECT_EQ(FromProto(one.front().bucket_time()), from);
  EXPECT_EQ(FromProto(one.back().bucket_time()), to - options_.tally_bucket);
  EXPECT_EQ(one.front().path(), "p");
  EXPECT_EQ(ValueOf(store_->ReadTallies("w", "", from, to)).size(), 9u);
  EXPECT_EQ(ValueOf(store_->ReadTallies("w", "", from, from)).size(), 0u);
  EXPECT_EQ(ValueOf(store_->ReadTallies("v", "", from, to)).size(), 0u);
}

TEST_F(TalliesTest, ACardWithoutDispatchTimeCountsWhenItWasMade) {
  v1::Scorecard card = testing::MakeCard("w", "p", v1::SCORE_VERDICT_PASS, clock_.Now());
  card.clear_dispatch_time();
  ASSERT_THAT(store_->Append(card), IsOk());
  const std::vector<v1::TallyEntry> entries =
      ValueOf(store_->ReadTallies("w", "", absl::InfinitePast(), absl::InfiniteFuture()));
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(FromProto(entries[0].bucket_time()), BucketOf(clock_.Now(), options_.tally_bucket));
}

}  // namespace
}  // namespace warmpath
