#include "failover/flip_ramp.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "failover/margin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;

constexpr double kKappa = .01;

GateParameters Gate(std::vector<GateDimension> dimensions) {
  GateParameters gate;
  gate.dimensions = std::move(dimensions);
  return gate;
}

// One live answer a second.
class FlipRampTest : public ::testing::Test {
 protected:
  FlipRampTest()
      : gate_(Gate({MakeGateDimension("policy", .99, Requirement::kAlways),
                    MakeGateDimension("schema", .97, Requirement::kOnceScored),
                    MakeGateDimension("tool_errors", .97, Requirement::kNever),
                    MakePairedDimension("tools", .02, Requirement::kAlways)})),
        state_(StateOf(gate_)),
        ramp_(gate_, state_, 0, kKappa) {}
  static GateState StateOf(const GateParameters& gate) {
    GateState state;
    state.dimensions.resize(gate.dimensions.size());
    return state;
  }
  void Answers(int n, double loss = 0, int dimension = 0) {
    for (int i = 0; i < n; ++i) {
      now_ += kMicrosPerSecond;
      GateSample sample;
      sample.t = now_;
      sample.losses.push_back({dimension, loss});
      ramp_.Observe(sample);
      ramp_.Advance(now_, hold_);
    }
  }

  GateParameters gate_;
  GateState state_;
  FlipRamp ramp_;
  Micros now_ = 0;
  bool hold_ = false;
};

TEST_F(FlipRampTest, BeginsWithWhatAPathWithoutAnyEvidenceMayHave) {
  EXPECT_NEAR(ramp_.share(), kKappa / (1 - .01), 1e-9);
  EXPECT_EQ(ramp_.phase(), v1::RAMP_PHASE_RUNNING);
  ramp_.Advance(50 * kMicrosPerMinute, false);
  EXPECT_NEAR(ramp_.share(), kKappa / (1 - .01), 1e-9) << "time alone proves nothing";
}

TEST_F(FlipRampTest, GrowsWithCleanAnswersUntilEverythingIsMoved) {
  double share = ramp_.share();
  for (int i = 0; i < 60 && ramp_.phase() == v1::RAMP_PHASE_RUNNING; ++i) {
    Answers(10);
    EXPECT_GE(ramp_.share(), share) << "who was moved stays";
    share = ramp_.share();
  }
  EXPECT_EQ(ramp_.phase(), v1::RAMP_PHASE_FULL);
  EXPECT_LT(now_, 450 * kMicrosPerSecond);
}

TEST_F(FlipRampTest, IsHeldBySuspicionAndAbortedByProofAtOnce) {
  Answers(100);
  const double before = ramp_.share();
  Answers(3, 1);
  EXPECT_EQ(ramp_.phase(), v1::RAMP_PHASE_HELD);
  const double held = ramp_.share();
  EXPECT_LE(held, before);
  for (int i = 0; i < 40; ++i) {
    Answers(1);
    if (ramp_.phase() == v1::RAMP_PHASE_HELD) {
      EXPECT_LE(ramp_.share(), held) << "it may not grow";
    }
  }
  EXPECT_EQ(ramp_.phase(), v1::RAMP_PHASE_RUNNING);
  Answers(6, 1);
  EXPECT_EQ(ramp_.phase(), v1::RAMP_PHASE_ABORTED);
  v1::Ramp proto;
  ramp_.ToProto(&proto);
  EXPECT_EQ(proto.scored(), 149);
  EXPECT_EQ(proto.failed(), 9);
  EXPECT_GE(proto.evidence_against(), 100);
  EXPECT_THAT(ramp_.InWords(), HasSubstr("policy: 9 of 149 live answers do not conform, loss at most "));
  EXPECT_LT(ramp_.Margin(), 0);
}

