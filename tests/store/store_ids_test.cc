#include "store/store_ids.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::MatchesRegex;
using testing::StatusIs;

const absl::Time kNow = absl::FromUnixMillis(1'700'000'000'123);

TEST(StoreIds, AreTwentySixDigitsThatTellTheirTime) {
  StoreIds ids(1);
  const std::string id = ids.Next(kNow);
  EXPECT_THAT(id, MatchesRegex("[0-7][0-9a-z]+"));
  EXPECT_EQ(id.size(), 26u);
  EXPECT_EQ(*StoreIdTime(id), kNow);
  EXPECT_EQ(*StoreIdTime("flip_" + id), kNow);
}

TEST(StoreIds, GrowHoweverTheClockMoves) {
  StoreIds ids(1);
  std::string last;
  for (int i = 0; i < 20000; ++i) {
    const std::string id = ids.Next(kNow + absl::Milliseconds(i % 7 - 3));
    ASSERT_GT(id, last);
    last = id;
  }
}

TEST(StoreIds, StartAfterWhatIsStored) {
  StoreIds before(1);
  std::string last;
  for (int i = 0; i < 5000; ++i) last = before.Next(kNow);
  StoreIds ids(1);
  ids.StartAfter(last);
  ids.StartAfter("older or none of ours");
  EXPECT_GT(ids.Next(kNow - absl::Hours(1)), last);
}

TEST(IdBefore, StandsBetweenTwoMilliseconds) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    StoreIds ids(seed);
    EXPECT_LT(ids.Next(kNow - absl::Milliseconds(1)), IdBefore(kNow));
    EXPECT_GT(ids.Next(kNow), IdBefore(kNow));
  }
  EXPECT_LT(IdBefore(absl::InfinitePast()), IdBefore(kNow));
}

TEST(StoreIdTime, RefusesOtherIds) {
  EXPECT_THAT(StoreIdTime(""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(StoreIdTime("drill-7"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace warmpath
