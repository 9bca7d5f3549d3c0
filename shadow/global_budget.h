// What all shadows together may spend.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// The sum over the last minute or hour, in 60 cells: exact to one cell.
class SlidingSum {
 public:
  explicit SlidingSum(absl::Duration cell) : cell_(cell) {}
  // Forgets what is older than 60 cells. A clock that steps back stands still.
  void Advance(absl::Time now);
  // In the cell of the last Advance.
  void Add(double amount) { cells_[newest_ % cells_.size()] += amount; }
  double sum() const;

 private:
  absl::Duration cell_;
  std::array<double, 60> cells_{};
  int64_t newest_ = 0;
};

// A GlobalShadowBudget bounds the shadows of all workflows: requests in a minute, tokens and money
// in an hour, each over the last 60 s or 60 min as they pass. Who comes first is served; that the
// floors of all come before proofs is seen to by the shares, which are worked out so as to stay
// within.
//
// Thread safety: all methods may be called concurrently; each holds a short lock.
class GlobalShadowBudget {
 public:
  // Takes new limits; what is spent stays spent. 0: no limit.
  void Configure(const v1::ShadowConfig& config) ABSL_LOCKS_EXCLUDED(mutex_);

  // Books one request with an estimate. On refusal says why, and books nothing: "global_rate",
  // "global_tokens" or "global_money".
  std::optional<std::string_view> Reserve(int64_t tokens, double usd, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Books what was used beyond the estimate, or less.
  void Correct(int64_t tokens, double usd) ABSL_LOCKS_EXCLUDED(mutex_);

  struct Spent {
    int64_t requests_last_minute = 0;
    int64_t tokens_last_hour = 0;
    double usd_last_hour = 0;
  };
  Spent SpentAt(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Advance(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  v1::ShadowConfig config_ ABSL_GUARDED_BY(mutex_);
  SlidingSum requests_ ABSL_GUARDED_BY(mutex_){absl::Seconds(1)};
  SlidingSum tokens_ ABSL_GUARDED_BY(mutex_){absl::Minutes(1)};
  SlidingSum usd_ ABSL_GUARDED_BY(mutex_){absl::Minutes(1)};
};

}  // namespace warmpath
