// Do the scorers work? Their failures are no evidence on a path, but without them there is none.
#pragma once

#include <cstdint>
#include <vector>

#include "failover/gate_config.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {

// Attempts and failures of the last hour, by the minute.
//
// Thread safety: thread-compatible. Bounded: 61 minutes.
class ScorerMeter {
 public:
  // Counts one card that was scored at t: failed if any scorer could not decide.
  void Add(Micros t, bool failed);

  // More than 5 % of at least 20 attempts failed in the hour before t.
  bool UnhealthyAt(Micros t) const;

  void ToProto(v1::GateKeyState* proto) const;
  void FromProto(const v1::GateKeyState& proto);

 private:
  struct Minute {
    int64_t minute = 0;
    int32_t attempts = 0;
    int32_t failures = 0;
  };

  std::vector<Minute> minutes_;  // oldest first
};

}  // namespace warmpath
