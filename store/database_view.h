// Reading from the database.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "store/column_families.h"

namespace warmpath {

// An open RocksDB; closed when the last one who holds it lets go.
struct OpenDatabase {
  ~OpenDatabase();

  std::string path;
  std::unique_ptr<rocksdb::DB> db;
  // RocksDB's own "default", then each of ColumnFamily.
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
};

// A DatabaseView is the way in which everything reads. It keeps the database open as long as it lives,
// so hold it for one operation only: after a disk error the database is opened anew once no view is left.
//
//   const DatabaseView view = database.View();
//   ASSIGN_OR_RETURN(const std::optional<std::string> bytes, view.Get(family, key));
//
// Thread safety: all methods may be called concurrently. Iterators and snapshots must not outlive it.
// Errors: UNAVAILABLE from all methods while the database could not be opened anew.
class DatabaseView {
 public:
  // `open` may be null: closed after an error.
  explicit DatabaseView(std::shared_ptr<OpenDatabase> open) : open_(std::move(open)) {}

  // REQUIRES: is_open().
  rocksdb::DB* db() const { return open_->db.get(); }
  rocksdb::ColumnFamilyHandle* Handle(ColumnFamily family) const {
    return open_->handles[static_cast<size_t>(family) + 1];
  }
  bool is_open() const { return open_ != nullptr; }

  // The value, or none. DATA_LOSS or INTERNAL if it can't be read.
  absl::StatusOr<std::optional<std::string>> Get(ColumnFamily family, std::string_view key) const;
  std::unique_ptr<rocksdb::Iterator> NewIterator(ColumnFamily family,
                                                 const rocksdb::ReadOptions& options) const;
  // What went wrong on the way of an iterator, if anything.
  absl::Status Check(const rocksdb::Iterator& iterator, ColumnFamily family) const;
  // The greatest key, or none.
  absl::StatusOr<std::optional<std::string>> LastKey(ColumnFamily family) const;

 private:
  absl::Status ReadError(const rocksdb::Status& status, ColumnFamily family) const;

  std::shared_ptr<OpenDatabase> open_;
};

}  // namespace warmpath