TEST_F(FlipRampTest, ADimensionLimitsOnceItIsScoredAndARareOneOnlySpeaksAgainst) {
  Answers(300);
  const double share = ramp_.share();
  EXPECT_GT(share, .2);
  Answers(5, 0, /*tool_errors=*/2);
  EXPECT_GE(ramp_.share(), share);
  Answers(5, 0, /*schema=*/1);
  EXPECT_LT(ramp_.share(), share);
  Answers(20, 1, /*tool_errors=*/2);
  EXPECT_EQ(ramp_.phase(), v1::RAMP_PHASE_ABORTED);
}

TEST_F(FlipRampTest, LeavesOutPairedDimensionsAndAnswersFromBefore) {
  Answers(kRampTold - 1, 1, /*tools=*/3);
  EXPECT_EQ(ramp_.phase(), v1::RAMP_PHASE_RUNNING);
  GateSample early;
  early.t = -1;
  early.losses.push_back({0, 1.0});
  for (int i = 0; i < 50; ++i) ramp_.Observe(early);
  ramp_.Advance(now_ + kMicrosPerMinute, false);
  EXPECT_EQ(ramp_.phase(), v1::RAMP_PHASE_RUNNING);
}

TEST_F(FlipRampTest, ADimensionThatLiveAnswersDoNotTellOfLimitsNothing) {
  Answers(kRampTold - 1, 0, /*schema=*/1);
  const double share = ramp_.share();
  EXPECT_LT(share, .02) << "policy may still be told of";
  Answers(300, 0, /*schema=*/1);
  EXPECT_GT(ramp_.share(), .2);
  Answers(20, 1, /*policy=*/0);
  EXPECT_EQ(ramp_.phase(), v1::RAMP_PHASE_ABORTED) << "it speaks against the path all the same";
}

TEST_F(FlipRampTest, AHoldKeepsTheShareWhileEvidenceGoesOn) {
  hold_ = true;
  const double share = ramp_.share();
  Answers(300);
  EXPECT_EQ(ramp_.share(), share);
  hold_ = false;
  Answers(5);
  EXPECT_GT(ramp_.share(), share);
}

TEST(FlipRamp, NeedsADimensionThatLimitsIt) {
  const GateParameters gate = Gate({MakeGateDimension("tool_errors", .97, Requirement::kNever),
                                    MakePairedDimension("tools", .02, Requirement::kAlways)});
  EXPECT_FALSE(FlipRamp(gate, GateState(), 0, kKappa).any_limit());
}

TEST(MarginOf, IsTheWorstDimensionsAndNeedsEvidence) {
  const GateParameters gate = Gate({MakeGateDimension("policy", .99, Requirement::kAlways),
                                    MakeGateDimension("schema", .97, Requirement::kAlways)});
  GateState state;
  state.dimensions.resize(2);
  EXPECT_NEAR(MarginOf(gate, state), std::log(.01), 1e-9) << "q_U(0, 0) = 1";
  state.dimensions[0].recent_pass = 5988;
  state.dimensions[0].recent_fail = 12;
  state.dimensions[1].recent_pass = 600;
  // gate.md: q_U(6000, 12) = .005644, q_U(600, 0) = .013745.
  EXPECT_NEAR(MarginOf(gate, state), std::log(.01 / .005644), 1e-3);
}

TEST(BoundsInWords, AreLowerBounds) {
  const GateParameters gate = Gate({MakeGateDimension("policy", .99, Requirement::kAlways),
                                    MakeGateDimension("schema", .97, Requirement::kAlways)});
  GateState state;
  state.dimensions.resize(2);
  EXPECT_EQ(BoundsInWords(gate, state), "");
  state.dimensions[0].recent_pass = 594;
  state.dimensions[0].recent_fail = 6;
  state.dimensions[1].recent_pass = 600;
  // gate.md: q_U(600, 6) = .036403, q_U(600, 0) = .013745.
  EXPECT_EQ(BoundsInWords(gate, state), "policy at least 96.3 %, schema at least 98.6 %");
}

}  // namespace
}  // namespace warmpath
