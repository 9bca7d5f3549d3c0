#include "gateway/recent_ids.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(RecentIds, TellARepeatFromAFirstTime) {
  RecentIds recent(10, absl::Minutes(10));
  EXPECT_TRUE(recent.Insert(1, kStart));
  EXPECT_TRUE(recent.Insert(2, kStart));
  EXPECT_FALSE(recent.Insert(1, kStart + absl::Minutes(9)));
}

TEST(RecentIds, ForgetAfterTheHorizonWhichARepeatDoesNotRenew) {
  RecentIds recent(10, absl::Minutes(10));
  recent.Insert(1, kStart);
  EXPECT_FALSE(recent.Insert(1, kStart + absl::Minutes(10)));
  EXPECT_TRUE(recent.Insert(1, kStart + absl::Minutes(10) + absl::Seconds(1)));
}

TEST(RecentIds, ForgetTheOldestWhenFullAndSaySo) {
  RecentIds recent(3, absl::Minutes(10));
  bool forgot = false;
  for (uint64_t id = 1; id <= 3; ++id) recent.Insert(id, kStart, &forgot);
  EXPECT_FALSE(forgot);
  recent.Insert(4, kStart, &forgot);
  EXPECT_TRUE(forgot);
  EXPECT_FALSE(recent.Insert(2, kStart));
  EXPECT_TRUE(recent.Insert(1, kStart));
}

}  // namespace
}  // namespace warmpath
