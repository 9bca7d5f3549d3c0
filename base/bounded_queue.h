// A queue between threads that never makes the producer wait.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace warmpath {

// A BoundedQueue hands items from many producers to many consumers, first in, first out.
//
//   BoundedQueue<Exchange> queue(1000);
//   if (!queue.TryPush(std::move(exchange))) CountDrop("queue_full");  // live path: never waits
//   while (std::optional<Exchange> next = queue.Pop()) Handle(*next);  // worker
//
// Closing: Close() refuses new items at once; Pop() still hands out what is queued and then
// returns nothing, so its loop ends. To count what is left instead of handling it, empty the queue
// with TryPop().
//
// Thread safety: all methods may be called concurrently.
// Blocking: only Pop() waits. The others hold the lock for one move of a T.
template <typename T>
class BoundedQueue {
 public:
  // A queue that holds at most `capacity` items. 0 refuses every item.
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  // Adds `item` unless the queue is full or closed. When it returns false, `item` is untouched.
  [[nodiscard]] bool TryPush(T&& item) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (closed_ || items_.size() >= capacity_) return false;
    items_.push_back(std::move(item));
    return true;
  }

  // Waits for an item. Returns nothing once the queue is closed and empty.
  std::optional<T> Pop() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &BoundedQueue::ReadyLocked));
    return TakeLocked();
  }

  // Takes an item if there is one now.
  std::optional<T> TryPop() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return TakeLocked();
  }

  // Refuses new items and wakes every waiting Pop(). May be called again.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }

  bool closed() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return closed_;
  }
  size_t size() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return items_.size();
  }
  size_t capacity() const { return capacity_; }

 private:
  bool ReadyLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return closed_ || !items_.empty(); }
  std::optional<T> TakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }

  const size_t capacity_;
  mutable absl::Mutex mutex_;
  std::deque<T> items_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace warmpath
