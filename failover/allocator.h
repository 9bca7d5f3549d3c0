// Where mirrored requests are spent: docs/gate.md, "Spending". Pure.
//
// Sampling may depend on the past without harming validity. Once a path has changed, the number of
// samples to notice it is fixed, so faster sampling costs nothing extra except on false suspicion: full
// speed or floor, nothing between.
#pragma once

#include <optional>
#include <vector>

#include "failover/gate_config.h"
#include "failover/judgement.h"

namespace warmpath {

struct AllocatorParameters {
  Micros exposure = kMicrosPerHour;  // D: how long a bad path may go unnoticed
  double bad_loss = 0.10;            // q_bad: what is to be noticed within D
  double burst_factor = 20, hint_factor = 5;
  double fast_rate = 12;             // effective samples a minute for proofs, and the least burst
  double floor_share = 0.25;         // of the budget
};

// r0 = max(20/tau, 2 ln 20 / (q_bad D)) effective samples a minute.
double FloorRate(const GateParameters& parameters, const AllocatorParameters& allocator);

// The level at which V rests without failures at `rate` samples a minute:
// mass_time_v / (30 d * rate) * sum_k w[k] / (1 - e^a[k]).
double RestingEvidence(const GateParameters& parameters, const GateDimension& dimension, double rate);

// What a path asks for.
struct SampleDemand {
  double floor = 0;    // r0
  double traffic = 0;  // new conversations a minute that could be mirrored
  bool alarmed = false;  // GREEN or serving, and V above twice its resting level somewhere
  bool hinted = false;   // a sibling's suspicion or a sentinel's alarm in the last 30 min
  // COLD, unproven, stale, or a lease within a tenth of its end.
  bool wants_proof = false;
  int rank = 0;          // 0: as usual; 1: suspect and no longer GREEN; 2: RED
  double expected = 0;   // samples to proof; infinite: not reachable
  double cost = 1, importance = 1;
};

SampleDemand DemandOf(const GateParameters& parameters, const AllocatorParameters& allocator,
                      const Judgement& judgement, bool serving, double traffic, Micros now);

enum class Spend { kNone, kFloor, kBurst, kProve };

struct Allotment {
  Spend spend = Spend::kNone;
  double rate = 0;   // mirrored effective samples a minute
  double drill = 0;  // drill samples a minute that organic traffic lacks for the floor
};

// `budget` in effective samples a minute times cost, for all; empty: unlimited. In order: floors, at most
// floor_share of it; bursts; proofs, the cheapest one first, RED paths last. The rest is not spent.
std::vector<Allotment> Allocate(const AllocatorParameters& allocator,
                                const std::vector<SampleDemand>& demands,
                                std::optional<double> budget);

}  // namespace warmpath
