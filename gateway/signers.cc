#include "gateway/signers.h"

namespace warmpath {

void Signers::Note(uint64_t conversation, std::string_view provider,
                   std::string_view primary_provider) {
  if (provider == primary_provider && !any_.load(std::memory_order_relaxed)) return;
  absl::MutexLock lock(&mutex_);
  if (provider == primary_provider) {
    // An entry that is gone is skipped when its turn to be forgotten comes.
    by_conversation_.erase(conversation);
    return;
  }
  any_.store(true, std::memory_order_relaxed);
  const auto [entry, is_new] = by_conversation_.insert_or_assign(conversation, std::string(provider));
  if (is_new) oldest_first_.push_back(conversation);
  while (oldest_first_.size() > max_conversations_) {
    by_conversation_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
}

std::string Signers::Find(uint64_t conversation, std::string_view primary_provider) const {
  if (any_.load(std::memory_order_relaxed)) {
    absl::MutexLock lock(&mutex_);
    if (const auto found = by_conversation_.find(conversation); found != by_conversation_.end()) {
      return found->second;
    }
  }
  return std::string(primary_provider);
}

}  // namespace warmpath
