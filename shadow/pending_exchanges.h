// Exchanges that wait for mirroring or are under way.
#pragma once

#include <atomic>
#include <cstdint>

namespace warmpath {

// PendingExchanges counts what is on its way through the mirror, in exchanges and in bytes.
//
// Thread safety: all methods may be called concurrently; none waits.
class PendingExchanges {
 public:
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

 private:
  std::atomic<int64_t> count_ = 0;
  std::atomic<int64_t> bytes_ = 0;
};

}  // namespace warmpath
