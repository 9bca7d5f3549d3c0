// When may traffic move to a path? The rule of docs/gate.md on one evidence key.
//
// Two numbers per dimension: G, the evidence that conformance is above theta now, and V, that it is
// below. Each is a mixture of Shiryaev-Roberts e-processes over fixed alternatives. Their start mass
// enters per unit of time, not per sample, so that a path that never was better than theta has ever
// been GREEN within 30 days with a probability of at most alpha, at any rate of traffic and however
// often somebody looks.
//
// Everything here is pure: time is handed in, and a state is a function of its samples alone. What
// time does to it between samples (freshness, leases, dwells, silence) happens at whole seconds and
// is worked out by AdvanceTo, so it does not matter when, or whether, anybody asks.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "failover/conversation_weights.h"
#include "failover/gate_config.h"
#include "failover/gate_state.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// One scored sample, already weighed.
struct WeightedSample {
  // When the candidate was asked. Never less than an earlier sample's.
  Micros t = 0;
  // What it adds to the number of effective samples: 1 for an independent one.
  double effective = 1;
  struct Scored {
    int dimension = 0;
    Weight weight;
    // Hand-written items: at most half of the weight behind a grant may be theirs.
    bool synthetic = false;
  };
  // The dimensions that were scored; at least one, or the sample is no evidence.
  absl::InlinedVector<Scored, 5> scored;
};

// An independent sample weighs (1 - loss, loss). Paired: a fraction counts as |z| on its sign, the
// rest on zero, which is conservative as the logarithm is concave.
inline Weight IndependentWeight(double loss) {
  if (loss < 0) return {.pass = 1 + loss, .fail = 0, .minus = -loss};
  return {.pass = 1 - loss, .fail = loss};
}

// What stands against GREEN beside the evidence.
struct GateHolds {
  bool scorer_unhealthy = false;
  bool store_unavailable = false;
  // A possible severe violation awaits its replays or an acknowledgement.
  bool severe_pending = false;
  // Paired dimensions, one bit each, on which the primary disagrees with itself too often.
  uint32_t reference_unstable = 0;
  // Paired dimensions on which several paths fall together while they agree with each other.
  uint32_t reference_suspect = 0;
  // A degraded path leaves too many cases to people.
  bool hands_over = false;

  bool any() const {
    return scorer_unhealthy || store_unavailable || severe_pending || reference_unstable != 0 ||
           reference_suspect != 0 || hands_over;
  }
};

// What a hint adds to the start mass of V unless it says otherwise.
inline constexpr double kHintMass = 0.05;

// The state of a key that is first seen at t. `start_mass` is mass_new but for a path that shows new
// keys too often.
GateState StartKey(const GateParameters& parameters, Micros t, double start_mass);

// Brings the state to a sample's time, before its conversation is weighed. Returns true if silence
// voided the evidence just now: then open conversations are forgotten.
bool BeginSample(const GateParameters& parameters, Micros t, GateState& state);

// Takes one sample. Calls BeginSample itself, which does nothing the second time.
void Observe(const GateParameters& parameters, const WeightedSample& sample, GateState& state);

// Applies all that time alone changes up to t, each at its own moment.
void AdvanceTo(const GateParameters& parameters, Micros t, GateState& state);

// The next whole second at which time alone changes something; empty if there is none, and perhaps if
// it is later than `until`.
std::optional<Micros> NextMoment(const GateParameters& parameters, const GateState& state,
                                 Micros until);

// A hint (a sentinel's alarm, a sibling's suspicion, a vendor's notice) is no evidence: it adds start
// mass to V on the dimensions whose bit is set, and so costs at most `mass` false suspicions each.
void AddHint(const GateParameters& parameters, Micros t, double mass, uint32_t dimension_mask,
             GateState& state);

// The primary has failed: its mirrors tell nothing, so the clocks of freshness and silence stand still for
// `grace` at most, or its death would make the only escape stale. Leases and start masses run on.
inline constexpr Micros kIncidentGrace = kMicrosPerHour;
void Freeze(const GateParameters& parameters, Micros t, Micros grace, GateState& state);
// The incident is over.
void Thaw(const GateParameters& parameters, Micros t, GateState& state);

// A change that touches only some dimensions (tools: schema, tools and tool_errors) makes a new
// identity of those whose bit is set; the rest of the evidence is carried over.
// They start with `start_mass`.
void ResetDimensions(const GateParameters& parameters, Micros t, uint32_t dimension_mask,
                     double start_mass, GateState& state);

// Turns RED now: trust and suspicion are wiped, the hold-down grows with every RED within a day of
// the one before.
void GoRed(const GateParameters& parameters, Micros t, GateState& state);

// The verdict of a state that was advanced to now.
v1::Conformance ConformanceOf(const GateParameters& parameters, const GateState& state,
                              const GateHolds& holds);

// What the bucket of start mass for returns from silence holds at t.
double BucketAt(const GateParameters& parameters, const GateState& state, Micros t);

// When the proof of a granted dimension ends unless it is renewed.
Micros LeaseEnd(const GateParameters& parameters, const GateDimension& dimension,
                const DimensionProof& proof);

// Whether the dimension must be proven for this key.
bool IsRequired(const GateDimension& dimension, const DimensionProof& proof);

}  // namespace warmpath
