// Which conversations are under way, and what was chosen for them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/time/time.h"

namespace warmpath {

// A ConversationTable remembers, for conversations by hash, the paths that were chosen at the first
// turn, so that a conversation is in or out as a whole. A conversation that was silent for 30 min,
// or had to make room for others, is a new one when it comes back.
//
//   table.Advance(now);                                     // every 10 s
//   if (!(paths = table.Find(key))) table.Put(key, paths);  // each live request
//
// Holds 65536 conversations in half a megabyte: lines of eight, in which the one that was silent
// longest gives way.
// Thread safety: all methods may be called concurrently, and none waits: every entry is one atomic
// word. Two first turns at once may both find nothing and put their own.
// Time: as told by Advance, in epochs of 10 s; reads no clock.
class ConversationTable {
 public:
  static constexpr absl::Duration kEpoch = absl::Seconds(10);
  static constexpr uint32_t kIdleEpochs = 180;  // 30 min
  // Bits of what is remembered.
  static constexpr int kMaxPaths = 15;

  explicit ConversationTable(absl::Time now);

  void Advance(absl::Time now);
  // Tens of seconds since 1970, as of the last Advance.
  uint32_t epoch() const { return epoch_.load(std::memory_order_relaxed); }

  // What was put for a conversation that is under way.
  std::optional<uint16_t> Find(uint64_t key);
  // REQUIRES: paths < 2^kMaxPaths.
  void Put(uint64_t key, uint16_t paths);

 private:
  static constexpr int kLines = 8192;
  struct alignas(64) Line {
    std::array<std::atomic<uint64_t>, 8> entries{};
  };

  Line& LineOf(uint64_t key) const { return lines_[key % kLines]; }

  const std::unique_ptr<Line[]> lines_;
  std::atomic<uint32_t> epoch_;
};

}  // namespace warmpath
