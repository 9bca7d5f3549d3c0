// Records of one kind that are listed by workflow, newest first: flips, drills, reviews, audit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "store/database_view.h"
#include "store/keys.h"
#include "store/newest_first.h"
#include "store/page_token.h"
#include "store/queries.h"

namespace warmpath {

// The key of all these records: text workflow, then the id that takes the rest.
inline std::string RecordKey(std::string_view workflow, std::string_view id) {
  return TextAndIdKey(workflow, id);
}

// DATA_LOSS if `bytes`, stored under `id` in `family`, is no Record.
template <typename Record>
absl::StatusOr<Record> ParseRecord(ColumnFamily family, std::string_view id, std::string_view bytes) {
  Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(absl::StrCat("record ", std::string(id), " in ",
                                            kColumnFamilyNames[static_cast<size_t>(family)],
                                            " of the store is damaged"));
  }
  return record;
}

// One page of the records of `query.workflow`, of all workflows if that is empty. INVALID_ARGUMENT for
// a token of another query.
template <typename Record>
absl::StatusOr<Page<Record>> ListRecords(const DatabaseView& view, ColumnFamily family,
                                         const ListQuery& query) {
  const uint64_t hash =
      StableHasher().Field(kColumnFamilyNames[static_cast<size_t>(family)]).Field(query.workflow).Digest();
  std::optional<ListPosition> after;
  if (!query.page_token.empty()) {
    ASSIGN_OR_RETURN(after, DecodePageToken(hash, query.page_token));
  }
  std::vector<std::string> series;
  if (query.workflow.empty()) {
    ASSIGN_OR_RETURN(series, ListSeries(view, family, "", 1));
  } else {
    series.push_back(TextsKey(query.workflow));
  }
  Page<Record> page;
  NewestFirst list(view, family, series, {}, after);
  std::optional<ListPosition> last;
  for (; list.Valid() && page.items.size() < PageSize(query.limit); list.Next()) {
    last = list.position();
    ASSIGN_OR_RETURN(Record record,
                     ParseRecord<Record>(family, last->rest, list.value()));
    page.items.push_back(std::move(record));
  }
  if (list.Valid() && last.has_value()) page.next_page_token = EncodePageToken(hash, *last);
  RETURN_IF_ERROR(list.status());
  return page;
}

// The record with this id, in whatever workflow; none if there is none. Looks once in each workflow.
template <typename Record>
absl::StatusOr<std::optional<Record>> FindRecord(const DatabaseView& view, ColumnFamily family,
                                                 std::string_view id) {
  ASSIGN_OR_RETURN(const std::vector<std::string> series, ListSeries(view, family, "", 1));
  for (const std::string& workflow : series) {
    ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                     view.Get(family, workflow + std::string(id)));
    if (!bytes.has_value()) continue;
    ASSIGN_OR_RETURN(Record record, ParseRecord<Record>(family, id, *bytes));
    return std::optional<Record>(std::move(record));
  }
  return std::optional<Record>();
}

// Every record of a family that is small: checkpoints, active states; in the order of their keys.
template <typename Record>
absl::StatusOr<std::vector<Record>> ReadAllRecords(const DatabaseView& view, ColumnFamily family) {
  const std::unique_ptr<rocksdb::Iterator> iterator = view.NewIterator(family, {});
  std::vector<Record> records;
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    const rocksdb::Slice value = iterator->value();
    ASSIGN_OR_RETURN(Record record,
                     ParseRecord<Record>(family, iterator->key().ToString(/*hex=*/true),
                                         {value.data(), value.size()}));
    records.push_back(std::move(record));
  }
  RETURN_IF_ERROR(view.Check(*iterator, family));
  return records;
}

}  // namespace warmpath
