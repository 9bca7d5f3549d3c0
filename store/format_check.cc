#include "store/format_check.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/column_families.h"
#include "store/database.h"

namespace warmpath {
namespace {

// Keeps RocksDB from writing its own log into a folder that may be in use.
class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

bool IsKnown(const std::string& family) {
  return family == rocksdb::kDefaultColumnFamilyName ||
         std::find(kColumnFamilyNames.begin(), kColumnFamilyNames.end(), family) !=
             kColumnFamilyNames.end();
}

// The stored format version; empty if it can't be read.
std::string ReadFormat(const std::string& path, const rocksdb::DBOptions& options) {
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, {}}, {kColumnFamilyNames[0], {}}};
  OpenDatabase open;
  rocksdb::DB* db = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(options, path, families, &open.handles, &db).ok()) return "";
  open.db.reset(db);
  std::string format;
  return db->Get({}, open.handles[1], kFormatKey, &format).ok() ? format : "";
}

}  // namespace

absl::Status CheckFormatText(const std::string& path, const std::string& format) {
  int version = 0;
  if (!absl::SimpleAtoi(format, &version) || version < 1) {
    return absl::DataLossError(absl::StrCat(
        "store ", path, " has no readable format version; restore the folder from a backup, or ",
        "move it away to start with an empty one"));
  }
  if (version > kStoreFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        "store ", path, " has format ", version, ", this warmpathd reads up to ", kStoreFormat,
        ": start the version that wrote it, or give this one a folder of its own"));
  }
  return absl::OkStatus();
}

absl::Status CheckFormat(const std::string& path, rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env;
  options.info_log = std::make_shared<SilentLogger>();
  options.max_open_files = 16;
  std::vector<std::string> families;
  if (!rocksdb::DB::ListColumnFamilies(options, path, &families).ok()) return absl::OkStatus();
  if (std::find(families.begin(), families.end(), kColumnFamilyNames[0]) != families.end()) {
    const std::string format = ReadFormat(path, options);
    if (!format.empty()) RETURN_IF_ERROR(CheckFormatText(path, format));
  }
  const auto unknown = std::find_if_not(families.begin(), families.end(), IsKnown);
  if (unknown == families.end()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "store ", path, " holds the column family '", *unknown, "', which this warmpathd does not ",
      "know: a newer version or another program wrote it; give this one a folder of its own"));
}

}  // namespace warmpath
