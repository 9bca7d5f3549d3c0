#include "provider/stream_pace.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

TEST(StreamPace, TakesAnyPaceWithoutALimit) {
  StreamPace pace(0);
  EXPECT_FALSE(pace.TooSlow(absl::Hours(1), 0));
}

TEST(StreamPace, JudgesWholeWindowsOnly) {
  StreamPace pace(10);
  EXPECT_FALSE(pace.TooSlow(absl::Seconds(9), 1));
  EXPECT_TRUE(pace.TooSlow(absl::Seconds(1), 1));
}

TEST(StreamPace, BeginsEachWindowAnew) {
  StreamPace pace(10);
  EXPECT_FALSE(pace.TooSlow(absl::Seconds(10), 5000));
  EXPECT_TRUE(pace.TooSlow(absl::Seconds(10), 99));
  EXPECT_FALSE(pace.TooSlow(absl::Seconds(10), 100));
}

TEST(StreamPace, CountsTheWholeOfALongWait) {
  StreamPace pace(10);
  EXPECT_TRUE(pace.TooSlow(absl::Seconds(30), 200));
}

}  // namespace
}  // namespace warmpath
