#include "failover/traffic_meter.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

constexpr Micros kStep = 10 * kMicrosPerSecond;

TEST(TrafficMeter, KnowsTheRateFromTheStartAndForgetsTheOldOne) {
  TrafficMeter meter;
  Micros now = 1'800'000'000 * kMicrosPerSecond;
  int64_t conversations = 1'000'000;  // counted before anybody looked
  meter.Note(conversations, 4 * conversations, now);
  EXPECT_FALSE(meter.known());
  EXPECT_EQ(meter.turns(), 1);
  conversations += 10;
  meter.Note(conversations, 4 * conversations, now += kStep);
  EXPECT_TRUE(meter.known());
  EXPECT_NEAR(meter.conversations_per_minute(), 60, 1e-9);
  EXPECT_NEAR(meter.turns(), 4, 1e-9);
  for (int i = 0; i < 180; ++i) {
    ++conversations;
    meter.Note(conversations, 4 * conversations, now += kStep);
  }
  EXPECT_NEAR(meter.conversations_per_minute(), 6, 0.3);
}

TEST(TrafficMeter, CountsThatFellHaveStartedAnew) {
  TrafficMeter meter;
  meter.Note(1000, 1000, kStep);
  meter.Note(1010, 1010, 2 * kStep);
  meter.Note(10, 10, 3 * kStep);
  EXPECT_NEAR(meter.conversations_per_minute(), 60, 1e-9);
}

TEST(TrafficMeter, AClockThatStepsBackLosesNothing) {
  TrafficMeter meter;
  meter.Note(0, 0, 10 * kStep);
  meter.Note(10, 10, 11 * kStep);
  meter.Note(15, 15, 9 * kStep);
  meter.Note(20, 20, 10 * kStep);
  EXPECT_NEAR(meter.conversations_per_minute(), 60, 1e-9);
}

}  // namespace
}  // namespace warmpath
