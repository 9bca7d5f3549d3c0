// G1, G2, G3: false GREEN; and the rule itself against its worked values and a second
// implementation.
#include <algorithm>
#include <queue>

#include "absl/strings/str_format.h"
#include "tests/bench/gate_reference.h"
#include "tests/bench/goals.h"

namespace warmpath {

int Goals::Accept(int n, double p) {
  double term = std::pow(1 - p, n), sum = term;
  int k = 0;
  for (; sum < .99 && k < n; ++k) {
    term *= (n - k) / (k + 1.0) * p / (1 - p);
    sum += term;
  }
  return k;
}

Estimate Goals::MeanOf(const std::vector<double>& values) {
  return Bootstrap(Mean(values), [&] { return Mean(Resample(values, resampling_)); });
}

// Section 3.5: exact.
void Goals::WorkedValues() {
  const int green[] = {1220, 609, 201}, amber[] = {3, 3, 4}, again[] = {2428, 1284, 462};
  const int after_cold[] = {1708, 854, 283};
  int wrong = 0;
  for (int i = 0; i < 3; ++i) {
    const GateParameters parameters = With({kLimits[i]});
    SimPath path = PathOf(parameters);
    const auto count = [&](double loss, auto done) {
      int n = 0;
      do path.Sample(60, loss);
      while (++n < 20000 && !done());
      return n;
    };
    wrong += count(0, [&] { return path.green(); }) != green[i];
    for (int n = green[i]; n < 5000; ++n) path.Sample(60, 0.0);
    const SimPath held = path;
    wrong += count(1, [&] { return !path.green(); }) != amber[i];
    wrong += count(1, [&] { return path.Now() == v1::CONFORMANCE_RED; }) != 1;
    wrong += count(0, [&] { return path.green(); }) != again[i];
    SimPath gap(held), cold(held);
    wrong += gap.After(2409 * kMicrosPerSecond) != v1::CONFORMANCE_GREEN;
    wrong += gap.After(2410 * kMicrosPerSecond) != v1::CONFORMANCE_AMBER;
    wrong += gap.After(21601 * kMicrosPerSecond) != v1::CONFORMANCE_COLD;
    const auto back = [](SimPath& quiet, Micros wait) {
      quiet.Wait(wait);
      int n = 0;
      do quiet.Sample(60, 0.0);
      while (++n < 5000 && !quiet.green());
      return n;
    };
    wrong += back(gap, kMicrosPerHour) != 64;
    wrong += back(cold, 7 * kMicrosPerHour) != after_cold[i];
  }
  table_.Row("3.5", "worked values that differ, of 27", wrong, 0);
}

// Poisson arrivals, changes of quality, silences: the states of an implementation written apart.
void Goals::AgainstReference() {
  int apart = 0, samples = 0;
  for (int run = 0; run < Runs(160); ++run) {
    const double q0 = kLimits[run % 3];
    const GateParameters parameters = With({q0});
    SimPath path = PathOf(parameters);
    GateReference reference(q0);
    int differing = 0;
    double q = q0 * random_.Uniform();
    const double gap = run % 4 == 0 ? 5 : 60;
    for (int i = 0; i < 20000; ++i, ++samples) {
      if (random_.Chance(1.0 / 4000)) {
        q = random_.Chance(.5) ? .3 * q0 : std::min(.9, q0 * 40 * random_.Uniform());
      }
      double wait = random_.Exponential(gap);
      if (random_.Chance(1.0 / 3000)) wait += 3600 * 10 * random_.Uniform();
      const double loss = random_.Chance(q) ? (random_.Chance(.2) ? random_.Uniform() : 1) : 0;
      path.Sample(wait, loss);
      const char expected = reference.Sample(static_cast<double>(path.t()) / 1e6, loss);
      const char found = "?GARC"[path.Now()];
      differing = expected == found ? 0 : differing + 1;
      if (differing > 1) ++apart;
    }
  }
  table_.Row("REF",
             absl::StrFormat("states apart from a second implementation, %d samples", samples),
             apart, 0);
}

bool Goals::EverGreen(const GateParameters& parameters, double q, double gap, int samples) {
  SimPath path = PathOf(parameters);
  for (int i = 0; i < samples; ++i) {
    path.Sample(random_.Exponential(gap), random_.Chance(q) ? 1.0 : 0.0);
    if (path.green()) return true;
    if (path.t() > kMonth) return false;
  }
  return false;
}

void Goals::FalseGreen() {
  for (const double q0 : kLimits) {
    const GateParameters parameters = With({q0});
    for (const double factor : {1.0, 1.25}) {
      const int months = Runs(2000);
      int green = 0;
      for (int i = 0; i < months; ++i) green += EverGreen(parameters, factor * q0, 60, 1 << 30);
      const bool at_limit = factor == 1;
      const int accept = options_.quick ? Accept(months, at_limit ? .01 : .005)
                         : at_limit     ? 31
                                        : 17;
      table_.Row(at_limit ? "G1" : "G2",
                 absl::StrFormat("false GREEN in 30 d at %.4g q0 = %.4g, of %d", factor,
                                 factor * q0, months),
                 green, accept);
    }
  }
}

// Start mass enters by time, so a hundred samples a second buy no more luck than one a minute.
void Goals::FalseGreenAtSpeed() {
  const GateParameters parameters = With({.01});
  const int runs = Runs(160);
  int green = 0, lost = 0;
  for (int i = 0; i < runs; ++i) green += EverGreen(parameters, .01, .01, 1'080'000);
  table_.Row("G1", absl::StrFormat("false GREEN at q0 = .01 and 100/s in 3 h, of %d", runs), green,
             Accept(runs, .01));
  for (int i = 0; i < Runs(40); ++i) {
    SimPath path = PathOf(parameters);
    UntilGreen(path, .005, .01, 1'000'000);
    bool was = path.green();
    for (int n = 0; n < 500'000; ++n) {
      path.Sample(random_.Exponential(.01), random_.Chance(.005) ? 1.0 : 0.0);
      lost += was && !path.green();
      was = path.green();
    }
  }
  table_.Row("G7",
             absl::StrFormat("GREEN lost at q = .5 q0 and 100/s in %d times 83 min", Runs(40)),
             lost, 0);
}

bool Goals::EverGreenInConversations(const GateParameters& parameters, double q,
                                     double correlation) {
  struct Turn {
    Micros t;
    uint64_t conversation;
    int left;
    double level;
    bool operator<(const Turn& other) const { return t > other.t; }
  };
  SimPath path = PathOf(parameters);
  std::priority_queue<Turn> turns;
  Micros next = 0;
  uint64_t conversation = 0;
  const auto wait = [&](double mean) {
    return static_cast<Micros>(random_.Exponential(mean) * 1e6);
  };
  while (true) {
    while (turns.empty() || next <= turns.top().t) {
      turns.push({next, ++conversation, random_.Poisson(5), random_.Beta(q, correlation)});
      next += wait(360);
    }
    Turn turn = turns.top();
    turns.pop();
    if (turn.t > kMonth) return false;
    path.Turn(turn.t, turn.conversation, random_.Chance(turn.level) ? 1 : 0);
    if (path.green()) return true;
    if (turn.left-- == 0) continue;
    turn.t += wait(20);
    turns.push(turn);
  }
}

void Goals::FalseGreenInConversations() {
  GateParameters parameters = With({.01});
  parameters.tau = 4 * kMicrosPerHour;
  parameters.t_cold = 24 * kMicrosPerHour;
  for (const double correlation : {.1, .5}) {
    const int months = Runs(500);
    int green = 0;
    for (int i = 0; i < months; ++i)
      green += EverGreenInConversations(parameters, .01, correlation);
    table_.Row("G3",
               absl::StrFormat("false GREEN in conversations, correlation %.1f, of %d", correlation,
                               months),
               green, options_.quick ? Accept(months, .01) : 11);
  }
}

}  // namespace warmpath
