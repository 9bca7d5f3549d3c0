#include "base/http/deadlines.h"

#include <chrono>
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "tests/base/http/loop_fixture.h"

namespace warmpath {
namespace {

class DeadlinesTest : public testing::LoopFixture {};

TEST_F(DeadlinesTest, ExpiresOnceAndNotEarly) {
  int expiries = 0;
  Deadline deadline(deadlines_, [&] { ++expiries; });
  const auto start = std::chrono::steady_clock::now();
  deadline.Set(absl::Milliseconds(120));
  EXPECT_TRUE(deadline.armed());
  RunUntil([&] { return expiries > 0; });
  // Coarse time lags by up to one clock tick of the kernel.
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(108));
  EXPECT_TRUE(deadline.expired());
  EXPECT_FALSE(deadline.armed());
  Deadline later(deadlines_, [] {});
  later.Set(absl::Milliseconds(150));
  RunUntil([&] { return later.expired(); });
  EXPECT_EQ(expiries, 1);
}

TEST_F(DeadlinesTest, DoesNotExpireOnceClearedOrDestroyed) {
  bool expired = false;
  Deadline cleared(deadlines_, [&] { expired = true; });
  auto destroyed = std::make_unique<Deadline>(deadlines_, [&] { expired = true; });
  Deadline reference(deadlines_, [] {});
  cleared.Set(absl::Milliseconds(60));
  destroyed->Set(absl::Milliseconds(60));
  reference.Set(absl::Milliseconds(200));
  cleared.Clear();
  destroyed.reset();
  RunUntil([&] { return reference.expired(); });
  EXPECT_FALSE(expired);
  EXPECT_EQ(deadlines_.armed(), 0u);
}

TEST_F(DeadlinesTest, MovesBothWays) {
  std::vector<int> order;
  Deadline postponed(deadlines_, [&] { order.push_back(1); });
  Deadline between(deadlines_, [&] { order.push_back(2); });
  Deadline advanced(deadlines_, [&] { order.push_back(3); });
  postponed.Set(absl::Milliseconds(50));
  between.Set(absl::Milliseconds(250));
  advanced.Set(absl::Hours(1));
  postponed.Set(absl::Milliseconds(450));
  advanced.Set(absl::Milliseconds(50));
  RunUntil([&] { return order.size() == 3; });
  EXPECT_EQ(order, (std::vector<int>{3, 2, 1}));
}

TEST_F(DeadlinesTest, LetsTheLoopEndWhenNothingIsArmed) {
  Deadline deadline(deadlines_, [] {});
  deadline.Set(absl::Hours(1));
  deadline.Clear();
  io_.restart();
  const auto start = std::chrono::steady_clock::now();
  io_.run_for(std::chrono::seconds(20));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(DeadlinesTest, ACallbackMaySetAndDestroyDeadlines) {
  int turns = 0;
  auto victim = std::make_unique<Deadline>(deadlines_, [] { FAIL(); });
  std::unique_ptr<Deadline> self;
  Deadline again(deadlines_, [] {});
  self = std::make_unique<Deadline>(deadlines_, [&] {
    victim.reset();
    if (++turns < 3) return self->Set(absl::ZeroDuration());
    again.Set(absl::Milliseconds(1));
    self.reset();
  });
  victim->Set(absl::Seconds(20));
  self->Set(absl::Milliseconds(1));
  RunUntil([&] { return again.expired(); });
  EXPECT_EQ(turns, 3);
}

TEST_F(DeadlinesTest, AnInfiniteDurationIsNoTimeOut) {
  Deadline deadline(deadlines_, [] {});
  deadline.Set(absl::Seconds(1));
  deadline.Set(absl::InfiniteDuration());
  EXPECT_FALSE(deadline.armed());
}

TEST_F(DeadlinesTest, ManyEntriesExpireInTheirOrder) {
  std::vector<int> order;
  std::vector<std::unique_ptr<Deadline>> entries;
  for (int i = 0; i < 500; ++i) {
    const int step = (i * 7) % 5;
    entries.push_back(std::make_unique<Deadline>(deadlines_, [&, step] { order.push_back(step); }));
    entries.back()->Set(absl::Milliseconds(50 + 100 * step));
  }
  RunUntil([&] { return order.size() == entries.size(); });
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(DeadlinesTest, EntriesMayOutliveTheWheel) {
  auto wheel = std::make_unique<Deadlines>(io_);
  Deadline deadline(*wheel, [] { FAIL(); });
  deadline.Set(absl::Milliseconds(1));
  wheel.reset();
  deadline.Set(absl::Milliseconds(1));
  Deadline reference(deadlines_, [] {});
  reference.Set(absl::Milliseconds(150));
  RunUntil([&] { return reference.expired(); });
}

}  // namespace
}  // namespace warmpath
