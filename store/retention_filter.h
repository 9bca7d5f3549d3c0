// Forgetting by age.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "base/clock.h"
#include "rocksdb/compaction_filter.h"

namespace warmpath {

// The time that a key's age counts from; none: the record is kept for good.
using KeyTime = std::optional<absl::Time> (*)(std::string_view key);

// Drops records, while RocksDB compacts them anyway, whose key is older than `retention`.
//
// Thread safety: RocksDB calls it from its own threads; `clock` must allow that.
// Ownership: borrows `clock`, which must outlive the database.
// Time: one reading of the clock serves a whole compaction. A record exactly as old as `retention`
//   is kept.
std::shared_ptr<rocksdb::CompactionFilterFactory> NewRetentionFilterFactory(
    KeyTime key_time, absl::Duration retention, const Clock& clock);

}  // namespace warmpath
