// Many writers, one batch.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/write_batch.h"
#include "store/database.h"
#include "store/database_view.h"
#include "store/keys.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {

// What one group of writers writes, all of it or nothing.
class CommitBatch {
 public:
  explicit CommitBatch(DatabaseView view) : view_(std::move(view)) {}

  void Put(ColumnFamily family, std::string_view key, std::string_view value);
  // The tally of `key` (EncodeKey(TallyKey)), to be counted into; starts at zero in each batch and is
  // added to what is stored.
  v1::Tally& TallyOf(std::string key) { return tallies_[std::move(key)]; }
  // Everything as writes. To be called once, at the end.
  rocksdb::WriteBatch Finish() &&;

 private:
  const DatabaseView view_;
  rocksdb::WriteBatch batch_;
  std::map<std::string, v1::Tally> tallies_;
};

// A CommitQueue makes one batch of what many threads write at the same time: while one batch is on its
// way to the log, the next gathers.
//
//   RETURN_IF_ERROR(queue.Commit([&](CommitBatch& batch) { batch.Put(family, key, value); }, false));
//
// Thread safety: all methods may be called concurrently.
// Ownership: borrows `database`. Threads: none; the first in the queue writes for those behind it.
// Invariant: `fill` functions run one at a time, in the order in which their batches are written, so
//   that ids drawn inside of them grow in the order of the log.
class CommitQueue {
 public:
  explicit CommitQueue(Database& database) : database_(database) {}

  // Has `fill` add its writes, maybe on another caller's thread, and waits until they are written. After an
  // error of the disk it may fail without calling `fill`. With
  // `sync` also until they are on the disk. The status is that of the whole batch.
  // REQUIRES: `fill` doesn't wait and doesn't call this queue.
  absl::Status Commit(absl::FunctionRef<void(CommitBatch&)> fill, bool sync);

 private:
  struct Entry {
    absl::FunctionRef<void(CommitBatch&)> fill;
    bool sync;
    bool done = false;
    absl::Status status;
  };

  std::vector<Entry*> TakeGroup() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteGroup(const std::vector<Entry*>& group);

  Database& database_;
  absl::Mutex mutex_;
  std::deque<Entry*> waiting_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace warmpath
