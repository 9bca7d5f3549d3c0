// What was mirrored, what was not, and why.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// Counts exchanges by kind of turn, and the fate of every sampled one for each candidate path. Counts
// start at zero with the process.
//
// Thread safety: all methods may be called concurrently.
// Invariant: for each path, sampled = mirrored + dropped over all reasons + pending.
class CoverageCounters {
 public:
  // A live exchange was offered. `skip_reason` empty: it is sampled.
  void Offered(std::string_view workflow, v1::TurnType turn_type, bool streaming,
               std::string_view skip_reason) ABSL_LOCKS_EXCLUDED(mutex_);

  void Sampled(std::string_view workflow, std::string_view path) ABSL_LOCKS_EXCLUDED(mutex_);
  void Mirrored(std::string_view workflow, std::string_view path) ABSL_LOCKS_EXCLUDED(mutex_);
  void Dropped(std::string_view workflow, std::string_view path, std::string_view reason)
      ABSL_LOCKS_EXCLUDED(mutex_);

  v1::MirrorCounts Counts(std::string_view workflow, std::string_view path) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<v1::Coverage> Coverage(std::string_view workflow) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using PathKey = std::pair<std::string, std::string>;
  struct TurnKey {
    std::string workflow;
    v1::TurnType turn_type;
    bool streaming;
    auto operator<=>(const TurnKey&) const = default;
  };

  v1::MirrorCounts& PathLocked(std::string_view workflow, std::string_view path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<PathKey, v1::MirrorCounts> paths_ ABSL_GUARDED_BY(mutex_);
  std::map<TurnKey, v1::Coverage> turns_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
