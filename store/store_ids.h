// Ids of stored records.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/id.h"

namespace warmpath {

// StoreIds makes the ids of one store: 26 digits as in base/id.h, without its prefix.
//
//   StoreIds ids(seed);
//   ids.StartAfter(newest_stored_id);
//   std::string id = ids.Next(clock.Now());
//
// Thread safety: all methods may be called concurrently.
// Invariant: each id is greater, byte by byte, than every one before and than those of StartAfter,
//   however the clock moves.
class StoreIds {
 public:
  explicit StoreIds(uint64_t seed) : generator_(seed) {}

  // Makes ids greater than `id` from now on. Does nothing for an id that is none of ours.
  void StartAfter(std::string_view id);
  std::string Next(absl::Time now);

 private:
  absl::Mutex mutex_;
  IdGenerator generator_ ABSL_GUARDED_BY(mutex_);
};

// When a stored id was made, to the millisecond; INVALID_ARGUMENT if it is none of ours. Takes ids
// with a prefix ("flip_...") as well.
absl::StatusOr<absl::Time> StoreIdTime(std::string_view id);

// A text between the ids made before `time`, to the millisecond, and those made in it or later: where to
// start reading from a moment on. Times before 1970 count as 1970.
std::string IdBefore(absl::Time time);

}  // namespace warmpath
