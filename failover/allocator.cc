#include "failover/allocator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "failover/distance.h"
#include "failover/judge.h"

namespace warmpath {
namespace {

constexpr double kMinutesPer30Days = 30.0 * 24 * 60;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double Minutes(Micros span) { return static_cast<double>(span) / kMicrosPerMinute; }

bool LeaseEndsSoon(const GateParameters& parameters, const GateDimension& dimension, Micros now,
                   const DimensionProof& proof) {
  const bool used_up = proof.n_grant > parameters.lease_n / dimension.q0;
  const Micros lease =
      used_up ? std::min(parameters.lease_min, parameters.lease_max) : parameters.lease_max;
  return proof.granted && proof.t_grant + lease - now < lease / 10;
}

// Mirrors that were chosen, as far as traffic and money reach.
double Take(double wanted, const SampleDemand& demand, double& left) {
  const double rate = std::min({wanted, demand.traffic, left / demand.cost});
  left -= rate * demand.cost;
  return rate;
}

void AllotFloors(const AllocatorParameters& allocator, const std::vector<SampleDemand>& demands,
                 double budget, double& left, std::vector<Allotment>& result) {
  double room = std::min(left, allocator.floor_share * budget);
  // Where floors are too many, the least important shrink first.
  std::vector<size_t> order(demands.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return demands[a].importance > demands[b].importance;
  });
  for (size_t first = 0; first < order.size();) {
    size_t last = first;
    double asked = 0;
    for (; last < order.size() && demands[order[last]].importance == demands[order[first]].importance;
         ++last) {
      const SampleDemand& demand = demands[order[last]];
      asked += std::min(demand.floor, demand.traffic) * demand.cost;
    }
    const double share = asked > room && asked > 0 ? room / asked : 1;
    for (; first < last; ++first) {
      const SampleDemand& demand = demands[order[first]];
      Allotment& allotment = result[order[first]];
      allotment.rate = share * std::min(demand.floor, demand.traffic);
      allotment.drill = std::max(0.0, demand.floor - demand.traffic);
      if (allotment.rate > 0 || allotment.drill > 0) allotment.spend = Spend::kFloor;
      room -= allotment.rate * demand.cost;
      left -= allotment.rate * demand.cost;
    }
    room = std::max(0.0, room);
  }
}

}  // namespace

double FloorRate(const GateParameters& parameters, const AllocatorParameters& allocator) {
  return std::max(20 / Minutes(parameters.tau),
                  2 * std::log(20) / (allocator.bad_loss * Minutes(allocator.exposure)));
}

double RestingEvidence(const GateParameters& parameters, const GateDimension& dimension, double rate) {
  double sum = 0;
  for (size_t k = 0; k < dimension.worse_weights.size(); ++k) {
    if (dimension.worse_weights[k] > 0) {
      sum += dimension.worse_weights[k] / (1 - dimension.worse_pass[k]);
    }
  }
  return parameters.mass_time_v / (kMinutesPer30Days * rate) * sum;
}

SampleDemand DemandOf(const GateParameters& parameters, const AllocatorParameters& allocator,
                      const Judgement& judgement, bool serving, double traffic, Micros now) {
  SampleDemand demand;
  demand.floor = FloorRate(parameters, allocator);
  demand.traffic = traffic;
  const v1::Conformance conformance = judgement.conformance;
  const GateState& state = judgement.state;
  const bool watched = serving || conformance == v1::CONFORMANCE_GREEN;
  demand.wants_proof = !state.is_fresh || conformance == v1::CONFORMANCE_COLD ||
                       conformance == v1::CONFORMANCE_RED;
  if (!state.is_fresh) demand.expected = std::max(0.0, parameters.refresh_n - state.n_stale);
  const double in_force = std::max(1e-9, std::min(demand.floor, std::max(traffic, 1e-9)));
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    const GateDimension& dimension = parameters.dimensions[d];
    const DimensionProof& proof = state.dimensions[d];
    demand.alarmed |= watched && proof.evidence_against() >
                                     2 * RestingEvidence(parameters, dimension, in_force);
    if (proof.suspect && conformance != v1::CONFORMANCE_GREEN) demand.rank = 1;
    if (!IsRequired(dimension, proof)) continue;
    if (proof.granted && !LeaseEndsSoon(parameters, dimension, now, proof)) continue;
    demand.wants_proof = true;
    demand.expected = std::max(
        demand.expected, DistanceToProof(parameters, dimension, proof).expected.value_or(kInfinity));
  }
  if (judgement.evidence == nullptr) demand.wants_proof = true;
  if (conformance == v1::CONFORMANCE_RED) demand.rank = 2;
  return demand;
}

std::vector<Allotment> Allocate(const AllocatorParameters& allocator,
                                const std::vector<SampleDemand>& demands,
                                std::optional<double> budget) {
  std::vector<Allotment> result(demands.size());
  double left = budget.value_or(kInfinity);
  AllotFloors(allocator, demands, left, left, result);
  for (size_t i = 0; i < demands.size(); ++i) {
    const SampleDemand& demand = demands[i];
    if (!demand.alarmed && !demand.hinted) continue;
    const double wanted =
        demand.alarmed ? std::max(allocator.burst_factor * demand.floor, allocator.fast_rate)
                       : allocator.hint_factor * demand.floor;
    left += result[i].rate * demand.cost;
    result[i].rate = Take(wanted, demand, left);
    result[i].spend = Spend::kBurst;
  }
  std::vector<size_t> order;
  for (size_t i = 0; i < demands.size(); ++i) {
    if (demands[i].wants_proof && result[i].spend != Spend::kBurst) order.push_back(i);
  }
  const auto price = [&](size_t i) {
    return demands[i].expected * demands[i].cost / demands[i].importance;
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return demands[a].rank != demands[b].rank ? demands[a].rank < demands[b].rank : price(a) < price(b);
  });
  for (const size_t i : order) {
    const double floor = result[i].rate;
    left += floor * demands[i].cost;
    const double rate = Take(std::max(allocator.fast_rate, floor), demands[i], left);
    result[i].rate = rate;
    if (rate > floor) result[i].spend = Spend::kProve;
  }
  return result;
}

}  // namespace warmpath
