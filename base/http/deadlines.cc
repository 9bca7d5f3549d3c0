#include "base/http/deadlines.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <utility>

#include "boost/asio/steady_timer.hpp"

namespace warmpath {
namespace {

constexpr int64_t kSlots = 1024;  // 51 s a turn; a later entry is passed over and linked again
constexpr int64_t kTickNanos = std::chrono::nanoseconds(Deadlines::kTick).count();

int64_t NanosOf(Deadlines::TimePoint when) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
}

// The first tick that lies at or after `when`, and one more, so that no entry expires early.
int64_t DueTick(Deadlines::TimePoint when) { return NanosOf(when) / kTickNanos + 1; }

}  // namespace

struct Deadlines::Wheel : std::enable_shared_from_this<Deadlines::Wheel> {
  explicit Wheel(boost::asio::io_context& io) : timer(io) {}

  void Link(Deadline& entry, int64_t tick);
  void Start();
  void Sweep();
  void SweepSlot(int64_t tick);

  boost::asio::steady_timer timer;
  std::array<Deadline*, kSlots> slots{};
  int64_t current_tick = 0;  // all slots up to here are swept
  size_t armed = 0;
  bool running = false;
  bool closed = false;
};

void Deadlines::Wheel::Link(Deadline& entry, int64_t tick) {
  Deadline*& head = slots[tick % kSlots];
  entry.linked_tick_ = tick;
  entry.previous_ = nullptr;
  entry.next_ = head;
  if (head != nullptr) head->previous_ = &entry;
  head = &entry;
}

void Deadlines::Wheel::Start() {
  running = true;
  timer.expires_after(kTick);
  timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || self->closed) return;
    self->Sweep();
    self->running = false;
    if (self->armed > 0 && !self->closed) self->Start();
  });
}

void Deadlines::Wheel::Sweep() {
  const int64_t now_tick = NanosOf(Now()) / kTickNanos;
  // After a pause of more than a turn, one turn visits every slot.
  int64_t tick = std::max(current_tick + 1, now_tick - kSlots + 1);
  for (; tick <= now_tick && !closed; ++tick) {
    current_tick = tick;
    SweepSlot(tick);
  }
}

void Deadlines::Wheel::SweepSlot(int64_t tick) {
  // Callbacks may link and unlink anything, so this reads the head anew each time. What is not due
  // is linked into another slot, so the loop ends.
  Deadline*& head = slots[tick % kSlots];
  while (Deadline* entry = head) {
    entry->Unlink();
    if (!entry->armed_) continue;
    if (entry->due_tick_ > tick) {
      const bool same_slot = (entry->due_tick_ - tick) % kSlots == 0;
      Link(*entry, entry->due_tick_ - (same_slot ? 1 : 0));
      continue;
    }
    entry->armed_ = false;
    entry->expired_ = true;
    --armed;
    const auto callback = entry->on_expire_;  // survives the entry's destruction
    (*callback)();
  }
}

Deadlines::Deadlines(boost::asio::io_context& io) : wheel_(std::make_shared<Wheel>(io)) {}

Deadlines::~Deadlines() {
  wheel_->closed = true;
  wheel_->timer.cancel();
}

Deadlines::TimePoint Deadlines::Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return TimePoint(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

size_t Deadlines::armed() const { return wheel_->armed; }

Deadline::Deadline(Deadlines& deadlines, absl::AnyInvocable<void()> on_expire)
    : wheel_(deadlines.wheel_),
      on_expire_(std::make_shared<absl::AnyInvocable<void()>>(std::move(on_expire))) {}

Deadline::~Deadline() {
  Clear();
  Unlink();
}

void Deadline::Set(absl::Duration after) { SetAt(DeadlineAfter(after)); }

void Deadline::SetAt(TimePoint when) {
  if (when == TimePoint::max()) return Clear();
  expired_ = false;
  Deadlines::Wheel& wheel = *wheel_;
  if (wheel.closed) return;
  if (!wheel.running) {
    // Nothing was armed, so nothing is missed by skipping the ticks since the last sweep.
    wheel.current_tick = NanosOf(Deadlines::Now()) / kTickNanos;
    wheel.Start();
  }
  due_tick_ = std::max(DueTick(when), wheel.current_tick + 1);
  if (!armed_) {
    armed_ = true;
    ++wheel.armed;
  }
  // Standing in an earlier slot is fine: that sweep moves it on. So a time-out that is pushed back
  // at every read is not linked anew each time.
  const bool linked = linked_tick_ > wheel.current_tick && linked_tick_ <= due_tick_;
  if (linked) return;
  Unlink();
  wheel.Link(*this, due_tick_);
}

void Deadline::Clear() {
  expired_ = false;
  if (!armed_) return;
  armed_ = false;
  --wheel_->armed;
}

void Deadline::Unlink() {
  if (linked_tick_ == 0) return;
  if (previous_ != nullptr) {
    previous_->next_ = next_;
  } else if (Deadline*& head = wheel_->slots[linked_tick_ % kSlots]; head == this) {
    head = next_;
  }
  if (next_ != nullptr) next_->previous_ = previous_;
  previous_ = next_ = nullptr;
  linked_tick_ = 0;
}

Deadlines::TimePoint DeadlineAfter(absl::Duration after) {
  if (after == absl::InfiniteDuration()) return Deadlines::TimePoint::max();
  const int64_t limit = std::chrono::nanoseconds(std::chrono::hours(24 * 365)).count();
  const int64_t nanos = std::clamp<int64_t>(absl::ToInt64Nanoseconds(after), 0, limit);
  return Deadlines::Now() + std::chrono::nanoseconds(nanos);
}

}  // namespace warmpath
