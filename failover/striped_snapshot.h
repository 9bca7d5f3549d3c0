// A value that is replaced whole and read by many threads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace warmpath {

// The stripe of the calling thread: threads get them in turn.
inline size_t ThreadStripe() {
  static std::atomic<size_t> next{0};
  thread_local const size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

// A StripedSnapshot hands out the value that was set last.
//
//   StripedSnapshot<Plan> plan(first);
//   plan.Set(second);                                // now and then
//   std::shared_ptr<const Plan> seen = plan.Get();   // on every request
//
// Each stripe of threads has a reference count and a lock of its own, on cache lines of its own: up to
// kStripes threads read without touching what another one touches, and meet only Set.
//
// Thread safety: all methods may be called concurrently.
template <typename T>
class StripedSnapshot {
 public:
  explicit StripedSnapshot(std::shared_ptr<const T> value) { Set(std::move(value)); }

  std::shared_ptr<const T> Get() const {
    const Stripe& stripe = stripes_[ThreadStripe() % kStripes];
    absl::MutexLock lock(&stripe.mutex);
    return stripe.value;
  }

  void Set(std::shared_ptr<const T> value) {
    for (Stripe& stripe : stripes_) {
      // A holder of its own, and with it a reference count of its own.
      auto holder = std::make_shared<const std::shared_ptr<const T>>(value);
      std::shared_ptr<const T> own(holder, value.get());
      absl::MutexLock lock(&stripe.mutex);
      stripe.value.swap(own);
    }
  }

 private:
  static constexpr size_t kStripes = 16;

  struct alignas(64) Stripe {
    mutable absl::Mutex mutex;
    std::shared_ptr<const T> value ABSL_GUARDED_BY(mutex);
  };

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace warmpath
