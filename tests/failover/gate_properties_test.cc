// What must hold of the gate whatever the samples are.
#include <random>
#include <string>

#include "failover/judge.h"
#include "failover/path_judge.h"
#include "failover/ramp.h"
#include "failover/tally.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

GateParameters TwoDimensions() {
  GateParameters parameters;
  parameters.dimensions.push_back(MakeGateDimension("schema", .97, Requirement::kAlways));
  parameters.dimensions.push_back(MakeGateDimension("policy", .97, Requirement::kAlways));
  return parameters;
}

GateSample Clean(Micros t, const char* key = "k") {
  GateSample sample;
  sample.t = t;
  sample.evidence_key = key;
  sample.losses = {{0, 0.0}, {1, 0.0}};
  return sample;
}

// A random life: samples, silences, hints; nothing but them.
GateState RandomLife(const GateParameters& parameters, uint64_t seed, Micros start) {
  std::mt19937_64 random(seed);
  GateState state = StartKey(parameters, start, parameters.mass_new);
  Micros t = start;
  for (int i = 0; i < 800; ++i) {
    t += static_cast<Micros>(random() % 60) * kMicrosPerSecond;
    if (random() % 300 == 0) t += static_cast<Micros>(random() % 10) * kMicrosPerHour;
    if (random() % 200 == 0) {
      AddHint(parameters, t, kHintMass, 3, state);
      continue;
    }
    WeightedSample sample;
    sample.t = t;
    for (int d = 0; d < 2; ++d) {
      sample.scored.push_back({.dimension = d, .weight = IndependentWeight(random() % 60 == 0)});
    }
    Observe(parameters, sample, state);
  }
  return state;
}

TEST(GateProperties, HintsAndTimeWithoutEvidenceNeverGiveGreen) {
  const GateParameters parameters = TwoDimensions();
  GateState state = StartKey(parameters, 0, parameters.mass_new);
  for (Micros t = 0; t < 400 * kMicrosPerDay; t += kMicrosPerHour) {
    AdvanceTo(parameters, t, state);
    if (t % kMicrosPerDay == 0) AddHint(parameters, t, kHintMass, 3, state);
    ASSERT_NE(ConformanceOf(parameters, state, {}), v1::CONFORMANCE_GREEN);
  }
}

TEST(GateProperties, OneUnscoredDimensionKeepsGreenAway) {
  const GateParameters parameters = TwoDimensions();
  PathJudge judge(parameters);
  for (int i = 1; i < 3000; ++i) {
    GateSample sample = Clean(i * kMicrosPerMinute);
    sample.losses = {{0, 0.0}};
    judge.Observe(sample, "");
    ASSERT_NE(judge.JudgeAt(sample.t, false).conformance, v1::CONFORMANCE_GREEN);
  }
}

TEST(GateProperties, OneSevereEventIsRedInTheSameEventWhateverTheProof) {
  PathJudge judge(TwoDimensions());
  for (int i = 1; i < 3000; ++i) judge.Observe(Clean(i * kMicrosPerMinute), "");
  const Micros t = 3000 * kMicrosPerMinute;
  ASSERT_EQ(judge.JudgeAt(t, false).conformance, v1::CONFORMANCE_GREEN);
  GateSample severe = Clean(t);
  severe.severe = true;
  EXPECT_TRUE(judge.Observe(severe, "card").severe);
  EXPECT_EQ(judge.JudgeAt(t, false).conformance, v1::CONFORMANCE_RED);
  // Latched: clean samples do not release it, an acknowledgement does, into a hold-down.
  for (int i = 3001; i < 6000; ++i) judge.Observe(Clean(i * kMicrosPerMinute), "");
  EXPECT_EQ(judge.JudgeAt(6000 * kMicrosPerMinute, false).conformance, v1::CONFORMANCE_RED);
  EXPECT_TRUE(judge.AcknowledgeSevere(6000 * kMicrosPerMinute));
  EXPECT_EQ(judge.JudgeAt(6000 * kMicrosPerMinute, false).conformance, v1::CONFORMANCE_RED);
}

TEST(GateProperties, EveryHoldKeepsGreenAway) {
  const GateParameters parameters = TwoDimensions();
  PathJudge judge(parameters);
  for (int i = 1; i < 3000; ++i) judge.Observe(Clean(i * kMicrosPerMinute), "");
  const GateState& state = judge.Find("k")->state;
  ASSERT_EQ(ConformanceOf(parameters, state, {}), v1::CONFORMANCE_GREEN);
  EXPECT_EQ(ConformanceOf(parameters, state, {.scorer_unhealthy = true}), v1::CONFORMANCE_AMBER);
  EXPECT_EQ(ConformanceOf(parameters, state, {.store_unavailable = true}), v1::CONFORMANCE_AMBER);
  EXPECT_EQ(ConformanceOf(parameters, state, {.severe_pending = true}), v1::CONFORMANCE_AMBER);
  EXPECT_EQ(ConformanceOf(parameters, state, {.reference_unstable = 1}), v1::CONFORMANCE_AMBER);
}

// No clock: the same life a year later has the same evidence, to the bit.
TEST(GateProperties, StatesDependOnSpansAloneNotOnTheDate) {
  const GateParameters parameters = TwoDimensions();
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const Micros start = kMicrosPerDay, later = start + 365 * kMicrosPerDay;
    const GateState a = RandomLife(parameters, seed, start), b = RandomLife(parameters, seed, later);
    for (int d = 0; d < 2; ++d) {
      EXPECT_EQ(a.dimensions[d].g, b.dimensions[d].g) << seed;
      EXPECT_EQ(a.dimensions[d].v, b.dimensions[d].v) << seed;
    }
    EXPECT_EQ(ConformanceOf(parameters, a, {}), ConformanceOf(parameters, b, {})) << seed;
  }
}

