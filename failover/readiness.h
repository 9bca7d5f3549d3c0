// Is a path ready for a flip: do its answers come, and was a flip practised? Beside conformance, not part
// of it; gate.md sections 2 and 6.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "failover/gate_config.h"
#include "failover/gate_state.h"
#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {

// A practice flip counts for so long; the next one is due a day before.
inline constexpr absl::Duration kPracticeValid = absl::Hours(7 * 24);
inline constexpr absl::Duration kPracticeDue = absl::Hours(6 * 24);

// The readiness of one path. `available` is a series with the arithmetic of a dimension, one sample for
// each request, live or mirrored: loss 1 if no answer came for a reason that counts against health, 0 for
// an answer, whatever it says. Limits of our own and requests that could not be expressed are no samples.
//
//   readiness.Observe(t, /*ok=*/false, v1::FAILURE_CLASS_TIMEOUT);
//   readiness.Practised(now);
//   readiness.FlipReadyAt(now)
//
// Flip-ready: a practice flip succeeded within kPracticeValid, and `available` is proven and not suspect.
// Thread safety: thread-compatible; a value. Time: handed in; one that steps back counts as the latest seen.
class Readiness {
 public:
  // The gate's constants with one dimension, `available`, of gate.available_theta.
  explicit Readiness(const GateParameters& gate);

  void Observe(Micros t, bool ok, v1::FailureClass failure_class);
  void Practised(absl::Time now) { practised_ = now; }
  std::optional<absl::Time> practised() const { return practised_; }
  // Whether the next practice flip should be made.
  bool PracticeDueAt(absl::Time now) const;

  bool FlipReadyAt(absl::Time now) const;
  v1::FlipReadiness ToProto(absl::Time now) const;

  // Follows a reload; another threshold starts `available` anew.
  void SetParameters(const GateParameters& gate, Micros now);

  // `available` and `practice_micros`.
  void ToProto(v1::JudgeCheckpoint* checkpoint) const;
  void FromProto(const v1::JudgeCheckpoint& checkpoint, Micros now);

 private:
  // What stands against it, in words; empty: nothing.
  std::string Missing(const GateState& state, absl::Time now) const;

  GateParameters parameters_;
  std::optional<GateState> state_;  // empty: no request was seen
  Micros last_ = 0;
  std::optional<absl::Time> practised_;
};

}  // namespace warmpath
