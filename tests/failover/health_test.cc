#include "failover/health.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

class HealthTest : public ::testing::Test {
 protected:
  void Serve(int n, absl::Duration gap = absl::Seconds(1)) { Report(n, gap, true); }
  void Fail(int n, absl::Duration gap = absl::Seconds(1),
            v1::FailureClass failure_class = v1::FAILURE_CLASS_TIMEOUT) {
    Report(n, gap, false, failure_class);
  }
  void Report(int n, absl::Duration gap, bool ok, v1::FailureClass failure_class = {}) {
    for (int i = 0; i < n; ++i) {
      now_ += gap;
      tracker_.Observe(parameters_, {.time = now_, .ok = ok, .failure_class = failure_class});
    }
  }
  v1::Health Health() { return tracker_.At(parameters_, now_); }

  FailoverParameters parameters_;
  HealthTracker tracker_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
};

TEST_F(HealthTest, IsUnknownUntilTheFirstRequest) {
  EXPECT_EQ(Health(), v1::HEALTH_UNSPECIFIED);
  Serve(1);
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY);
}

TEST_F(HealthTest, ThreeFailuresInARowWithinTheWindowAreDown) {
  Serve(100);
  Fail(2);
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY);
  Fail(1);
  EXPECT_EQ(Health(), v1::HEALTH_DOWN);
  EXPECT_EQ(tracker_.since(), now_);
}

TEST_F(HealthTest, ASuccessInBetweenOrAWiderSpreadIsNotDown) {
  Serve(10'000, absl::Milliseconds(300));
  Fail(2);
  Serve(1);
  Fail(2);
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY);
  Fail(1, absl::Seconds(14));
  EXPECT_EQ(Health(), v1::HEALTH_DOWN) << "three within 15 s";
  Serve(3);
  Fail(3, absl::Seconds(8));
  EXPECT_NE(Health(), v1::HEALTH_DOWN) << "three within 16 s";
}

TEST_F(HealthTest, DownEndsWithAsManySuccessesInARowAndNotByWaiting) {
  Fail(3);
  now_ += absl::Hours(5);
  EXPECT_EQ(Health(), v1::HEALTH_DOWN);
  Serve(2);
  EXPECT_EQ(Health(), v1::HEALTH_DOWN);
  Fail(1);
  Serve(2);
  EXPECT_EQ(Health(), v1::HEALTH_DOWN);
  Serve(1);
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY);
}

TEST_F(HealthTest, TheFailuresOfAnOutageBurnNoBudgetAfterIt) {
  Serve(1000);
  Fail(200);
  Serve(3);
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY);
  // New ones do.
  now_ += absl::Seconds(30);
  for (int i = 0; i < 60; ++i) {
    Fail(1);
    Serve(5);
  }
  EXPECT_EQ(Health(), v1::HEALTH_UNHEALTHY);
}

TEST_F(HealthTest, BurningTheBudgetOverBothSpansIsUnhealthyUntilItEnds) {
  Serve(3000);
  for (int i = 0; i < 10; ++i) {
    Fail(1);
    Serve(20);
  }
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY) << "5 % in the last minutes, but 0.3 % in the hour";
  for (int i = 0; i < 60; ++i) {
    Fail(1);
    Serve(20);
  }
  EXPECT_EQ(Health(), v1::HEALTH_UNHEALTHY);
  now_ += absl::Minutes(10);
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY) << "the last five minutes are clean";
}

TEST_F(HealthTest, OneFailureAmongFewRequestsIsNotUnhealthy) {
  Serve(5, absl::Minutes(1));
  Fail(1);
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY);
}

TEST_F(HealthTest, TheCallersMistakesLeaveItUntouched) {
  Serve(1);
  for (v1::FailureClass failure_class :
       {v1::FAILURE_CLASS_INVALID_REQUEST, v1::FAILURE_CLASS_TOO_LARGE, v1::FAILURE_CLASS_CANCELLED,
        v1::FAILURE_CLASS_UNTRANSLATABLE, v1::FAILURE_CLASS_INTERNAL}) {
    Fail(50, absl::Milliseconds(10), failure_class);
  }
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY);
  EXPECT_EQ(tracker_.ToProto(now_).requests(), 1);
}

TEST_F(HealthTest, TellsTheLastFiveMinutesAndTheLastFailure) {
  Serve(10);
  Fail(1, absl::Seconds(1), v1::FAILURE_CLASS_RATE_LIMITED);
  now_ += absl::Minutes(3);
  Serve(4);
  const v1::PathHealth health = tracker_.ToProto(now_);
  EXPECT_EQ(health.requests(), 15);
  EXPECT_EQ(health.failures(), 1);
  EXPECT_EQ(health.last_failure_class(), "rate_limited");
  EXPECT_EQ(tracker_.ToProto(now_ + absl::Minutes(6)).requests(), 0);
}

TEST_F(HealthTest, AClockThatStepsBackDoesNotConfuseIt) {
  Serve(3);
  now_ -= absl::Hours(2);
  Fail(3);
  EXPECT_EQ(Health(), v1::HEALTH_DOWN);
  Serve(3);
  EXPECT_EQ(Health(), v1::HEALTH_HEALTHY);
}

}  // namespace
}  // namespace warmpath
