// What mirroring may spend.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "shadow/global_budget.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// A ShadowBudget bounds the shadows of one path of one workflow: requests in a second, requests at a
// time, tokens and money in a day (UTC); and keeps within what all workflows may spend together.
// Tokens and money are reserved by an estimate before a shadow is sent and corrected when its usage is
// known.
//
// Thread safety: all methods may be called concurrently.
// Ownership: borrows `all`, which must outlive it; null: no limit for all.
class ShadowBudget {
 public:
  // What one shadow holds until Finish.
  struct Reservation {
    int64_t tokens = 0;
    double usd = 0;
  };

  ShadowBudget(const v1::MirrorConfig& config, const v1::PriceConfig& price,
               GlobalShadowBudget* all = nullptr)
      : all_(all), config_(config), price_(price) {}

  // Takes new limits; what is spent stays spent.
  void Configure(const v1::MirrorConfig& config, const v1::PriceConfig& price)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Reserves room for a request of `request_bytes`. On refusal says why: "rate", "concurrency",
  // "tokens" or "money", or what GlobalShadowBudget says.
  std::optional<std::string_view> Reserve(int64_t request_bytes, absl::Time now, Reservation& out)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns the place and books what was really used; without usage the estimate stands.
  void Finish(const Reservation& reservation, const v1::Usage* usage) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void RollDay(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RefillRate(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double Usd(int64_t input_tokens, int64_t output_tokens) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  GlobalShadowBudget* const all_;
  absl::Mutex mutex_;
  v1::MirrorConfig config_ ABSL_GUARDED_BY(mutex_);
  v1::PriceConfig price_ ABSL_GUARDED_BY(mutex_);
  std::optional<double> rate_tokens_ ABSL_GUARDED_BY(mutex_);
  absl::Time rate_time_ ABSL_GUARDED_BY(mutex_);
  int64_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t day_ ABSL_GUARDED_BY(mutex_) = -1;
  int64_t day_tokens_ ABSL_GUARDED_BY(mutex_) = 0;
  double day_usd_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace warmpath
