// The column families of a store and how RocksDB keeps each.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/clock.h"
#include "rocksdb/db.h"
#include "store/store_options.h"

namespace warmpath {

// docs/store_format.md says what each holds. Names and not numbers are on disk.
enum class ColumnFamily {
  kMeta,
  kCards,
  kCardsByPath,
  kCardsByRequest,
  kTallies,
  kCheckpoints,
  kFlips,
  kActive,
  kDrills,
  kReviews,
  kAudit,
  kBodies,
};

inline constexpr std::array<const char*, 12> kColumnFamilyNames = {
    "meta",  "cards",  "cards_by_path", "cards_by_request", "tallies", "checkpoints",
    "flips", "active", "drills",        "reviews",          "audit",   "bodies"};

// What DB::Open wants: RocksDB's own "default", which stays empty, then each of ColumnFamily in order.
std::vector<rocksdb::ColumnFamilyDescriptor> DescribeColumnFamilies(const ScoreStoreOptions& options,
                                                                    const Clock& clock);

}  // namespace warmpath
