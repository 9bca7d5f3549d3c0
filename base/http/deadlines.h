// Coarse time-outs for many sockets without a timer per operation.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "boost/asio/io_context.hpp"

namespace warmpath {

class Deadline;

// All the time-outs of one io_context: a wheel of intrusive lists that ONE steady_timer turns
// every 50 ms, and only while something is armed.
//
//   Deadlines deadlines(io);
//   Deadline deadline(deadlines, [&] { socket.close(); });
//   deadline.Set(absl::Seconds(5));   // O(1), no system call
//   ...
//   deadline.Clear();
//
// Time: an entry expires between its duration and about two ticks (100 ms) after it; never early.
// Thread safety: none; the object and its entries belong to the thread that runs `io`.
// Ownership: borrows `io`. Entries unlink themselves; they may outlive the wheel, but then never
// expire.
class Deadlines {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kTick{50};

  explicit Deadlines(boost::asio::io_context& io);
  ~Deadlines();
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  // Steady time to about 4 ms, which is a third of the price of steady_clock::now().
  static TimePoint Now();

  // How many entries are armed.
  size_t armed() const;

 private:
  friend class Deadline;
  struct Wheel;
  std::shared_ptr<Wheel> wheel_;
};

// One time-out that may be set and cleared any number of times.
//
// The callback runs on the io_context's thread, at most once per Set(). It may set, clear or
// destroy any Deadline, its own included.
// Thread safety: as Deadlines. Ownership: shares the wheel, owns the callback.
class Deadline {
 public:
  using TimePoint = Deadlines::TimePoint;

  Deadline(Deadlines& deadlines, absl::AnyInvocable<void()> on_expire);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // Arms it, replacing an earlier time. InfiniteDuration() clears; zero or less expires at the
  // next tick.
  void Set(absl::Duration after);
  void SetAt(TimePoint when);  // TimePoint::max() clears
  void Clear();

  bool armed() const { return armed_; }
  // Whether the last Set() ran out; Set() and Clear() reset it.
  bool expired() const { return expired_; }

 private:
  friend struct Deadlines::Wheel;

  void Unlink();

  std::shared_ptr<Deadlines::Wheel> wheel_;
  std::shared_ptr<absl::AnyInvocable<void()>> on_expire_;
  Deadline* previous_ = nullptr;
  Deadline* next_ = nullptr;
  int64_t due_tick_ = 0;     // when it expires, meaningful if armed_
  int64_t linked_tick_ = 0;  // the slot it stands in, at or before due_tick_
  bool armed_ = false;
  bool expired_ = false;
};

// TimePoint that is `after` from now; TimePoint::max() for InfiniteDuration().
Deadlines::TimePoint DeadlineAfter(absl::Duration after);

}  // namespace warmpath
