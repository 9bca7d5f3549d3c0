#include "base/id.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::MatchesRegex;
using testing::StatusIs;

const absl::Time kNow = absl::FromUnixMillis(1'700'000'000'123);

TEST(IdGenerator, MakesAPrefixAndTwentySixDigits) {
  EXPECT_THAT(IdGenerator(1).Next("req", kNow), MatchesRegex("req_01[0-9a-z]+"));
  EXPECT_EQ(IdGenerator(1).Next("req", kNow).size(), 4u + 26u);
}

TEST(IdGenerator, IsAFunctionOfSeedAndTime) {
  EXPECT_EQ(IdGenerator(1).Next("req", kNow), IdGenerator(1).Next("req", kNow));
  EXPECT_NE(IdGenerator(1).Next("req", kNow), IdGenerator(2).Next("req", kNow));
}

TEST(IdGenerator, SortsByTime) {
  IdGenerator a(1), b(2);
  EXPECT_LT(a.Next("req", kNow), b.Next("req", kNow + absl::Milliseconds(1)));
  EXPECT_LT(b.Next("req", kNow + absl::Seconds(1)), a.Next("req", kNow + absl::Hours(24 * 365)));
}

TEST(IdGenerator, IncreasesWithinAMillisecondAndWhenTheClockStepsBack) {
  IdGenerator ids(7);
  std::string last = ids.Next("req", kNow);
  for (int i = 0; i < 20'000; ++i) {
    const absl::Time now = i % 2 == 0 ? kNow : kNow - absl::Seconds(i);
    std::string next = ids.Next("req", now);
    ASSERT_LT(last, next) << i;
    last = std::move(next);
  }
}

TEST(IdGenerator, GeneratorsDoNotCollide) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    IdGenerator ids(seed);
    for (int i = 0; i < 1000; ++i) seen.insert(ids.Next("req", kNow));
  }
  EXPECT_EQ(seen.size(), 50'000u);
}

TEST(IdGenerator, TakesTimesBeforeTheEpoch) {
  EXPECT_EQ(IdTime(IdGenerator(1).Next("req", absl::InfinitePast())).value(), absl::UnixEpoch());
}

TEST(IdTime, ReadsTheTimeBack) {
  EXPECT_EQ(IdTime(IdGenerator(3).Next("flip", kNow)).value(), kNow);
}

TEST(IdTime, RefusesOtherTexts) {
  for (const char* text : {"", "req", "req_", "req_01hf", "req_81hf7yat00e8gbv5jkrmhn2x4q",
                           "req_01hf7yat00e8gbv5jkrmhn2x4u", "req_01HF7YAT00E8GBV5JKRMHN2X4Q"}) {
    EXPECT_THAT(IdTime(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace warmpath
