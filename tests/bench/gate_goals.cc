// How good is the gate? The goals of docs/gate.md on simulated paths whose true conformance is
// known.
//
//   bazel run //tests/bench:gate_goals -- --quick --seed 7
//   bazel run //tests/bench:gate_goals -- --mutant keep-g      (exit code 1: it has to be noticed)
//
// Prints a table: counts are judged by the figure, ratios and means by their upper 95 % bootstrap
// limit. Exit code 1 if any goal is missed.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/goals.h"

namespace warmpath {

bool Goals::RunAll() {
  const std::vector<std::pair<const char*, void (Goals::*)()>> parts = {
      {"worked", &Goals::WorkedValues},
      {"reference", &Goals::AgainstReference},
      {"false-green", &Goals::FalseGreen},
      {"speed", &Goals::FalseGreenAtSpeed},
      {"conversations", &Goals::FalseGreenInConversations},
      {"time-to-green", &Goals::TimeToGreen},
      {"optimum", &Goals::AgainstOptimum},
      {"delays", &Goals::Delays},
      {"steadiness", &Goals::Steadiness},
      {"silence", &Goals::Silence},
      {"paired", &Goals::Paired},
      {"ramps", &Goals::Ramps},
      {"spend", &Goals::SpendOnePath},
      {"fleet", &Goals::Fleet},
      {"replicas", &Goals::Replicas},
      {"cost", &Goals::Cost}};
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto& [name, part] = parts[i];
    if (!options_.only.empty() && options_.only != name) continue;
    fprintf(stderr, "[%zu/%zu, %.0f s] %s\n", i + 1, parts.size(), seconds(), name);
    (this->*part)();
  }
  printf("\n%d failed, seed %llu, %.0f s\n", table_.failed(),
         static_cast<unsigned long long>(options_.seed), seconds());
  return table_.failed() == 0;
}

namespace {

bool ParseMutant(const std::string& name, Mutant& mutant) {
  const std::pair<const char*, Mutant> known[] = {
      {"per-sample", Mutant::kPerSample},   {"no-clusters", Mutant::kNoClusters},
      {"keep-g", Mutant::kKeepG},           {"no-freshness", Mutant::kNoFreshness},
      {"double-mass", Mutant::kDoubleMass}, {"arrival", Mutant::kArrival}};
  for (const auto& [word, value] : known) {
    if (name == word) {
      mutant = value;
      return true;
    }
  }
  return false;
}

int Main(int argc, char** argv) {
  GoalOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i], next = i + 1 < argc ? argv[i + 1] : "";
    bool good = true;
    if (word == "--quick") {
      options.quick = true;
    } else if (word == "--seed") {
      options.seed = strtoull(next.c_str(), nullptr, 10), ++i;
    } else if (word == "--only") {
      options.only = next, ++i;
    } else {
      good = word == "--mutant" && ParseMutant(next, options.mutant);
      ++i;
    }
    if (good) continue;
    fprintf(stderr,
            "usage: gate_goals [--seed N] [--quick] [--only PART] [--mutant per-sample|no-clusters|"
            "keep-g|no-freshness|double-mass|arrival]\n");
    return 2;
  }
  return Goals(options).RunAll() ? 0 : 1;
}

}  // namespace
}  // namespace warmpath

int main(int argc, char** argv) { return warmpath::Main(argc, argv); }
