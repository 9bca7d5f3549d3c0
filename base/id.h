// Identifiers that sort by the time they were made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace warmpath {

// An IdGenerator makes ids such as "req_01hf7yat00e8gbv5jkrmhn2x4q": a prefix, '_', and a UUIDv7
// (RFC 9562: 48 bits of Unix milliseconds, then counter and randomness) as 26 digits of Crockford's
// base 32 in lower case. Byte order is time order.
//
//   IdGenerator ids(seed);  // seed: drawn by server/, another one for each thread
//   const std::string request_id = ids.Next("req", clock.Now());
//
// Thread safety: thread-compatible; give each thread its own, with its own random seed.
// Invariants: (1) ids of one generator strictly increase, even when the clock steps back or many
// are made in one millisecond. (2) Two generators collide only if their 62 random bits do within
// one millisecond and counter.
class IdGenerator {
 public:
  explicit IdGenerator(uint64_t seed) : state_(seed) {}

  // The next id. Times before 1970 count as 1970.
  std::string Next(std::string_view prefix, absl::Time now);

 private:
  uint64_t Random();

  uint64_t state_;
  uint64_t last_ms_ = 0;
  uint32_t counter_ = 0;
};

// When an id was made, to the millisecond. INVALID_ARGUMENT if it is none of ours.
absl::StatusOr<absl::Time> IdTime(std::string_view id);

}  // namespace warmpath
