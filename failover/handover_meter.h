// How many of its cases does a degraded path leave to people?
#pragma once

#include <cstdint>
#include <vector>

#include "failover/gate_config.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {

// Cases of the last 24 h and those of them that were left to people, by the hour.
//
//   meter.Add(t, card.handed_over());
//   if (meter.At(now).Exceeds(0.5)) ...
//
// Leaving a case to people is no failure, unless it happens too often: a rate of its own.
// Thread safety: thread-compatible; a value. Bounded: 24 hours.
class HandoverMeter {
 public:
  struct Counts {
    int64_t cases = 0, handed_over = 0;
    // More than `most`, a ratio, of at least 20 cases.
    bool Exceeds(double most) const;
  };

  void Add(Micros t, bool handed_over);
  Counts At(Micros now) const;

  void ToProto(v1::JudgeCheckpoint* checkpoint) const;
  void FromProto(const v1::JudgeCheckpoint& checkpoint);

 private:
  struct Hour {
    int64_t hour = 0;
    int32_t cases = 0, handed_over = 0;
  };

  std::vector<Hour> hours_;  // oldest first
};

}  // namespace warmpath
