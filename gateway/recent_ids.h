// Which ids were seen lately.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace warmpath {

// A RecentIds tells a repeat from a first time, for the last `capacity` ids within `horizon`.
//
//   if (!recent.Insert(StableHash64(id), now)) …   // seen before
//
// Thread safety: all methods may be called concurrently; one short lock.
// Bounded: about 30 bytes for each id, `capacity` ids. Time: handed in; one that steps back keeps ids
// longer.
class RecentIds {
 public:
  RecentIds(size_t capacity, absl::Duration horizon) : capacity_(capacity), horizon_(horizon) {}

  // False if the id was inserted before and is still known; it is not renewed then. `forgot_early`, if
  // not null, is set if another id had to be forgotten within the horizon, as there were too many.
  bool Insert(uint64_t id, absl::Time now, bool* forgot_early = nullptr)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const size_t capacity_;
  const absl::Duration horizon_;
  absl::Mutex mutex_;
  absl::flat_hash_set<uint64_t> known_ ABSL_GUARDED_BY(mutex_);
  // In the order of insertion.
  std::deque<std::pair<uint64_t, absl::Time>> order_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
