#include "shadow/sampler.h"

#include <array>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

TEST(Sampler, TakesAllOrNothingAtTheEnds) {
  for (uint64_t conversation = 0; conversation < 1000; ++conversation) {
    EXPECT_TRUE(IsSampled("desk", conversation, 1));
    EXPECT_FALSE(IsSampled("desk", conversation, 0));
  }
}

TEST(Sampler, TakesAboutItsShareAndTheSameConversationsEachTime) {
  int sampled = 0;
  for (uint64_t conversation = 0; conversation < 20000; ++conversation) {
    const bool in = IsSampled("desk", conversation, 0.1);
    EXPECT_EQ(in, IsSampled("desk", conversation, 0.1));
    sampled += in;
  }
  // Binomial(20000, 0.1): six standard deviations are 255.
  EXPECT_NEAR(sampled, 2000, 255);
}

TEST(Sampler, ALargerShareKeepsTheConversationsOfTheSmaller) {
  for (uint64_t conversation = 0; conversation < 5000; ++conversation) {
    if (IsSampled("desk", conversation, 0.1)) {
      EXPECT_TRUE(IsSampled("desk", conversation, 0.2));
    }
  }
}

TEST(Sampler, WorkflowsDrawIndependently) {
  int both = 0;
  for (uint64_t conversation = 0; conversation < 20000; ++conversation) {
    both += IsSampled("desk", conversation, 0.5) && IsSampled("search", conversation, 0.5);
  }
  EXPECT_NEAR(both, 5000, 400);
}

class SharesTest : public ::testing::Test {
 protected:
  // New conversations of 1000 that go to each path.
  std::array<int, 3> DrawThousand(uint64_t first) {
    std::array<int, 3> taken{};
    for (uint64_t i = first; i < first + 1000; ++i) {
      const SampleTicket ticket = sampler_.Draw(table_, i);
      for (int path = 0; path < 3; ++path) taken[path] += ticket.Wants(path);
    }
    return taken;
  }

  static constexpr int kMany = 1 << 20;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  ConversationTable table_{now_};
  Sampler sampler_{"desk", {"main", "twin", "far"}};
};

TEST_F(SharesTest, EachPathGetsItsShareAndTheSmallerLiesInTheLarger) {
  sampler_.SetShares({{"twin", 0.5, kMany}, {"far", 0.1, kMany}});
  int twin = 0, far = 0;
  for (uint64_t i = 0; i < 20000; ++i) {
    const SampleTicket ticket = sampler_.Draw(table_, i);
    EXPECT_FALSE(ticket.Wants(0));
    twin += ticket.Wants(1);
    far += ticket.Wants(2);
    EXPECT_TRUE(ticket.Wants(1) || !ticket.Wants(2));
  }
  EXPECT_NEAR(twin, 10000, 430);
  EXPECT_NEAR(far, 2000, 255);
}

TEST_F(SharesTest, AConversationStaysOnItsSideWhateverTheSharesBecome) {
  sampler_.SetShares({{"twin", 0.5, kMany}});
  std::vector<uint16_t> first;
  for (uint64_t i = 0; i < 500; ++i) first.push_back(sampler_.Draw(table_, i).paths);
  for (const double share : {0.0, 1.0, 0.1}) {
    sampler_.SetShares({{"twin", share, kMany}, {"far", share, kMany}});
    table_.Advance(now_ += absl::Minutes(20));
    for (uint64_t i = 0; i < 500; ++i) EXPECT_EQ(sampler_.Draw(table_, i).paths, first[i]) << i;
  }
  EXPECT_EQ(sampler_.traffic().conversations, 500);
  EXPECT_EQ(sampler_.traffic().exchanges, 2000);
}

TEST_F(SharesTest, AfterHalfAnHourOfSilenceItIsDrawnAnew) {
  sampler_.SetShares({{"twin", 0.5, kMany}});
  std::vector<uint16_t> first;
  for (uint64_t i = 0; i < 500; ++i) first.push_back(sampler_.Draw(table_, i).paths);
  table_.Advance(now_ += absl::Minutes(31));
  int changed = 0;
  for (uint64_t i = 0; i < 500; ++i) changed += sampler_.Draw(table_, i).paths != first[i];
  EXPECT_NEAR(changed, 250, 70);
  EXPECT_EQ(sampler_.traffic().conversations, 1000);
}

TEST_F(SharesTest, ASurgeTakesNoMoreThanWasPlanned) {
  sampler_.SetShares({{"twin", 1, 5}, {"far", 1, kMany}});
  const auto taken = DrawThousand(0);
  EXPECT_EQ(taken[1], 5);
  EXPECT_EQ(taken[2], 1000);
  sampler_.SetShares({{"twin", 1, 5}});
  EXPECT_EQ(DrawThousand(1000)[1], 5);
}

TEST_F(SharesTest, NoSharesMirrorNothing) {
  sampler_.SetShares({});
  EXPECT_EQ(DrawThousand(0), (std::array<int, 3>{0, 0, 0}));
}

TEST_F(SharesTest, BeforeTheFirstPlanAFewAreTaken) {
  const auto taken = DrawThousand(0);
  EXPECT_EQ(taken[1], Sampler::kColdMost);
  EXPECT_EQ(taken[1], taken[2]);
}

TEST_F(SharesTest, AFixedShareIsObeyedAtOnce) {
  sampler_.SetFixed(1);
  EXPECT_EQ(DrawThousand(0), (std::array<int, 3>{1000, 1000, 1000}));
  sampler_.SetFixed(0);
  EXPECT_EQ(DrawThousand(0), (std::array<int, 3>{0, 0, 0}));
  sampler_.SetFixed(0.3);
  for (uint64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(sampler_.Draw(table_, i).Wants(0), IsSampled("desk", i, 0.3));
  }
}

TEST_F(SharesTest, LiveAnswersOfOnePathAreScoredWithoutBeingMirrored) {
  sampler_.SetShares({});
  sampler_.ScoreLive("twin");
  const SampleTicket ticket = sampler_.Draw(table_, 1);
  EXPECT_TRUE(ticket);
  EXPECT_EQ(ticket.paths, 0);
  EXPECT_EQ(ticket.scored_live, 1);
  sampler_.ScoreLive("");
  EXPECT_FALSE(sampler_.Draw(table_, 2));
}

TEST_F(SharesTest, WhoeverIsSilentLongestGivesWayInAFullTable) {
  sampler_.SetShares({{"twin", 1, kMany}});
  for (uint64_t i = 0; i < 400'000; ++i) sampler_.Draw(table_, i);  // six times what it holds
  table_.Advance(now_ += absl::Seconds(10));
  const int64_t before = sampler_.traffic().conversations;
  for (uint64_t i = 1'000'000; i < 1'001'000; ++i) sampler_.Draw(table_, i);
  for (uint64_t i = 1'000'000; i < 1'001'000; ++i) sampler_.Draw(table_, i);
  EXPECT_EQ(sampler_.traffic().conversations, before + 1000);
}

TEST(Sampler, AsksTheServingPathAgainForItsOwnShare) {
  int again = 0;
  for (int i = 0; i < 10000; ++i) again += IsSelfSampled("desk", "req_" + std::to_string(i), 0.25);
  EXPECT_NEAR(again, 2500, 270);
}

}  // namespace
}  // namespace warmpath
