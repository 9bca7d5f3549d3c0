// Who issued the signed blocks of a conversation.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace warmpath {

// Signed thinking is taken back by its issuer alone, even where another host runs the same model. The
// Signers remember which provider answered a conversation last, for those that somebody else than
// their workflow's primary answered; for all others it is the primary.
//
// Nothing is remembered, and no lock is taken, while primaries serve.
//
// Thread safety: all methods may be called concurrently.
// Limits: `max_conversations`; beyond it the oldest is forgotten, and its blocks are taken for the
//   primary's. A restart forgets all.
class Signers {
 public:
  explicit Signers(size_t max_conversations = 65536) : max_conversations_(max_conversations) {}

  // A path of `provider` answered.
  void Note(uint64_t conversation, std::string_view provider, std::string_view primary_provider)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whose blocks the conversation holds.
  std::string Find(uint64_t conversation, std::string_view primary_provider) const
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const size_t max_conversations_;
  std::atomic<bool> any_{false};
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<uint64_t, std::string> by_conversation_ ABSL_GUARDED_BY(mutex_);
  std::deque<uint64_t> oldest_first_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
