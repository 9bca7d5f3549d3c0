// Moving live traffic with bounded harm: docs/gate.md, "Ramps".
#pragma once

#include <array>
#include <cstdint>

#include "failover/gate_config.h"

namespace warmpath {

// The largest u with n KL(f/n, u) <= ln(1/.01) + ln(n+1)/2 + 1/2: with 99 % confidence, at every n at
// once, the mean loss is not above it. 1 for n = 0. REQUIRES: 0 <= f <= n.
double UpperLossBound(double n, double f);

// One path's ramp on one absolute dimension. While the evidence cannot yet exclude an excess loss x, at
// most kappa/x of the traffic meets it: share = clamp(kappa / (q_U - q0), 1 %, 100 %), and 100 % once
// q_U <= q0. V_live, with a start mass of 1 spread over 60 minutes, is the net below it.
//
// Thread safety: thread-compatible; a value. Time: handed in.
class Ramp {
 public:
  enum class Phase { kRunning, kHeld, kAborted, kFull };

  // Opens at t. `kappa`: harm allowed, as a share of the traffic.
  Ramp(GateDimension dimension, Micros t, double kappa);

  // n live requests, of which f failed, were scored since the last call.
  // REQUIRES: t does not decrease; 0 <= f <= n.
  void Add(Micros t, double n, double f);

  // Of the workflow's traffic; 0 once aborted.
  double share() const { return share_; }
  double upper_loss() const { return upper_loss_; }
  double evidence_against() const;
  Phase phase() const { return phase_; }
  // Live requests that were scored since it opened, and those of them that failed.
  double scored() const { return n_; }
  double failed() const { return f_; }

 private:
  GateDimension dimension_;
  Micros t_open_, t_last_;
  double kappa_;
  double n_ = 0, f_ = 0;
  double upper_loss_ = 1;
  double share_;
  std::array<double, 5> v_{};
  Phase phase_ = Phase::kRunning;
};

}  // namespace warmpath
