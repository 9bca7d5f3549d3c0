// Exchanges that wait for mirroring or are under way.
#pragma once

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace warmpath {

// PendingExchanges counts what is on its way through the mirror, and knows since when the oldest card
// of each path is awaited: up to then its evidence is complete (gate.md section 4, closing of buckets).
//
//   PendingExchanges::Mark mark = pending.Await("triage", "backup", dispatch_time);
//   … the card is stored, or dropped …
//   mark.Release();
//
// Thread safety: all methods may be called concurrently; a Mark belongs to one thread at a time. Add and
//   Remove never wait; Await, Release and Oldest take a short mutex.
// Ownership: must outlive its marks.
// Bounds: holds one entry for each mark that lives.
class PendingExchanges {
  struct Entry {
    std::string workflow;
    std::string path;
    absl::Time time;
  };
  using View = std::tuple<std::string_view, std::string_view, absl::Time>;
  // By workflow and path, the earliest first.
  struct Order {
    using is_transparent = void;
    static View Of(const Entry& entry) { return {entry.workflow, entry.path, entry.time}; }
    bool operator()(const Entry& a, const Entry& b) const { return Of(a) < Of(b); }
    bool operator()(const Entry& a, const View& b) const { return Of(a) < b; }
    bool operator()(const View& a, const Entry& b) const { return a < Of(b); }
  };
  using Entries = std::multiset<Entry, Order>;

 public:
  // One card that will come, or not. Move-only; its destruction releases it.
  class Mark {
   public:
    Mark() = default;
    ~Mark() { Release(); }
    Mark(Mark&& other) noexcept { *this = std::move(other); }
    Mark& operator=(Mark&& other) noexcept;
    // The card is in the store, or never will be. A second time: nothing.
    void Release();

   private:
    friend class PendingExchanges;
    PendingExchanges* owner_ = nullptr;
    Entries::iterator entry_;
  };

  void Add(int64_t bytes) {
    count_.fetch_add(1, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  void Remove(int64_t bytes) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }

  int64_t count() const { return count_.load(std::memory_order_relaxed); }
  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // A card of this path will come for what was dispatched at `time` or later.
  Mark Await(std::string_view workflow, std::string_view path, absl::Time time)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The earliest time that a card of this path is awaited for; InfiniteFuture: none is.
  absl::Time Oldest(std::string_view workflow, std::string_view path) const
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::atomic<int64_t> count_ = 0;
  std::atomic<int64_t> bytes_ = 0;
  mutable absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
