#include "store/rocksdb_status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/string_view.h"

namespace warmpath {

absl::Status FromRocksDb(const rocksdb::Status& status, std::string_view context) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat(ToAbsl(context), ": ", status.ToString());
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::SubCode::kSpaceLimit) {
    return absl::ResourceExhaustedError(
        absl::StrCat(message, "; free some space, writing then goes on by itself"));
  }
  if (status.IsCorruption()) {
    return absl::DataLossError(absl::StrCat(
        message, "; restore the folder from a backup, or move it away to start with an empty one"));
  }
  if (status.IsNotFound()) return absl::NotFoundError(message);
  if (status.IsBusy() || status.IsTryAgain() || status.IsTimedOut() || status.IsIncomplete() ||
      status.IsShutdownInProgress()) {
    return absl::UnavailableError(message);
  }
  return absl::InternalError(message);
}

}  // namespace warmpath
