// The RocksDB database under a store: opening it safely, and writing again after an error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "rocksdb/write_batch.h"
#include "store/database_view.h"
#include "store/store_options.h"

namespace warmpath {

// The newest format that this code reads and the one it writes; docs/store_format.md.
inline constexpr int kStoreFormat = 1;

// How often, at most, a write tries to get over an error.
inline constexpr absl::Duration kReopenInterval = absl::Seconds(5);

// A Database is one folder, held against every other process.
//
// Thread safety: all methods may be called concurrently, but PrepareWrite and Write: see there.
// Ownership: borrows `clock` and `options.env`.
// Threads: none of its own; RocksDB uses one for flushing and one for compaction, both of low
//   priority, in the pools of the Env, which are the whole process's.
//
// After an error of the disk RocksDB refuses all writes; reading goes on. A later PrepareWrite, every kReopenInterval at most, sees whether the disk takes data again, and if so opens the
// database anew, which cuts off what the failed write may have left in the log. (RocksDB's own Resume
// is not used: in 7.8 it may abort the process, or leave logs behind that can't be opened any more.)
// Readers that come just then wait for that, some tenths of a second.
class Database {
 public:
  // Errors: FAILED_PRECONDITION if the folder is held by another process or of a newer format,
  // DATA_LOSS if it is damaged, RESOURCE_EXHAUSTED on a full disk, INTERNAL otherwise.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const ScoreStoreOptions& options,
                                                        const Clock& clock);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  DatabaseView View() const;
  // Drawn when the folder was created; 16 hex digits.
  const std::string& replica() const { return replica_; }

  // To be called before each Write, and before its batch is made. Where the last Write failed, tries
  // to get over that; if it can't, fails as that one did.
  // REQUIRES: one call at a time, by a thread that holds no view.
  absl::Status PrepareWrite();
  // Writes all of `batch` or nothing. Without `sync` it survives the end of this process however it
  // ends, with it also that of the machine. A batch that failed is never tried again: it may stand in
  // the log, and would count twice.
  // REQUIRES: PrepareWrite() went through, and no other Write since.
  absl::Status Write(rocksdb::WriteBatch batch, bool sync);

  // Compacts everything, which drops what is older than its retention. Blocks.
  absl::Status Compact();

  // Why writing fails now; OK if it doesn't.
  absl::Status write_error() const;
  // What the folder's files take.
  int64_t SizeBytes() const;

 private:
  class ErrorListener;

  Database(const ScoreStoreOptions& options, const Clock& clock);
  absl::Status Initialize();
  absl::StatusOr<std::shared_ptr<OpenDatabase>> OpenDb() const;
  std::shared_ptr<OpenDatabase> OpenForReading() const;
  void TryToReopen();
  absl::Status Probe() const;

  const ScoreStoreOptions options_;
  const Clock& clock_;
  rocksdb::Env* const env_;
  const std::shared_ptr<ErrorListener> listener_;
  std::string replica_;

  // These two: only PrepareWrite and Write, so one thread at a time.
  bool broken_ = false;  // nothing may be written before the database is opened anew
  absl::Time last_reopen_ = absl::InfinitePast();

  mutable absl::Mutex mutex_;
  std::shared_ptr<OpenDatabase> open_ ABSL_GUARDED_BY(mutex_);  // null: closed after an error
  absl::Status write_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
