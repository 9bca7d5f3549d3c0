// Reading several series as one list, newest first.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/snapshot.h"
#include "store/database_view.h"
#include "store/page_token.h"

namespace warmpath {

// The starts, each of `texts` text parts, that keys beginning with `prefix` have, each once, in order.
// Reads one key of each.
absl::StatusOr<std::vector<std::string>> ListSeries(const DatabaseView& view, ColumnFamily family,
                                                    std::string_view prefix, int texts);

// What part of each series is read: `from` <= rest of the key < `to`; empty: no bound.
struct SeriesRange {
  std::string from;
  std::string to;
};

// A NewestFirst walks over the records of some series in falling order of what follows the series in
// their keys (a time or an id, so: newest first), and of the series where that is equal. It reads no
// record of other series, and of its own only those it passes.
//
//   for (NewestFirst list(view, family, series, range, after); list.Valid(); list.Next()) ...
//   RETURN_IF_ERROR(list.status());
//
// Thread safety: thread-compatible. Sees the database as it was when made.
class NewestFirst {
 public:
  NewestFirst(const DatabaseView& view, ColumnFamily family, const std::vector<std::string>& series,
              const SeriesRange& range, const std::optional<ListPosition>& after);

  bool Valid() const { return current_ != nullptr; }
  void Next();
  // REQUIRES for these three: Valid().
  std::string_view rest() const { return current_->rest; }
  std::string_view value() const;
  ListPosition position() const { return {current_->series, std::string(current_->rest)}; }
  // Why it ended before its end; OK if it didn't.
  absl::Status status() const { return status_; }

 private:
  struct Cursor {
    std::string series;
    std::string lower;
    std::string upper;
    rocksdb::Slice lower_slice;
    rocksdb::Slice upper_slice;
    std::unique_ptr<rocksdb::Iterator> iterator;
    std::string_view rest;
  };

  void Load(Cursor* cursor);
  void ChooseCurrent();

  const DatabaseView view_;
  const ColumnFamily family_;
  std::optional<rocksdb::ManagedSnapshot> snapshot_;
  std::vector<std::unique_ptr<Cursor>> cursors_;
  Cursor* current_ = nullptr;
  absl::Status status_;
};

}  // namespace warmpath
