// The goals of docs/gate.md, each measured on simulated paths; see gate_goals.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/gate_sim.h"
#include "tests/bench/goal_table.h"

namespace warmpath {

inline constexpr Micros kMonth = 30 * kMicrosPerDay;
inline constexpr double kLimits[] = {.005, .01, .03};

struct GoalOptions {
  uint64_t seed = 1;
  bool quick = false;
  Mutant mutant = Mutant::kNone;
  // One part alone; empty: all.
  std::string only;
};

// Goals measures what the gate does and holds it against what was promised.
//
//   Goals goals(options);
//   return goals.RunAll() ? 0 : 1;
//
// Thread safety: thread-compatible. Same options, same figures, but for the times of G15.
class Goals {
 public:
  explicit Goals(const GoalOptions& options)
      : options_(options), random_(options.seed), resampling_(~options.seed) {}

  // False if a goal was missed. Tells on stderr what it is at.
  bool RunAll();

 private:
  int Runs(int full) const { return options_.quick ? std::max(1, full / 8) : full; }
  GateParameters With(std::vector<double> limits) const {
    return SimParameters(limits, options_.mutant);
  }
  SimPath PathOf(const GateParameters& parameters) const {
    return SimPath(parameters, options_.mutant);
  }
  // The smallest k with P(Bin(n, p) <= k) >= .99.
  static int Accept(int n, double p);
  Estimate MeanOf(const std::vector<double>& values);

  bool EverGreen(const GateParameters& parameters, double q, double gap, int samples);
  bool EverGreenInConversations(const GateParameters& parameters, double q, double correlation);
  // Samples until GREEN, -1 if not within `limit`.
  int UntilGreen(SimPath& path, double q, double gap, int limit);
  std::vector<double> DelaysTo(double q1, double gap, double days, int runs);
  // Samples from the change on that a path on its limit for long takes to be suspected, of many.
  std::vector<double> SteadyDelays(SimPath& path, double q0, double q1, int runs);

  // goals_evidence.cc
  void WorkedValues();
  void AgainstReference();
  void FalseGreen();
  void FalseGreenAtSpeed();
  void FalseGreenInConversations();
  // goals_delay.cc
  void TimeToGreen();
  void AgainstOptimum();
  void Delays();
  void Steadiness();
  void Silence();
  // goals_service.cc
  void Paired();
  void Ramps();
  // goals_spend.cc
  void SpendOnePath();
  void Fleet();
  // goals_machine.cc
  void Replicas();
  void Cost();

  const GoalOptions options_;
  Random random_;
  Random resampling_;  // apart, so that limits do not change what is simulated
  GoalTable table_;
};

}  // namespace warmpath
