// Whether a streamed answer comes fast enough to be worth waiting for.
#pragma once

#include <cstddef>

#include "absl/time/time.h"

namespace warmpath {

// A StreamPace adds up what came and how long it was waited for, in windows of 10 s of waiting. Time in
// which nobody asked for more, because the caller was slow to read, does not count.
//
// Thread safety: thread-compatible. Reads no clock.
class StreamPace {
 public:
  static constexpr absl::Duration kWindow = absl::Seconds(10);

  // 0: any pace is fast enough.
  explicit StreamPace(double min_bytes_per_second) : min_bytes_per_second_(min_bytes_per_second) {}

  // `bytes` came after `waited`. True: a window has ended, and less came in it than asked for.
  bool TooSlow(absl::Duration waited, size_t bytes) {
    waited_ += waited;
    bytes_ += static_cast<double>(bytes);
    if (waited_ < kWindow) return false;
    const bool slow = bytes_ < min_bytes_per_second_ * absl::ToDoubleSeconds(waited_);
    waited_ = absl::ZeroDuration();
    bytes_ = 0;
    return slow;
  }

 private:
  const double min_bytes_per_second_;
  absl::Duration waited_;
  double bytes_ = 0;
};

}  // namespace warmpath
