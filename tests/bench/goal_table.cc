#include "tests/bench/goal_table.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "absl/strings/str_format.h"

namespace warmpath {
namespace {

constexpr int kResamples = 400;
constexpr double kConfidence = .95;

}  // namespace

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double Quantile(std::vector<double> values, double share) {
  const auto at =
      values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::vector<double> Resample(const std::vector<double>& values, Random& random) {
  std::vector<double> drawn;
  drawn.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) drawn.push_back(values[random.Next() % values.size()]);
  return drawn;
}

Estimate Bootstrap(double figure, const std::function<double()>& again) {
  std::vector<double> figures;
  for (int i = 0; i < kResamples; ++i) figures.push_back(again());
  return {.figure = figure, .upper = Quantile(std::move(figures), kConfidence)};
}

GoalTable::GoalTable() {
  printf("%-4s %-62s %10s %10s %8s\n", "goal", "what", "figure", "95 %", "accept");
}

void GoalTable::Row(const std::string& goal, const std::string& what, double figure,
                    double accept) {
  Print(goal, what, figure, "", accept, figure <= accept);
}

void GoalTable::Row(const std::string& goal, const std::string& what, const Estimate& estimate,
                    double accept) {
  Print(goal, what, estimate.figure, absl::StrFormat("%.5g", estimate.upper), accept,
        estimate.upper <= accept);
}

void GoalTable::Note(const std::string& text) {
  printf("     %s\n", text.c_str());
  fflush(stdout);
}

void GoalTable::Print(const std::string& goal, const std::string& what, double figure,
                      const std::string& upper, double accept, bool pass) {
  if (!pass) ++failed_;
  printf("%-4s %-62s %10.5g %10s %8.4g  %s\n", goal.c_str(), what.c_str(), figure, upper.c_str(),
         accept, pass ? "pass" : "FAIL");
  fflush(stdout);
}

}  // namespace warmpath
