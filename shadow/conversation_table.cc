#include "shadow/conversation_table.h"

namespace warmpath {
namespace {

// An entry: 32 bits of the key, the epoch it was last seen in (16 bits), one bit that is always
// set, and the paths (15 bits). 0: free.
constexpr uint64_t kUsed = 1 << ConversationTable::kMaxPaths;

uint64_t Pack(uint64_t key, uint32_t epoch, uint16_t paths) {
  return (key & 0xffffffff'00000000) | (uint64_t{epoch & 0xffff} << 16) | kUsed | paths;
}

bool SameKey(uint64_t entry, uint64_t key) { return entry != 0 && entry >> 32 == key >> 32; }

// Epochs since it was last seen; a clock that stepped back gives less than none.
int16_t AgeOf(uint64_t entry, uint32_t epoch) {
  return static_cast<int16_t>(static_cast<uint16_t>(epoch) - static_cast<uint16_t>(entry >> 16));
}

uint32_t EpochOf(absl::Time now) {
  return static_cast<uint32_t>(absl::ToUnixSeconds(now) /
                               absl::ToInt64Seconds(ConversationTable::kEpoch));
}

}  // namespace

ConversationTable::ConversationTable(absl::Time now)
    : lines_(new Line[kLines]), epoch_(EpochOf(now)) {}

void ConversationTable::Advance(absl::Time now) {
  epoch_.store(EpochOf(now), std::memory_order_relaxed);
}

std::optional<uint16_t> ConversationTable::Find(uint64_t key) {
  const uint32_t now = epoch();
  for (std::atomic<uint64_t>& slot : LineOf(key).entries) {
    const uint64_t entry = slot.load(std::memory_order_relaxed);
    if (!SameKey(entry, key)) continue;
    const int16_t age = AgeOf(entry, now);
    if (age > static_cast<int16_t>(kIdleEpochs)) return std::nullopt;
    const uint16_t paths = entry & (kUsed - 1);
    if (age != 0) slot.store(Pack(key, now, paths), std::memory_order_relaxed);
    return paths;
  }
  return std::nullopt;
}

void ConversationTable::Put(uint64_t key, uint16_t paths) {
  const uint32_t now = epoch();
  std::atomic<uint64_t>* oldest = nullptr;
  int oldest_age = 0;
  for (std::atomic<uint64_t>& slot : LineOf(key).entries) {
    const uint64_t entry = slot.load(std::memory_order_relaxed);
    if (entry == 0 || SameKey(entry, key)) {
      oldest = &slot;
      break;
    }
    if (const int age = AgeOf(entry, now); oldest == nullptr || age > oldest_age) {
      oldest = &slot;
      oldest_age = age;
    }
  }
  oldest->store(Pack(key, now, paths), std::memory_order_relaxed);
}

}  // namespace warmpath
