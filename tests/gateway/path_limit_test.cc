#include "gateway/path_limit.h"

#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

int Entered(PathLimit& limit, absl::Time now, int tries) {
  int entered = 0;
  for (int i = 0; i < tries; ++i) {
    PathLimit::Pass pass;
    entered += limit.TryEnter(now, pass) ? 1 : 0;
  }
  return entered;
}

TEST(PathLimit, LetsEverythingThroughWithoutLimits) {
  PathLimit limit(0, 0);
  EXPECT_EQ(Entered(limit, kStart, 1000), 1000);
}

TEST(PathLimit, BoundsRequestsAtATime) {
  PathLimit limit(0, 2);
  PathLimit::Pass first, second, third;
  EXPECT_TRUE(limit.TryEnter(kStart, first));
  EXPECT_TRUE(limit.TryEnter(kStart, second));
  EXPECT_FALSE(limit.TryEnter(kStart, third));
  first = PathLimit::Pass();
  EXPECT_TRUE(limit.TryEnter(kStart, third));
  EXPECT_EQ(limit.in_flight(), 2);
}

TEST(PathLimit, GivesAPlaceBackOnlyOnce) {
  PathLimit limit(0, 1);
  {
    PathLimit::Pass pass;
    ASSERT_TRUE(limit.TryEnter(kStart, pass));
    const PathLimit::Pass moved = std::move(pass);
  }
  EXPECT_EQ(limit.in_flight(), 0);
}

TEST(PathLimit, LetsASecondsWorthThroughAtOnceAndThenTheRate) {
  PathLimit limit(10, 0);
  EXPECT_EQ(Entered(limit, kStart, 100), 10);
  EXPECT_EQ(Entered(limit, kStart + absl::Milliseconds(99), 100), 0);
  EXPECT_EQ(Entered(limit, kStart + absl::Milliseconds(100), 100), 1);
  EXPECT_EQ(Entered(limit, kStart + absl::Seconds(60), 100), 10);
}

TEST(PathLimit, TakesARateBelowOneASecond) {
  PathLimit limit(0.1, 0);
  EXPECT_EQ(Entered(limit, kStart, 5), 1);
  EXPECT_EQ(Entered(limit, kStart + absl::Seconds(9), 5), 0);
  EXPECT_EQ(Entered(limit, kStart + absl::Seconds(10), 5), 1);
}

TEST(PathLimit, ARefusedRequestTakesNoPlace) {
  PathLimit limit(1, 5);
  EXPECT_EQ(Entered(limit, kStart, 10), 1);
  EXPECT_EQ(limit.in_flight(), 0);
}

TEST(PathLimit, KeepsCountOverThreads) {
  PathLimit limit(0, 3);
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 2000; ++j) {
        PathLimit::Pass pass;
        if (!limit.TryEnter(kStart, pass)) continue;
        // A thread that is about to be refused is counted for a moment, too: at most one each.
        const int seen = limit.in_flight();
        int before = most.load();
        while (seen > before && !most.compare_exchange_weak(before, seen)) {
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3 + 4);
  EXPECT_EQ(limit.in_flight(), 0);
}

}  // namespace
}  // namespace warmpath
