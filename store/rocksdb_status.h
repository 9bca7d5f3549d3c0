// The border between RocksDB's errors and ours.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace warmpath {

// OK stays OK; a full disk becomes RESOURCE_EXHAUSTED, damage DATA_LOSS, absence NOT_FOUND, a passing
// condition UNAVAILABLE, the rest INTERNAL. The message begins with `context` and gives the remedy
// where there is one.
absl::Status FromRocksDb(const rocksdb::Status& status, std::string_view context);

}  // namespace warmpath
