#include "gateway/path_limit.h"

#include <algorithm>

namespace warmpath {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;

}  // namespace

PathLimit::PathLimit(double max_requests_per_second, int32_t max_concurrency)
    : nanos_per_request_(
          max_requests_per_second > 0
              ? std::max<int64_t>(1, static_cast<int64_t>(kNanosPerSecond / max_requests_per_second))
              : 0),
      max_concurrency_(max_concurrency) {}

PathLimit::Pass& PathLimit::Pass::operator=(Pass&& other) noexcept {
  if (this == &other) return *this;
  Leave();
  limit_ = other.limit_;
  other.limit_ = nullptr;
  return *this;
}

void PathLimit::Pass::Leave() {
  if (limit_ != nullptr) limit_->in_flight_.fetch_sub(1, std::memory_order_relaxed);
  limit_ = nullptr;
}

bool PathLimit::TryEnter(absl::Time now, Pass& pass) {
  const int32_t before = in_flight_.fetch_add(1, std::memory_order_relaxed);
  const bool room = max_concurrency_ <= 0 || before < max_concurrency_;
  if (!room || !TakeTurn(now)) {
    in_flight_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  pass = Pass();
  pass.limit_ = this;
  return true;
}

bool PathLimit::TakeTurn(absl::Time now) {
  if (nanos_per_request_ == 0) return true;
  const int64_t now_nanos = absl::ToUnixNanos(now);
  // A rate below one a second still lets a single request through at once.
  const int64_t ahead = std::max<int64_t>(0, kNanosPerSecond - nanos_per_request_);
  int64_t due = due_nanos_.load(std::memory_order_relaxed);
  while (true) {
    if (due > now_nanos + ahead) return false;
    const int64_t next = std::max(due, now_nanos) + nanos_per_request_;
    if (due_nanos_.compare_exchange_weak(due, next, std::memory_order_relaxed)) return true;
  }
}

}  // namespace warmpath
