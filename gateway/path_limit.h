// How many live requests one path takes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/time/time.h"

namespace warmpath {

// A PathLimit bounds a path's live requests in number at a time and in number per second, over all
// threads.
//
//   PathLimit::Pass pass;
//   if (!limit.TryEnter(clock.Now(), pass)) …try the next path…
//   …call; `pass` leaves when it is destroyed.
//
// The rate is a virtual schedule (generic cell rate algorithm, ITU-T I.371): a request may come up to
// one second's worth ahead of it, so a burst as large as the rate passes after a quiet second.
//
// Thread safety: all methods may be called concurrently, and never wait.
// Ownership: a Pass borrows the limit.
class PathLimit {
 public:
  // 0: no limit.
  PathLimit(double max_requests_per_second, int32_t max_concurrency);

  class Pass {
   public:
    Pass() = default;
    Pass(Pass&& other) noexcept : limit_(other.limit_) { other.limit_ = nullptr; }
    Pass& operator=(Pass&& other) noexcept;
    ~Pass() { Leave(); }

   private:
    friend class PathLimit;
    void Leave();
    PathLimit* limit_ = nullptr;
  };

  // Takes a place. False: there is none now.
  bool TryEnter(absl::Time now, Pass& pass);

  int32_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  bool TakeTurn(absl::Time now);

  const int64_t nanos_per_request_;  // 0: no limit
  const int32_t max_concurrency_;
  std::atomic<int32_t> in_flight_{0};
  // When the next request is due if requests come just at the rate.
  std::atomic<int64_t> due_nanos_{0};
};

}  // namespace warmpath
