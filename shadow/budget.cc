#include "shadow/budget.h"

#include <algorithm>

namespace warmpath {
namespace {

// A token of English or JSON is about four bytes; the estimate only has to be of the right size.
constexpr int64_t kBytesPerToken = 4;
// What an answer is assumed to take before its usage is known.
constexpr int64_t kEstimatedOutputTokens = 500;

}  // namespace

void ShadowBudget::Configure(const v1::MirrorConfig& config, const v1::PriceConfig& price) {
  absl::MutexLock lock(&mutex_);
  config_ = config;
  price_ = price;
}

std::optional<std::string_view> ShadowBudget::Reserve(int64_t request_bytes, absl::Time now,
                                                      Reservation& out) {
  absl::MutexLock lock(&mutex_);
  RollDay(now);
  RefillRate(now);
  if (in_flight_ >= config_.max_concurrency()) return "concurrency";
  if (*rate_tokens_ < 1) return "rate";
  const int64_t input = request_bytes / kBytesPerToken;
  const Reservation wanted{input + kEstimatedOutputTokens, Usd(input, kEstimatedOutputTokens)};
  if (config_.max_tokens_per_day() > 0 &&
      day_tokens_ + wanted.tokens > config_.max_tokens_per_day()) {
    return "tokens";
  }
  if (config_.max_usd_per_day() > 0 && day_usd_ + wanted.usd > config_.max_usd_per_day()) {
    return "money";
  }
  if (all_ != nullptr) {
    if (const auto refused = all_->Reserve(wanted.tokens, wanted.usd, now)) return refused;
  }
  *rate_tokens_ -= 1;
  ++in_flight_;
  day_tokens_ += wanted.tokens;
  day_usd_ += wanted.usd;
  out = wanted;
  return std::nullopt;
}

void ShadowBudget::Finish(const Reservation& reservation, const v1::Usage* usage) {
  absl::MutexLock lock(&mutex_);
  --in_flight_;
  if (usage == nullptr) return;
  const int64_t tokens = usage->input_tokens() + usage->output_tokens() - reservation.tokens;
  const double usd = Usd(usage->input_tokens(), usage->output_tokens()) - reservation.usd;
  day_tokens_ += tokens;
  day_usd_ += usd;
  if (all_ != nullptr) all_->Correct(tokens, usd);
}

void ShadowBudget::RollDay(absl::Time now) {
  const int64_t day = absl::ToUnixSeconds(now) / 86400;
  if (day == day_) return;
  day_ = day;
  day_tokens_ = 0;
  day_usd_ = 0;
}

void ShadowBudget::RefillRate(absl::Time now) {
  // One second's worth may be spent at once, and always at least one request.
  const double capacity = std::max(1.0, config_.max_requests_per_second());
  if (!rate_tokens_) {
    rate_tokens_ = capacity;
  } else {
    const double elapsed = std::max(0.0, absl::ToDoubleSeconds(now - rate_time_));
    rate_tokens_ = std::min(capacity, *rate_tokens_ + elapsed * config_.max_requests_per_second());
  }
  rate_time_ = now;
}

double ShadowBudget::Usd(int64_t input_tokens, int64_t output_tokens) const {
  return (input_tokens * price_.input_usd_per_million() +
          output_tokens * price_.output_usd_per_million()) /
         1e6;
}

}  // namespace warmpath
