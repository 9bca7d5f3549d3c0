// What time it is, as handed in by server/: nothing below it reads a clock of its own.
#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace warmpath {

// A Clock tells wall time. Records are stamped with it, and all judging runs on it.
// Time-outs of sockets do not: they use steady time, see base/http/deadlines.h.
//
// Thread safety: Now() may be called concurrently.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The system's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace warmpath
