// What a ScoreStore is opened with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace rocksdb {
class Env;
}

namespace warmpath {

struct ScoreStoreOptions {
  // The folder; created with its parents.
  std::string path;
  // How long cards, and the reviews of cases, are kept.
  absl::Duration card_retention = absl::Hours(24 * 30);
  // How long tallies are kept, and decisions with them: flips, drills, audit.
  absl::Duration tally_retention = absl::Hours(24 * 400);
  // How long bodies are kept and shown.
  absl::Duration body_retention = absl::Hours(24 * 7);
  // Width of a tally's time bucket; at least 1 ms. Changing it later is harmless: old buckets stay as
  // they are.
  absl::Duration tally_bucket = absl::Seconds(10);
  // Bounds RocksDB's memory: cached blocks and index parts, with recent writes counted in.
  size_t cache_bytes = size_t{32} << 20;
  // Where the random part of ids starts, for a store that is created; unset: drawn.
  std::optional<uint64_t> id_seed;
  // Null: the system's. Tests pass an in-memory or fault-injecting one. Must outlive the store.
  rocksdb::Env* env = nullptr;
};

}  // namespace warmpath
