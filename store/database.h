// The RocksDB database under a store: opening it safely, and writing again after an error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "store/column_families.h"
#include "store/store_options.h"

namespace warmpath {

// The newest format that this code reads and the one it writes; docs/store_format.md.
inline constexpr int kStoreFormat = 1;
// How often, at most, a write tries to make the database writable again. RocksDB may take a second for
// each try that fails.
inline constexpr absl::Duration kResumeInterval = absl::Seconds(5);

// A Database is one open folder, held against every other process.
//
// Thread safety: all methods may be called concurrently, but Write: see there.
// Ownership: borrows `clock` and `options.env`.
// Threads: none of its own; RocksDB uses one for flushing and one for compaction, both of low
//   priority, in the pools of the Env, which are the whole process's.
class Database {
 public:
  // Errors: FAILED_PRECONDITION if the folder is held by another process or of a newer format,
  // DATA_LOSS if it is damaged, RESOURCE_EXHAUSTED on a full disk, INTERNAL otherwise.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const ScoreStoreOptions& options,
                                                        const Clock& clock);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* Handle(ColumnFamily family) const {
    return handles_[static_cast<size_t>(family) + 1];
  }
  // Drawn when the folder was created; 16 hex digits.
  const std::string& replica() const { return replica_; }

  // Writes all of `batch` or nothing. Without `sync` it survives the end of this process however it
  // ends, with it also that of the machine.
  //
  // After an error RocksDB refuses all writes. A later Write then tries, every kResumeInterval at most,
  // to make it writable again. The failed batch itself is never tried again: it may stand in the log, and
  // would count twice.
  // REQUIRES: one call at a time.
  absl::Status Write(rocksdb::WriteBatch* batch, bool sync);

  // The value, or none. DATA_LOSS or INTERNAL if it can't be read.
  absl::StatusOr<std::optional<std::string>> Get(ColumnFamily family, std::string_view key) const;
  std::unique_ptr<rocksdb::Iterator> NewIterator(ColumnFamily family,
                                                 const rocksdb::ReadOptions& options) const;
  // What went wrong on the way of an iterator, if anything.
  absl::Status Check(const rocksdb::Iterator& iterator, ColumnFamily family) const;
  // The greatest key, or none.
  absl::StatusOr<std::optional<std::string>> LastKey(ColumnFamily family) const;

  // Compacts everything, which drops what is older than its retention. Blocks.
  absl::Status Compact();

  // Why writing fails now; OK if it doesn't.
  absl::Status write_error() const;
  // What the folder's files take.
  int64_t SizeBytes() const;

 private:
  class ErrorListener;

  Database(const ScoreStoreOptions& options, const Clock& clock);
  absl::Status OpenDb();
  absl::Status CheckFormat();
  absl::Status Initialize();
  absl::Status OpenError(const rocksdb::Status& status) const;
  absl::Status UnknownFamilyError(const std::string& family) const;
  void TryToResume();
  rocksdb::Status StartNewLog();

  const ScoreStoreOptions options_;
  const Clock& clock_;
  rocksdb::Env* const env_;
  const std::shared_ptr<ErrorListener> listener_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::string replica_;

  // These two: only Write, so one thread at a time.
  bool log_broken_ = false;  // nothing may be written before a new log is started
  absl::Time last_resume_ = absl::InfinitePast();

  mutable absl::Mutex mutex_;
  absl::Status write_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
