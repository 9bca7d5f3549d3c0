#include "store/commit_queue.h"

#include <algorithm>

#include "base/status_macros.h"

namespace warmpath {
namespace {

constexpr size_t kMaxGroup = 512;

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

void CommitBatch::Put(ColumnFamily family, std::string_view key, std::string_view value) {
  batch_.Put(view_.Handle(family), ToSlice(key), ToSlice(value));
}

rocksdb::WriteBatch CommitBatch::Finish() && {
  for (const auto& [key, tally] : tallies_) {
    batch_.Merge(view_.Handle(ColumnFamily::kTallies), key, tally.SerializeAsString());
  }
  return std::move(batch_);
}

absl::Status CommitQueue::Commit(absl::FunctionRef<void(CommitBatch&)> fill, bool sync) {
  Entry entry{fill, sync, false, {}};
  std::vector<Entry*> group;
  {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(&entry);
    const auto my_turn = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return entry.done || (!writing_ && waiting_.front() == &entry);
    };
    mutex_.Await(absl::Condition(&my_turn));
    if (entry.done) return entry.status;
    writing_ = true;
    group = TakeGroup();
  }
  const absl::Status status = WriteGroup(group);
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  for (Entry* member : group) {
    member->status = status;
    member->done = true;
  }
  return status;
}

std::vector<CommitQueue::Entry*> CommitQueue::TakeGroup() {
  const auto end = waiting_.begin() + std::min(waiting_.size(), kMaxGroup);
  std::vector<Entry*> group(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return group;
}

absl::Status CommitQueue::WriteGroup(const std::vector<Entry*>& group) {
  RETURN_IF_ERROR(database_.PrepareWrite());
  CommitBatch batch(database_.View());
  bool sync = false;
  for (Entry* member : group) {
    member->fill(batch);
    sync = sync || member->sync;
  }
  return database_.Write(std::move(batch).Finish(), sync);
}

}  // namespace warmpath
