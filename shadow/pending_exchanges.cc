#include "shadow/pending_exchanges.h"

#include <utility>

namespace warmpath {

PendingExchanges::Mark& PendingExchanges::Mark::operator=(Mark&& other) noexcept {
  if (this == &other) return *this;
  Release();
  owner_ = std::exchange(other.owner_, nullptr);
  entry_ = other.entry_;
  return *this;
}

void PendingExchanges::Mark::Release() {
  PendingExchanges* const owner = std::exchange(owner_, nullptr);
  if (owner == nullptr) return;
  absl::MutexLock lock(&owner->mutex_);
  owner->entries_.erase(entry_);
}

PendingExchanges::Mark PendingExchanges::Await(std::string_view workflow, std::string_view path,
                                               absl::Time time) {
  Mark mark;
  mark.owner_ = this;
  absl::MutexLock lock(&mutex_);
  mark.entry_ = entries_.insert(Entry{std::string(workflow), std::string(path), time});
  return mark;
}

absl::Time PendingExchanges::Oldest(std::string_view workflow, std::string_view path) const {
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.lower_bound(View(workflow, path, absl::InfinitePast()));
  if (entry == entries_.end() || entry->workflow != workflow || entry->path != path) {
    return absl::InfiniteFuture();
  }
  return entry->time;
}

}  // namespace warmpath