TEST(GateProperties, LookingChangesNothing) {
  const GateParameters parameters = TwoDimensions();
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const GateState state = RandomLife(parameters, seed, kMicrosPerDay);
    GateState once = state, often = state;
    const Micros end = state.t_evidence + 20 * kMicrosPerDay;
    AdvanceTo(parameters, end, once);
    for (Micros t = state.t_evidence; t <= end; t += 997 * kMicrosPerSecond) AdvanceTo(parameters, t, often);
    AdvanceTo(parameters, end, often);
    EXPECT_EQ(once.dimensions[0].g, often.dimensions[0].g);
    EXPECT_EQ(ConformanceOf(parameters, once, {}), ConformanceOf(parameters, often, {})) << seed;
  }
}

TEST(GateProperties, AKnownKeyResumesItsEvidenceAndAnotherStartsCold) {
  PathJudge judge(TwoDimensions());
  for (int i = 1; i < 400; ++i) judge.Observe(Clean(i * kMicrosPerMinute, "a"), "");
  const double proven = judge.Find("a")->state.n_eff;
  judge.Observe(Clean(400 * kMicrosPerMinute, "b"), "");
  EXPECT_EQ(judge.Find("b")->state.n_eff, 1);
  EXPECT_EQ(judge.JudgeAt(400 * kMicrosPerMinute, false).conformance, v1::CONFORMANCE_COLD);
  judge.Observe(Clean(401 * kMicrosPerMinute, "a"), "");
  EXPECT_EQ(judge.Find("a")->state.n_eff, proven + 1);
  EXPECT_EQ(judge.Find("c"), nullptr);
}

TEST(GateProperties, AChangedToolSchemaResetsItsDimensionsAlone) {
  const GateParameters parameters = TwoDimensions();
  PathJudge judge(parameters);
  for (int i = 1; i < 3000; ++i) judge.Observe(Clean(i * kMicrosPerMinute), "");
  GateState state = judge.Find("k")->state;
  const auto policy = state.dimensions[1].g;
  ResetDimensions(parameters, 3000 * kMicrosPerMinute, 1, parameters.mass_new, state);
  EXPECT_FALSE(state.dimensions[0].granted);
  EXPECT_TRUE(state.dimensions[1].granted);
  EXPECT_EQ(state.dimensions[1].g, policy);
  EXPECT_DOUBLE_EQ(state.dimensions[0].evidence_for(), parameters.mass_new);
  EXPECT_EQ(ConformanceOf(parameters, state, {}), v1::CONFORMANCE_AMBER);  // not COLD
}

TEST(TallyCell, MergesInAnyOrderAnyNumberOfTimes) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    // Three states of knowledge that three replicas may hold of each other.
    TallyCell own[3], a, b, c;
    for (int i = 0; i < 30; ++i) {
      const int r = static_cast<int>(random() % 3);
      const int64_t pass = static_cast<int64_t>(random() % 2000001) - 1000000;
      own[r].Add(std::string(1, static_cast<char>('a' + r)), {pass, 1000000 - pass, 0, 1000000});
      if (random() % 3 == 0) a.Merge(own[r]);
      if (random() % 3 == 0) b.Merge(own[r]);
      if (random() % 3 == 0) c.Merge(own[r]);
    }
    const auto merged = [](TallyCell x, const TallyCell& y) {
      x.Merge(y);
      return x;
    };
    EXPECT_EQ(merged(a, b), merged(b, a));
    EXPECT_EQ(merged(merged(a, b), c), merged(a, merged(b, c)));
    EXPECT_EQ(merged(a, a), a);
    TallyCell all = merged(merged(own[0], own[1]), own[2]);
    EXPECT_EQ(merged(merged(merged(all, a), b), c), all);
    EXPECT_EQ(all.Total().weight, 30 * 1000000);
    EXPECT_EQ(all.Total().pass + all.Total().fail, 30 * 1000000);
  }
}

TEST(UpperLossBound, HasTheWorkedValues) {
  EXPECT_EQ(UpperLossBound(0, 0), 1);
  EXPECT_NEAR(UpperLossBound(600, 0), .013745, 5e-7);
  EXPECT_NEAR(UpperLossBound(600, 6), .036403, 5e-7);
  EXPECT_NEAR(UpperLossBound(6000, 12), .005644, 5e-7);
}

TEST(Ramp, MovesOnlyAsFarAsHarmIsBounded) {
  const GateDimension dimension = MakeGateDimension("d", .99, Requirement::kAlways);
  Ramp ramp(dimension, 0, .01);
  EXPECT_NEAR(ramp.share(), .0101, 1e-4);
  double last = ramp.share();
  for (int step = 1; step < 200; ++step) {
    ramp.Add(step * 5 * kMicrosPerSecond, 10, 0);
    EXPECT_GE(ramp.share(), last);
    last = ramp.share();
  }
  EXPECT_EQ(ramp.phase(), Ramp::Phase::kFull);
  ramp.Add(1200 * kMicrosPerSecond, 100, 60);
  EXPECT_EQ(ramp.phase(), Ramp::Phase::kAborted);
  EXPECT_EQ(ramp.share(), 0);
}

}  // namespace
}  // namespace warmpath
