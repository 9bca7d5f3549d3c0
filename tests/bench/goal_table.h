// The table of gate_goals: one row for each goal, with what it is judged by.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/gate_sim.h"

namespace warmpath {

// A ratio or a mean that was measured, and what it is with 95 % confidence at most.
struct Estimate {
  double figure = 0;
  double upper = 0;
};

double Mean(const std::vector<double>& values);
double Quantile(std::vector<double> values, double share);

// As many values, drawn from these with replacement.
std::vector<double> Resample(const std::vector<double>& values, Random& random);

// The upper 95 % bootstrap limit (percentiles of Efron 1979): the 95th percentile of `again`, which
// works the figure out from resampled measurements.
Estimate Bootstrap(double figure, const std::function<double()>& again);

// A GoalTable prints rows and counts those that failed.
//
//   GoalTable table;
//   table.Row("G6", "mean samples to leave GREEN", Bootstrap(Mean(x), ...), 66);
//
// Thread safety: thread-compatible.
class GoalTable {
 public:
  GoalTable();

  // Counts and times: judged by the figure.
  void Row(const std::string& goal, const std::string& what, double figure, double accept);
  // Ratios and means: judged by the upper limit.
  void Row(const std::string& goal, const std::string& what, const Estimate& estimate,
           double accept);
  // A line beside the table.
  void Note(const std::string& text);

  int failed() const { return failed_; }

 private:
  void Print(const std::string& goal, const std::string& what, double figure,
             const std::string& upper, double accept, bool pass);

  int failed_ = 0;
};

}  // namespace warmpath
