#include "shadow/global_budget.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace warmpath {

void SlidingSum::Advance(absl::Time now) {
  const int64_t cell = absl::ToUnixSeconds(now) / absl::ToInt64Seconds(cell_);
  if (cell <= newest_) return;
  const int64_t passed = std::min<int64_t>(cell - newest_, cells_.size());
  for (int64_t i = 0; i < passed; ++i) cells_[(cell - i) % cells_.size()] = 0;
  newest_ = cell;
}

// Added up each time, as amounts that come and go would leave rests of their rounding. More may
// have been taken back than the hour still holds.
double SlidingSum::sum() const {
  return std::max(0.0, std::accumulate(cells_.begin(), cells_.end(), 0.0));
}

void GlobalShadowBudget::Configure(const v1::ShadowConfig& config) {
  absl::MutexLock lock(&mutex_);
  config_ = config;
}

std::optional<std::string_view> GlobalShadowBudget::Reserve(int64_t tokens, double usd,
                                                            absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Advance(now);
  if (config_.max_requests_per_minute() > 0 &&
      requests_.sum() + 1 > config_.max_requests_per_minute()) {
    return "global_rate";
  }
  if (config_.max_tokens_per_hour() > 0 && tokens_.sum() + static_cast<double>(tokens) >
                                               static_cast<double>(config_.max_tokens_per_hour())) {
    return "global_tokens";
  }
  if (config_.max_usd_per_hour() > 0 && usd_.sum() + usd > config_.max_usd_per_hour()) {
    return "global_money";
  }
  requests_.Add(1);
  tokens_.Add(static_cast<double>(tokens));
  usd_.Add(usd);
  return std::nullopt;
}

void GlobalShadowBudget::Correct(int64_t tokens, double usd) {
  absl::MutexLock lock(&mutex_);
  tokens_.Add(static_cast<double>(tokens));
  usd_.Add(usd);
}

GlobalShadowBudget::Spent GlobalShadowBudget::SpentAt(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Advance(now);
  return {std::llround(requests_.sum()), std::llround(tokens_.sum()), usd_.sum()};
}

void GlobalShadowBudget::Advance(absl::Time now) {
  requests_.Advance(now);
  tokens_.Advance(now);
  usd_.Advance(now);
}

}  // namespace warmpath
