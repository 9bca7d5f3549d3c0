// What the gate remembers of one evidence key: docs/gate.md, "State".
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/container/inlined_vector.h"
#include "failover/gate_config.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {

// The evidence on one dimension.
struct DimensionProof {
  // For and against, one part for each alternative; their sums are G and V.
  std::array<double, 4> g{};
  std::array<double, 5> v{};
  // When start mass was last added.
  Micros t_last = 0;
  Micros t_grant = 0;
  // Effective samples since the grant.
  double n_grant = 0;
  // Passing and failing weight, fading with a time constant of 7 days: for people and for estimates.
  double recent_pass = 0, recent_fail = 0;
  // Weight of each kind that entered G since it was last reset.
  double n_organic = 0, n_synthetic = 0;
  bool granted = false;  // proven, within its lease
  bool expired = false;  // a lease ran out and was not renewed
  bool suspect = false;
  bool scored = false;  // at least one sample of the key scored it

  double evidence_for() const;
  double evidence_against() const;
};

// The state of one evidence key. A pure function of the samples: time alone is applied to a copy,
// see judge.h.
struct GateState {
  absl::InlinedVector<DimensionProof, 5> dimensions;  // as in GateParameters::dimensions
  Micros t_create = 0;
  // The freshness meter: its level at t_fresh.
  double fresh = 0;
  Micros t_fresh = 0;
  bool is_fresh = false;
  double n_stale = 0;  // effective samples since freshness was lost
  double n_eff = 0;    // effective samples since the key was new or voided
  Micros t_evidence = 0;
  // An incident: the clocks of freshness and of silence stand still from frozen_at until thaw_at at the
  // latest; 0: they run.
  Micros frozen_at = 0, thaw_at = 0;
  bool voided = false;  // silent for too long; the next sample starts anew
  bool severe = false;  // latched
  bool red = false;
  Micros red_until = 0, t_red_last = 0;
  int red_count = 0;
  // Dimensions, one bit each, whose V may not turn it RED for now: the primary is suspected instead.
  // Worked out anew from the workflow's references; not part of the checkpoint.
  uint32_t spared = 0;
  int red_dimension = -1;  // which one was violated; -1: none, an operator's acknowledgement
  double n_eff_red = 0;
  Micros suspect_until = 0;
  // What is left of the start mass for returns from silence, at t_bucket.
  double bucket = 0;
  Micros t_bucket = 0;
  // Effective samples, fading with a time constant of 10 min, at t_rate: tells the present rate.
  double rate_weight = 0;
  Micros t_rate = 0;

  // The meter's level at t.
  double MeterAt(const GateParameters& parameters, Micros t) const;
  // Effective samples per minute at t.
  double RateAt(Micros t) const;
};

// The checkpoint of a state, without conversations, scorer attempts and names: bit for bit.
void ToProto(const GateParameters& parameters, const GateState& state, v1::GateKeyState* proto);

// The state of a checkpoint, fitted to the parameters: a dimension that the checkpoint lacks, or
// that was judged against another threshold, starts anew at `now`.
GateState FromProto(const GateParameters& parameters, const v1::GateKeyState& proto, Micros now);

// Fits a state to changed parameters in the same way.
GateState Refit(const GateParameters& before, const GateState& state, const GateParameters& after,
                Micros now);

}  // namespace warmpath
