#include "gateway/recent_ids.h"

namespace warmpath {

bool RecentIds::Insert(uint64_t id, absl::Time now, bool* forgot_early) {
  absl::MutexLock lock(&mutex_);
  while (!order_.empty() && now - order_.front().second > horizon_) {
    known_.erase(order_.front().first);
    order_.pop_front();
  }
  if (!known_.insert(id).second) return false;
  order_.emplace_back(id, now);
  if (order_.size() > capacity_) {
    known_.erase(order_.front().first);
    order_.pop_front();
    if (forgot_early != nullptr) *forgot_early = true;
  }
  return true;
}

}  // namespace warmpath
