// Outcomes of live requests on their way from the live threads to the next tick.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace warmpath {

// An OutcomeBuffer collects outcomes from many threads until one drains it.
//
// Thread safety: all methods may be called concurrently. Each stripe of threads has a lock of its
//   own, so live threads meet only Drain, for an instant.
// Bounded: kMaxPerStripe outcomes per stripe; further ones are dropped and counted.
class OutcomeBuffer {
 public:
  static constexpr size_t kMaxPerStripe = 65536;

  struct Outcome {
    int64_t micros = 0;
    uint32_t path = 0;  // PlannedPath::id
    uint8_t failure_class = 0;
    bool ok = true;
    bool drill = false;
  };

  void Add(const Outcome& outcome);
  // Everything since the last Drain, in the order of time.
  std::vector<Outcome> Drain();
  // Outcomes dropped so far.
  int64_t dropped() const;

 private:
  static constexpr size_t kStripes = 16;

  struct alignas(64) Stripe {
    mutable absl::Mutex mutex;
    std::vector<Outcome> outcomes ABSL_GUARDED_BY(mutex);
    int64_t dropped ABSL_GUARDED_BY(mutex) = 0;
  };

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace warmpath
