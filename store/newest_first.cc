#include "store/newest_first.h"

#include <algorithm>
#include <utility>

#include "store/keys.h"

namespace warmpath {
namespace {

std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// The first key of `series` that does not come after `after` in falling order.
std::string UpperBound(const std::string& series, const std::string& to,
                       const std::optional<ListPosition>& after) {
  std::string upper = to.empty() ? AfterPrefix(series) : series + to;
  if (!after.has_value()) return upper;
  std::string passed = series + after->rest;
  // Of equal rests the greater series comes first, so a smaller one still has its own ahead.
  if (series < after->series) passed.push_back('\0');
  return std::min(upper, passed);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ListSeries(const DatabaseView& view, ColumnFamily family,
                                                    std::string_view prefix, int texts) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> iterator = view.NewIterator(family, options);
  std::vector<std::string> series;
  iterator->Seek(rocksdb::Slice(prefix.data(), prefix.size()));
  while (iterator->Valid()) {
    const std::string_view key = ToView(iterator->key());
    if (key.substr(0, prefix.size()) != prefix) break;
    std::string_view rest = key;
    std::string text;
    for (int i = 0; i < texts; ++i) {
      if (!ConsumeText(&rest, &text)) return absl::DataLossError("a key of the store is damaged");
    }
    series.emplace_back(key.substr(0, key.size() - rest.size()));
    iterator->Seek(AfterPrefix(series.back()));
  }
  if (absl::Status status = view.Check(*iterator, family); !status.ok()) return status;
  return series;
}

NewestFirst::NewestFirst(const DatabaseView& view, ColumnFamily family,
                         const std::vector<std::string>& series, const SeriesRange& range,
                         const std::optional<ListPosition>& after)
    : view_(view), family_(family) {
  if (view_.is_open()) snapshot_.emplace(view_.db());
  for (const std::string& name : series) {
    auto cursor = std::make_unique<Cursor>();
    cursor->series = name;
    cursor->lower = name + range.from;
    cursor->upper = UpperBound(name, range.to, after);
    if (cursor->upper <= cursor->lower) continue;
    cursor->lower_slice = cursor->lower;
    cursor->upper_slice = cursor->upper;
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_.has_value() ? snapshot_->snapshot() : nullptr;
    options.iterate_lower_bound = &cursor->lower_slice;
    options.iterate_upper_bound = &cursor->upper_slice;
    cursor->iterator = view_.NewIterator(family, options);
    cursor->iterator->SeekToLast();
    Load(cursor.get());
    cursors_.push_back(std::move(cursor));
  }
  ChooseCurrent();
}

void NewestFirst::Load(Cursor* cursor) {
  if (cursor->iterator->Valid()) {
    cursor->rest = ToView(cursor->iterator->key()).substr(cursor->series.size());
    return;
  }
  if (status_.ok()) status_ = view_.Check(*cursor->iterator, family_);
}

void NewestFirst::ChooseCurrent() {
  current_ = nullptr;
  if (!status_.ok()) return;
  for (const std::unique_ptr<Cursor>& cursor : cursors_) {
    if (!cursor->iterator->Valid()) continue;
    if (current_ == nullptr || std::pair(cursor->rest, std::string_view(cursor->series)) >
                                   std::pair(current_->rest, std::string_view(current_->series))) {
      current_ = cursor.get();
    }
  }
}

void NewestFirst::Next() {
  current_->iterator->Prev();
  Load(current_);
  ChooseCurrent();
}

std::string_view NewestFirst::value() const { return ToView(current_->iterator->value()); }

}  // namespace warmpath
