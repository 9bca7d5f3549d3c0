// G11, G12: where mirrored requests are spent, in closed loop.
#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_format.h"
#include "failover/allocator.h"
#include "failover/judgement.h"
#include "tests/bench/gate_fleet.h"
#include "tests/bench/goals.h"

namespace warmpath {

// One path in closed loop: 600 requests a minute, q .003, tau 60 min, D 120 min; the plan is made
// anew every 10 s. What would a fixed rate spend for the same delay?
void Goals::SpendOnePath() {
  GateParameters parameters = With({.01});
  parameters.tau = kMicrosPerHour;
  AllocatorParameters allocator;
  allocator.exposure = 120 * kMicrosPerMinute;
  KeyEvidence known;
  const auto planned = [&](SimPath& path) {
    Judgement judgement;
    judgement.conformance = path.Now();
    judgement.evidence = &known;
    judgement.state = path.state();
    return Allocate(allocator, {DemandOf(parameters, allocator, judgement, false, 600, path.t())},
                    std::nullopt)[0]
        .rate;
  };
  constexpr int kRunIn = 12 * 360;  // half a day
  struct Result {
    std::vector<double> minutes;
    double spent = 0;  // a minute, while good
  };
  // fixed = 0: as planned.
  const auto run = [&](double fixed, double q1, int runs) {
    Result result;
    double samples = 0, good_minutes = 0;
    for (int i = 0; i < runs; ++i) {
      SimPath path = PathOf(parameters);
      while (!path.green()) path.Sample(random_.Exponential(5), random_.Chance(.003) ? 1.0 : 0.0);
      const auto ten_seconds = [&](double q) {
        const double rate = fixed > 0 ? fixed : planned(path);
        double at = 0;
        int n = 0;
        for (;;) {
          const double wait = random_.Exponential(60 / rate);
          if (at + wait > 10) break;
          path.Sample(wait, random_.Chance(q) ? 1.0 : 0.0);
          at += wait;
          ++n;
        }
        path.Wait(static_cast<Micros>((10 - at) * 1e6));
        return n;
      };
      for (int step = 0; step < kRunIn || !path.green(); ++step) {
        const int n = ten_seconds(.003);
        if (step < 720) continue;  // V is still at rest from the proof
        samples += n;
        good_minutes += 1.0 / 6;
      }
      int step = 0;
      do ten_seconds(q1);
      while (++step < 50000 && path.green());
      result.minutes.push_back(step / 6.0);
    }
    result.spent = samples / good_minutes;
    return result;
  };
  const int runs = options_.quick ? 1500 : 5000;
  const auto compare = [&](double q1, double accept, double accept_p95) {
    const Result ours = run(0, q1, runs);
    std::vector<double> rate;
    std::vector<std::vector<double>> fixed;
    for (double r = .5; r < 20; r *= 2) {
      rate.push_back(std::log(r));
      fixed.push_back(run(r, q1, runs).minutes);
    }
    // The fixed rate with this delay, on a line between two that were tried.
    const auto rate_for = [&](const std::vector<double>& delay, double wanted) {
      size_t k = 1;
      while (k + 1 < delay.size() && delay[k] > wanted) ++k;
      const double share = (wanted - delay[k - 1]) / (delay[k] - delay[k - 1]);
      return std::exp(rate[k - 1] + share * (rate[k] - rate[k - 1]));
    };
    const auto spend_at_equal = [&](const auto& statistic) {
      const auto spend = [&](const auto& sampled) {
        std::vector<double> delays;
        for (const std::vector<double>& minutes : fixed) {
          delays.push_back(std::log(statistic(sampled(minutes))));
        }
        return ours.spent / rate_for(delays, std::log(statistic(sampled(ours.minutes))));
      };
      return Bootstrap(spend([](const std::vector<double>& all) { return all; }), [&] {
        return spend([&](const std::vector<double>& all) { return Resample(all, resampling_); });
      });
    };
    table_.Row("G11",
               absl::StrFormat("spend over a fixed rate's at equal mean delay, -> %g", 1 - q1),
               spend_at_equal([](const std::vector<double>& x) { return Mean(x); }), accept);
    if (accept_p95 > 0) {
      table_.Row("G11", "the same at equal 95th percentile",
                 spend_at_equal([](const std::vector<double>& x) { return Quantile(x, .95); }),
                 accept_p95);
    }
    table_.Note(absl::StrFormat("spent %.3g a minute, mean %.3g min, p95 %.3g min", ours.spent,
                                Mean(ours.minutes), Quantile(ours.minutes, .95)));
  };
  compare(.10, .25, .35);
  compare(.03, .20, 0);
}

namespace {

// What a fleet showed in all its runs; one entry for each path and run, in the same order for every
// policy.
struct FleetFigures {
  std::vector<FleetPath> paths;

  // GREEN while good, of the time.
  double Green(const std::vector<size_t>& chosen) const {
    double green = 0, good = 0;
    for (const size_t i : chosen) green += paths[i].green_while_good, good += paths[i].good_minutes;
    return green / good;
  }
  // GREEN minutes per bad change.
  double Exposure(const std::vector<size_t>& chosen) const {
    double green = 0, changes = 0;
    for (const size_t i : chosen)
      green += paths[i].green_while_bad, changes += paths[i].bad_changes;
    return green / changes;
  }
};

}  // namespace

void Goals::Fleet() {
  const int runs = options_.quick ? 8 : 30;
  const uint64_t seed = random_.Next() >> 20;
  const auto simulate = [&](FleetPolicy policy, double budget) {
    FleetFigures figures;
    for (int run = 0; run < runs; ++run) {
      FleetOptions options;
      options.policy = policy;
      options.budget = budget;
      options.seed = seed + run;
      for (const FleetPath& path : SimulateFleet(options)) figures.paths.push_back(path);
    }
    return figures;
  };
  for (const double budget : {12.0, 24.0, 48.0}) {
    // The goal is nearest where the budget is ample: that takes more runs than a quick suite has.
    if (options_.quick && budget > 24) continue;
    const FleetFigures ours = simulate(FleetPolicy::kAllocator, budget);
    const FleetFigures same = simulate(FleetPolicy::kUniform, budget);
    const FleetFigures more = simulate(FleetPolicy::kUniform, 3.5 * budget);
    std::vector<size_t> all(ours.paths.size()), drawn(all.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    // Paths meet the same fate under every policy, so they are drawn together.
    const auto estimate = [&](const auto& statistic) {
      return Bootstrap(statistic(all), [&] {
        for (size_t& i : drawn) i = resampling_.Next() % all.size();
        return statistic(drawn);
      });
    };
    table_.Row("G12",
               absl::StrFormat("budget %g: GREEN while good, uniform at %g less ours", budget,
                               3.5 * budget),
               estimate([&](const auto& paths) { return more.Green(paths) - ours.Green(paths); }),
               0);
    table_.Row(
        "G12", absl::StrFormat("budget %g: GREEN minutes of a bad change over uniform's", budget),
        estimate([&](const auto& paths) { return ours.Exposure(paths) / same.Exposure(paths); }),
        1.25);
    table_.Note(absl::StrFormat(
        "GREEN while good %.1f %%, uniform %.1f %%, at %g %.1f %%; minutes of a bad change %.0f, "
        "uniform %.0f",
        100 * ours.Green(all), 100 * same.Green(all), 3.5 * budget, 100 * more.Green(all),
        ours.Exposure(all), same.Exposure(all)));
  }
}

}  // namespace warmpath
