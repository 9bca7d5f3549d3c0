#include "shadow/pending_exchanges.h"

#include <optional>
#include <utility>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

absl::Time At(int seconds) { return absl::UnixEpoch() + absl::Seconds(seconds); }

TEST(PendingExchanges, KnowsTheOldestOfEachPathWhateverTheOrder) {
  PendingExchanges pending;
  auto third = pending.Await("triage", "backup", At(30));
  auto first = pending.Await("triage", "backup", At(10));
  auto second = pending.Await("triage", "backup", At(20));
  auto other = pending.Await("triage", "main", At(5));
  EXPECT_EQ(pending.Oldest("triage", "backup"), At(10));
  EXPECT_EQ(pending.Oldest("triage", "main"), At(5));
  EXPECT_EQ(pending.Oldest("triage", "mai"), absl::InfiniteFuture());
  EXPECT_EQ(pending.Oldest("triag", "main"), absl::InfiniteFuture());
  second.Release();
  EXPECT_EQ(pending.Oldest("triage", "backup"), At(10));
  first.Release();
  EXPECT_EQ(pending.Oldest("triage", "backup"), At(30));
  third.Release();
  EXPECT_EQ(pending.Oldest("triage", "backup"), absl::InfiniteFuture());
}

TEST(PendingExchanges, TwoOfTheSameTimeAreTwo) {
  PendingExchanges pending;
  auto one = pending.Await("triage", "backup", At(10));
  auto two = pending.Await("triage", "backup", At(10));
  one.Release();
  one.Release();
  EXPECT_EQ(pending.Oldest("triage", "backup"), At(10));
}

TEST(PendingExchanges, AMarkThatIsMovedIsReleasedOnce) {
  PendingExchanges pending;
  std::optional<PendingExchanges::Mark> mark = pending.Await("triage", "backup", At(10));
  PendingExchanges::Mark moved = std::move(*mark);
  mark.reset();
  EXPECT_EQ(pending.Oldest("triage", "backup"), At(10));
  moved = pending.Await("triage", "backup", At(40));
  EXPECT_EQ(pending.Oldest("triage", "backup"), At(40));
  moved = PendingExchanges::Mark();
  EXPECT_EQ(pending.Oldest("triage", "backup"), absl::InfiniteFuture());
}

TEST(PendingExchanges, CountsExchangesAndBytes) {
  PendingExchanges pending;
  pending.Add(100);
  pending.Add(20);
  pending.Remove(100);
  EXPECT_EQ(pending.count(), 1);
  EXPECT_EQ(pending.bytes(), 20);
}

}  // namespace
}  // namespace warmpath
