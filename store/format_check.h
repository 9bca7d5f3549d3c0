// Whether a folder may be opened at all.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "rocksdb/env.h"

namespace warmpath {

// Keys of the column family `meta`.
inline constexpr char kFormatKey[] = "format";
inline constexpr char kReplicaKey[] = "replica";

// Checks a stored format version: FAILED_PRECONDITION if it is newer than kStoreFormat, DATA_LOSS if it
// is none.
absl::Status CheckFormatText(const std::string& path, const std::string& format);

// Looks at the format of the store in `path` without touching anything, so that a newer store stays as
// it is, and without its lock. FAILED_PRECONDITION, with the remedy, if it is newer or not a store of
// warmpath. OK if there is none yet; also if something keeps it from looking, which opening will report.
absl::Status CheckFormat(const std::string& path, rocksdb::Env* env);

}  // namespace warmpath
