// How many conversations come.
#pragma once

#include <cstdint>

#include "failover/gate_config.h"

namespace warmpath {

// A TrafficMeter turns counters that only grow into rates: exponentially decayed means over the
// last kMemory, right from the start.
//
//   meter.Note(counted.conversations, counted.exchanges, now);   // every 10 s
//   if (meter.known()) … meter.conversations_per_minute() …
//
// Thread safety: thread-compatible. Time: handed in; one that steps back adds nothing.
class TrafficMeter {
 public:
  static constexpr Micros kMemory = 5 * kMicrosPerMinute;

  // Counts since some start; ones that fell have started anew.
  void Note(int64_t conversations, int64_t exchanges, Micros now);

  // Whether any time has passed since the first Note.
  bool known() const { return minutes_ > 0; }
  double conversations_per_minute() const { return known() ? conversations_ / minutes_ : 0; }
  // Mean turns of a conversation, at least 1.
  double turns() const;

 private:
  bool started_ = false;
  Micros last_ = 0;
  int64_t last_conversations_ = 0, last_exchanges_ = 0;
  // Decayed alike.
  double conversations_ = 0, exchanges_ = 0, minutes_ = 0;
};

}  // namespace warmpath
