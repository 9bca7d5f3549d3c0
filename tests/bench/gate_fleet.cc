#include "tests/bench/gate_fleet.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "failover/allocator.h"
#include "failover/judgement.h"
#include "tests/bench/gate_sim.h"

namespace warmpath {
namespace {

constexpr double kStepMinutes = 1.0 / 6;
constexpr double kMinutesPerDay = 24 * 60;

GateParameters FleetParameters(const FleetOptions& options) {
  GateParameters parameters = SimParameters({options.limit}, Mutant::kNone);
  parameters.tau = 2 * kMicrosPerHour;
  parameters.t_cold = 12 * kMicrosPerHour;
  return parameters;
}

// One path: its traffic, its fate, and its evidence.
class Member {
 public:
  Member(const FleetOptions& options, const GateParameters& parameters, double traffic,
         uint64_t seed)
      : options_(options), parameters_(parameters), traffic_(traffic), fate_(seed), luck_(~seed) {
    NewKey(0);
    next_change_ = fate_.Exponential(options.change_days);
  }

  // Changes that are due by `day`.
  void Happen(double day) {
    if (day >= next_key_) NewKey(day);
    if (bad_ || day < next_change_) return;
    bad_ = true;
    ++shown_.bad_changes;
    proving_ = false;
    next_key_ = std::min(next_key_, day + options_.bad_days);
  }

  SampleDemand Demand(const AllocatorParameters& allocator) {
    Judgement judgement;
    judgement.evidence = &known_;
    judgement.state = state_;
    AdvanceTo(parameters_, t_, judgement.state);
    judgement.conformance = ConformanceOf(parameters_, judgement.state, {});
    return DemandOf(parameters_, allocator, judgement, false, traffic_, t_);
  }

  // Ten seconds at this rate of samples a minute.
  void Live(double rate) {
    const Micros end = t_ + static_cast<Micros>(kStepMinutes * kMicrosPerMinute);
    while (rate > 0) {
      const Micros wait = static_cast<Micros>(luck_.Exponential(1 / rate) * kMicrosPerMinute);
      if (t_ + wait >= end) break;
      t_ += wait;
      WeightedSample sample;
      sample.t = t_;
      const double loss = luck_.Chance(bad_ ? options_.bad_loss : options_.good_loss) ? 1 : 0;
      sample.scored.push_back({0, IndependentWeight(loss)});
      Observe(parameters_, sample, state_);
      ++shown_.samples;
    }
    t_ = end;
    Note();
  }

  double traffic() const { return traffic_; }
  const FleetPath& shown() const { return shown_; }

 private:
  void NewKey(double day) {
    state_ = StartKey(parameters_, t_, parameters_.mass_new);
    born_ = t_;
    bad_ = false;
    proving_ = true;
    next_key_ = day + fate_.Exponential(options_.key_days);
    next_change_ = day + fate_.Exponential(options_.change_days);
  }

  void Note() {
    GateState now = state_;
    AdvanceTo(parameters_, t_, now);
    const bool green = ConformanceOf(parameters_, now, {}) == v1::CONFORMANCE_GREEN;
    if (bad_) {
      shown_.green_while_bad += green ? kStepMinutes : 0;
      return;
    }
    shown_.good_minutes += kStepMinutes;
    shown_.green_while_good += green ? kStepMinutes : 0;
    if (!green || !proving_) return;
    proving_ = false;
    ++shown_.proofs;
    shown_.proof_minutes += static_cast<double>(t_ - born_) / kMicrosPerMinute;
  }

  const FleetOptions& options_;
  const GateParameters& parameters_;
  const double traffic_;
  Random fate_, luck_;
  GateState state_;
  KeyEvidence known_;
  Micros t_ = 0, born_ = 0;
  bool bad_ = false, proving_ = false;
  double next_key_ = 0, next_change_ = 0;  // days
  FleetPath shown_;
};

}  // namespace

std::vector<FleetPath> SimulateFleet(const FleetOptions& options) {
  const GateParameters parameters = FleetParameters(options);
  AllocatorParameters allocator;
  allocator.exposure = 171 * kMicrosPerMinute;
  std::vector<Member> members;
  members.reserve(options.paths);
  for (int i = 0; i < options.paths; ++i) {
    const double share = options.paths > 1 ? i / (options.paths - 1.0) : 0;
    const double traffic =
        options.least_traffic * std::pow(options.most_traffic / options.least_traffic, share);
    members.emplace_back(options, parameters, traffic, options.seed * 1000 + i);
  }
  const double uniform = options.budget / options.paths;
  std::vector<SampleDemand> demands(members.size());
  const auto steps = static_cast<int64_t>(options.days * kMinutesPerDay / kStepMinutes);
  for (int64_t step = 0; step < steps; ++step) {
    for (Member& member : members) member.Happen(step * kStepMinutes / kMinutesPerDay);
    if (options.policy == FleetPolicy::kUniform) {
      for (Member& member : members) member.Live(std::min(uniform, member.traffic()));
      continue;
    }
    for (size_t i = 0; i < members.size(); ++i) demands[i] = members[i].Demand(allocator);
    const std::vector<Allotment> plan = Allocate(allocator, demands, options.budget);
    for (size_t i = 0; i < members.size(); ++i) members[i].Live(plan[i].rate);
  }
  std::vector<FleetPath> shown;
  for (const Member& member : members) shown.push_back(member.shown());
  return shown;
}

}  // namespace warmpath
