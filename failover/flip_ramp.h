// A flip that moves traffic bit by bit: docs/gate.md, "Ramps".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "failover/gate_config.h"
#include "failover/gate_sample.h"
#include "failover/gate_state.h"
#include "failover/ramp.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// So many live answers show which dimensions can be told of one.
inline constexpr int kRampTold = 10;

// A FlipRamp watches the live answers of the path that traffic moves to, on every absolute dimension,
// and says which share of the conversations may be on it. Dimensions that must be proven limit the
// share, the worst of them counts; the others can only speak against the path. So can those that none
// of the first kRampTold live answers told anything of, such as a stance that only a control could show:
// waiting for them would be waiting for the ramp's end.
//
//   FlipRamp ramp(gate, state_of_the_new_path, now, kappa);
//   ramp.Observe(sample);                       // a scored live answer
//   ramp.Advance(now, /*hold=*/false);          // each tick
//   ramp.share(), ramp.phase()
//
// Thread safety: thread-compatible; a value. Time: handed in.
class FlipRamp {
 public:
  // Opens at t. `state`: what is known of the path, for dimensions that must be proven once scored.
  FlipRamp(const GateParameters& gate, const GateState& state, Micros t, double kappa);

  // Whether any dimension limits the share: if none does, live answers cannot tell how it fares.
  bool any_limit() const;

  // Takes one scored live answer of the new path. One that was dispatched before the ramp opened, and
  // paired dimensions, are left out: a live answer has nothing to be compared with.
  void Observe(const GateSample& sample);

  // Brings the share to t: after a failure at once, else every 5 s. `hold`: it stays where it is.
  // REQUIRES: t does not decrease.
  void Advance(Micros t, bool hold);

  // Share of conversations on the new path, 0..1. Once aborted it stays where it was.
  double share() const { return share_; }
  v1::RampPhase phase() const { return phase_; }

  // min over the dimensions of ln(q0 / q_U): how far within its limits the path certainly is.
  double Margin() const;
  // "schema: 3 of 40 live answers do not conform, loss at most 21.4 %, evidence against it 132".
  std::string InWords() const;
  // phase, share and the figures of the worst dimension.
  void ToProto(v1::Ramp* proto) const;

 private:
  struct Watched {
    std::string name;
    Ramp ramp;
    double q0 = 0;
    int dimension = 0;
    bool must = false;        // it limits the share
    bool once_scored = false;  // so does this one, from its first sample on
    bool told = false;         // one of the first kRampTold answers scored it
    double n = 0, f = 0;       // not handed to `ramp` yet
  };
  bool Limits(const Watched& watched) const {
    return (watched.must && (watched.told || answers_ < kRampTold)) ||
           (watched.once_scored && watched.ramp.scored() > 0);
  }
  // The one that speaks most against the path, else the one that limits the share most.
  const Watched& Worst() const;

  std::vector<Watched> watched_;
  Micros t_open_, t_step_;
  int answers_ = 0;      // live answers so far
  bool failed_ = false;  // since the last step
  double share_ = 1;
  v1::RampPhase phase_ = v1::RAMP_PHASE_RUNNING;
};

}  // namespace warmpath
