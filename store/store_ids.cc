#include "store/store_ids.h"

#include "absl/strings/str_cat.h"
#include "base/string_view.h"

namespace warmpath {

void StoreIds::StartAfter(std::string_view id) {
  const absl::StatusOr<absl::Time> time = StoreIdTime(id);
  if (!time.ok()) return;
  absl::MutexLock lock(&mutex_);
  // The generator never goes back, so one id of the next millisecond, thrown away, moves it there.
  generator_.Next("", *time + absl::Milliseconds(1));
}

std::string StoreIds::Next(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  return generator_.Next("", now).substr(1);
}

absl::StatusOr<absl::Time> StoreIdTime(std::string_view id) {
  if (id.find('_') != std::string_view::npos) return IdTime(id);
  return IdTime(absl::StrCat("_", ToAbsl(id)));
}

std::string IdBefore(absl::Time time) {
  // 48 bits of time and two of nothing are ten digits; any id of the millisecond goes on behind them.
  constexpr size_t kTimeDigits = 10;
  return IdGenerator(0).Next("", time).substr(1, kTimeDigits);
}

}  // namespace warmpath
