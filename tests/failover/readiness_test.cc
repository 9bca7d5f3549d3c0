#include "failover/readiness.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;

class ReadinessTest : public ::testing::Test {
 protected:
  void Answers(int n) { Requests(n, true, v1::FAILURE_CLASS_UNSPECIFIED); }
  void Fails(int n, v1::FailureClass failure_class) { Requests(n, false, failure_class); }
  void Requests(int n, bool ok, v1::FailureClass failure_class) {
    for (int i = 0; i < n; ++i) {
      now_ += absl::Seconds(1);
      readiness_.Observe(absl::ToUnixMicros(now_), ok, failure_class);
    }
  }
  bool Ready() { return readiness_.FlipReadyAt(now_); }
  std::string Missing() { return readiness_.ToProto(now_).missing(); }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  GateParameters gate_;
  Readiness readiness_{gate_};
};

TEST_F(ReadinessTest, NothingIsNotReady) {
  EXPECT_FALSE(Ready());
  EXPECT_THAT(Missing(), HasSubstr("no practice flip has succeeded yet; available is not proven: "));
  EXPECT_TRUE(readiness_.PracticeDueAt(now_));
}

TEST_F(ReadinessTest, NeedsAPracticeFlipAndAnswersThatCome) {
  Answers(1000);
  EXPECT_EQ(Missing(), "no practice flip has succeeded yet");
  readiness_.Practised(now_);
  EXPECT_TRUE(Ready());
  EXPECT_EQ(Missing(), "");
  const v1::FlipReadiness proto = readiness_.ToProto(now_);
  EXPECT_TRUE(proto.flip_ready());
  EXPECT_TRUE(proto.available().granted());
  EXPECT_EQ(proto.available().theta(), .98);
  EXPECT_EQ(proto.available().conforming_ratio(), 1);
}

TEST_F(ReadinessTest, APracticeFlipIsForgottenAfterAWeekAndDueADayBefore) {
  readiness_.Practised(now_);
  now_ += absl::Hours(7 * 24 - 1);
  Answers(1000);
  EXPECT_TRUE(Ready());
  EXPECT_TRUE(readiness_.PracticeDueAt(now_));
  now_ += absl::Hours(1);
  Answers(1);
  EXPECT_FALSE(Ready());
  EXPECT_EQ(Missing(), "the last practice flip succeeded 7 days ago, over 7");
}

TEST_F(ReadinessTest, PathsThatDoNotAnswerBecomeSuspect) {
  Answers(1000);
  readiness_.Practised(now_);
  Fails(6, v1::FAILURE_CLASS_TIMEOUT);
  EXPECT_FALSE(Ready());
  EXPECT_THAT(Missing(), HasSubstr("answers stay out"));
}

TEST_F(ReadinessTest, WhatIsNotThePathsFaultIsNoSample) {
  Answers(1000);
  readiness_.Practised(now_);
  Fails(100, v1::FAILURE_CLASS_LOCAL_LIMIT);
  Fails(100, v1::FAILURE_CLASS_PATH_LIMIT);
  Fails(100, v1::FAILURE_CLASS_UNTRANSLATABLE);
  Fails(100, v1::FAILURE_CLASS_INVALID_REQUEST);
  EXPECT_TRUE(Ready());
  Fails(100, v1::FAILURE_CLASS_CONTRACT);
  EXPECT_TRUE(Ready()) << "an answer came";
  EXPECT_EQ(readiness_.ToProto(now_).available().conforming_ratio(), 1);
}

TEST_F(ReadinessTest, ACheckpointKeepsIt) {
  Answers(1000);
  readiness_.Practised(now_);
  v1::JudgeCheckpoint checkpoint;
  readiness_.ToProto(&checkpoint);
  Readiness after(gate_);
  after.FromProto(checkpoint, absl::ToUnixMicros(now_));
  EXPECT_EQ(after.ToProto(now_).SerializeAsString(), readiness_.ToProto(now_).SerializeAsString());
  gate_.available_theta = .9;
  after.SetParameters(gate_, absl::ToUnixMicros(now_));
  EXPECT_FALSE(after.FlipReadyAt(now_)) << "another threshold starts anew";
}

}  // namespace
}  // namespace warmpath
