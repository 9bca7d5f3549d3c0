#include "store/database_view.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/rocksdb_status.h"

namespace warmpath {
namespace {

rocksdb::Status Closed() {
  return rocksdb::Status::TryAgain("it could not be opened again after an error of the disk");
}

}  // namespace

OpenDatabase::~OpenDatabase() {
  if (db == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  db->Close().PermitUncheckedError();
}

absl::StatusOr<std::optional<std::string>> DatabaseView::Get(ColumnFamily family,
                                                             std::string_view key) const {
  if (!is_open()) return ReadError(Closed(), family);
  std::string value;
  const rocksdb::Status status =
      db()->Get({}, Handle(family), rocksdb::Slice(key.data(), key.size()), &value);
  if (status.ok()) return std::optional(std::move(value));
  if (status.IsNotFound()) return std::optional<std::string>();
  return ReadError(status, family);
}

std::unique_ptr<rocksdb::Iterator> DatabaseView::NewIterator(
    ColumnFamily family, const rocksdb::ReadOptions& options) const {
  return std::unique_ptr<rocksdb::Iterator>(
      is_open() ? db()->NewIterator(options, Handle(family)) : rocksdb::NewErrorIterator(Closed()));
}

absl::Status DatabaseView::Check(const rocksdb::Iterator& iterator, ColumnFamily family) const {
  return ReadError(iterator.status(), family);
}

absl::StatusOr<std::optional<std::string>> DatabaseView::LastKey(ColumnFamily family) const {
  const std::unique_ptr<rocksdb::Iterator> iterator = NewIterator(family, {});
  iterator->SeekToLast();
  if (iterator->Valid()) return std::optional(iterator->key().ToString());
  RETURN_IF_ERROR(Check(*iterator, family));
  return std::optional<std::string>();
}

absl::Status DatabaseView::ReadError(const rocksdb::Status& status, ColumnFamily family) const {
  const std::string path = is_open() ? absl::StrCat(" ", open_->path) : "";
  return FromRocksDb(status, absl::StrCat("store", path, ": ",
                                          kColumnFamilyNames[static_cast<size_t>(family)],
                                          " cannot be read"));
}

}  // namespace warmpath
