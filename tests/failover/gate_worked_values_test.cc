// The worked values of docs/gate.md: one dimension, key created at 0, one independent sample each
// 60 s exactly, evaluated sample by sample.
#include <cmath>

#include "failover/conversation_weights.h"
#include "failover/judge.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

class Gate {
 public:
  explicit Gate(double q0) {
    parameters_.dimensions.push_back(MakeGateDimension("policy", 1 - q0, Requirement::kAlways));
    state_ = StartKey(parameters_, 0, parameters_.mass_new);
  }

  // One sample a minute after the last one; returns the verdict then.
  v1::Conformance Sample(double loss) {
    t_ += kMicrosPerMinute;
    WeightedSample sample;
    sample.t = t_;
    sample.scored.push_back({0, IndependentWeight(loss)});
    Observe(parameters_, sample, state_);
    return Now();
  }
  void Samples(int n, double loss) {
    for (int i = 0; i < n; ++i) Sample(loss);
  }
  // The number of the sample at which the verdict is first `wanted`.
  int UntilState(v1::Conformance wanted, double loss) {
    for (int n = 1; n < 10000; ++n) {
      if (Sample(loss) == wanted) return n;
    }
    return -1;
  }
  int UntilNot(v1::Conformance left, double loss) {
    for (int n = 1; n < 10000; ++n) {
      if (Sample(loss) != left) return n;
    }
    return -1;
  }
  void Wait(Micros span) { t_ += span; }
  v1::Conformance Now() { return At(t_); }
  v1::Conformance At(Micros t) {
    GateState state = state_;
    AdvanceTo(parameters_, t, state);
    return ConformanceOf(parameters_, state, {});
  }
  Micros t() const { return t_; }
  const GateParameters& parameters() const { return parameters_; }
  GateState& state() { return state_; }

 private:
  GateParameters parameters_;
  GateState state_;
  Micros t_ = 0;
};

struct Column {
  double q0;
  int green;
  int amber, red;
  int red_ends, green_again;
  int green_after_gap, green_after_cold;
  double v_base;
};

class WorkedValues : public ::testing::TestWithParam<Column> {};

INSTANTIATE_TEST_SUITE_P(
    AllColumns, WorkedValues,
    ::testing::Values(Column{.005, 1220, 3, 4, 200, 2428, 64, 1708, 1.4491e-3},
                      Column{.01, 609, 3, 4, 200, 1284, 64, 854, 7.3614e-4},
                      Column{.03, 201, 4, 5, 200, 462, 64, 283, 2.6081e-4}));

TEST_P(WorkedValues, CleanFromTheStart) {
  Gate gate(GetParam().q0);
  EXPECT_EQ(gate.UntilNot(v1::CONFORMANCE_COLD, 0), 50);
  EXPECT_EQ(gate.UntilState(v1::CONFORMANCE_GREEN, 0), GetParam().green - 50);
}

TEST_P(WorkedValues, FailuresInARowThenProofAnew) {
  Gate gate(GetParam().q0);
  gate.Samples(5000, 0);
  EXPECT_EQ(gate.UntilState(v1::CONFORMANCE_AMBER, 1), GetParam().amber);
  EXPECT_EQ(gate.UntilState(v1::CONFORMANCE_RED, 1), GetParam().red - GetParam().amber);
  const Micros red_at = gate.t();
  EXPECT_EQ(gate.UntilNot(v1::CONFORMANCE_RED, 0), GetParam().red_ends);
  EXPECT_EQ(gate.t() - red_at, 12000 * kMicrosPerSecond);
  EXPECT_EQ(gate.UntilState(v1::CONFORMANCE_GREEN, 0),
            GetParam().green_again - GetParam().red_ends);
}

TEST_P(WorkedValues, SilenceMakesStaleThenCold) {
  Gate gate(GetParam().q0);
  gate.Samples(5000, 0);
  EXPECT_EQ(gate.At(gate.t() + 2409 * kMicrosPerSecond), v1::CONFORMANCE_GREEN);
  EXPECT_EQ(gate.At(gate.t() + 2410 * kMicrosPerSecond), v1::CONFORMANCE_AMBER);
  EXPECT_EQ(gate.At(gate.t() + 21600 * kMicrosPerSecond), v1::CONFORMANCE_AMBER);
  EXPECT_EQ(gate.At(gate.t() + 21601 * kMicrosPerSecond), v1::CONFORMANCE_COLD);
}

TEST_P(WorkedValues, BackAfterAnHourOrSeven) {
  Gate gap(GetParam().q0);
  gap.Samples(5000, 0);
  gap.Wait(kMicrosPerHour);
  EXPECT_EQ(gap.UntilState(v1::CONFORMANCE_GREEN, 0), GetParam().green_after_gap);

  Gate cold(GetParam().q0);
  cold.Samples(5000, 0);
  cold.Wait(7 * kMicrosPerHour);
  EXPECT_EQ(cold.UntilState(v1::CONFORMANCE_GREEN, 0), GetParam().green_after_cold);
}

// The resting level of V without failures at one sample a minute, from the formula.
TEST_P(WorkedValues, SuspicionRestsAtItsBase) {
  Gate gate(GetParam().q0);
  gate.Samples(20000, 0);
  const double formula_rate = 1.0 / (30 * 24 * 60);
  double sum = 0;
  for (size_t k = 0; k < kWorseWeights.size(); ++k) {
    sum += kWorseWeights[k] / (1 - gate.parameters().dimensions[0].worse_pass[k]);
  }
  EXPECT_NEAR(formula_rate * sum / GetParam().v_base, 1, 1e-4);
  // Just after a pass V is the base less the mass that is to come.
  EXPECT_NEAR((gate.state().dimensions[0].evidence_against() + formula_rate) / GetParam().v_base, 1,
              1e-3);
}

TEST(GateDimension, HasTheWorkedLogarithms) {
  const GateDimension dimension = MakeGateDimension("policy", .99, Requirement::kAlways);
  EXPECT_NEAR(dimension.better_a[0], .009848336, 1e-9);
  EXPECT_NEAR(dimension.better_b[0], -3.902174669, 1e-9);
  EXPECT_NEAR(dimension.worse_a[4], -2.196112848, 1e-9);
  EXPECT_NEAR(dimension.worse_b[4], 4.488498879, 1e-9);
}

// One conversation of six turns at 20 s, 40 s, ..., 120 s, of which only the third fails.
TEST(Conversation, OfSixTurnsWeighsOneSample) {
  GateParameters parameters;
  parameters.dimensions.push_back(MakeGateDimension("policy", .99, Requirement::kAlways));
  GateState state = StartKey(parameters, 0, parameters.mass_new);
  ConversationWeights conversations;
  for (int turn = 1; turn <= 6; ++turn) {
    WeightedSample sample;
    sample.t = turn * 20 * kMicrosPerSecond;
    sample.effective = conversations.AddTurn(parameters, 7, sample.t).value();
    sample.scored.push_back({0, conversations.AddLoss(parameters, 7, 0, turn == 3 ? 1 : 0)});
    Observe(parameters, sample, state);
  }
  EXPECT_EQ(state.n_eff, 1);
  EXPECT_NEAR(state.dimensions[0].evidence_for(), .359881, 5e-7);
  EXPECT_NEAR(state.dimensions[0].evidence_against(), 5.3760e-5, 1e-9);
}

}  // namespace
}  // namespace warmpath
