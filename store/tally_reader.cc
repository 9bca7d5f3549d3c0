#include "store/tally_reader.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "base/proto_time.h"
#include "base/status_macros.h"
#include "store/keys.h"

namespace warmpath {
namespace {

constexpr size_t kTimeBytes = 8;

std::string TimeBytes(absl::Time time) {
  std::string bytes;
  AppendTime(time, &bytes);
  return bytes;
}

absl::Status AddEntry(std::string_view key, std::string_view value,
                      std::vector<v1::TallyEntry>* entries) {
  TallyKey parts;
  v1::TallyEntry entry;
  if (!DecodeKey(key, &parts) ||
      !entry.mutable_tally()->ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return absl::DataLossError("a tally of the store is damaged");
  }
  entry.set_workflow(std::move(parts.workflow));
  entry.set_path(std::move(parts.path));
  entry.set_evidence_key(std::move(parts.evidence_key));
  entry.set_dimension(parts.dimension);
  *entry.mutable_bucket_time() = ToProto(parts.bucket_time);
  entries->push_back(std::move(entry));
  return absl::OkStatus();
}

bool Earlier(const v1::TallyEntry& a, const v1::TallyEntry& b) {
  return std::pair(a.bucket_time().seconds(), a.bucket_time().nanos()) <
         std::pair(b.bucket_time().seconds(), b.bucket_time().nanos());
}

}  // namespace

absl::StatusOr<std::vector<v1::TallyEntry>> ReadTallies(const DatabaseView& view,
                                                        const std::string& workflow,
                                                        const std::string& path, absl::Time start,
                                                        absl::Time end) {
  const std::string prefix = path.empty() ? TextsKey(workflow) : TextsKey(workflow, path);
  const std::string upper = AfterPrefix(prefix);
  const rocksdb::Slice upper_slice = upper;
  const std::string first = TimeBytes(start), limit = TimeBytes(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_slice;
  const std::unique_ptr<rocksdb::Iterator> iterator =
      view.NewIterator(ColumnFamily::kTallies, options);
  std::vector<v1::TallyEntry> entries;
  iterator->Seek(prefix);
  while (iterator->Valid()) {
    const std::string_view key(iterator->key().data(), iterator->key().size());
    if (key.size() < kTimeBytes) return absl::DataLossError("a key of the store is damaged");
    const std::string_view series = key.substr(0, key.size() - kTimeBytes);
    const std::string_view time = key.substr(series.size());
    if (time < first) {
      iterator->Seek(std::string(series) + first);
    } else if (time >= limit) {
      iterator->Seek(AfterPrefix(series));
    } else {
      const rocksdb::Slice value = iterator->value();
      RETURN_IF_ERROR(AddEntry(key, {value.data(), value.size()}, &entries));
      iterator->Next();
    }
  }
  RETURN_IF_ERROR(view.Check(*iterator, ColumnFamily::kTallies));
  std::stable_sort(entries.begin(), entries.end(), Earlier);
  return entries;
}

}  // namespace warmpath
