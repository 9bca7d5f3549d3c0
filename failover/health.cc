#include "failover/health.h"

#include <algorithm>
#include <string>

#include "base/proto_time.h"

namespace warmpath {
namespace {

constexpr absl::Duration kBucket = absl::Seconds(15);
constexpr absl::Duration kLongSpan = absl::Hours(1);
constexpr absl::Duration kShortSpan = absl::Minutes(5);

int64_t BucketOf(absl::Time time) {
  return absl::ToUnixSeconds(time) / absl::ToInt64Seconds(kBucket);
}

}  // namespace

const char* FailureName(v1::FailureClass failure_class) {
  switch (failure_class) {
    case v1::FAILURE_CLASS_CONNECT:
      return "connect";
    case v1::FAILURE_CLASS_TLS:
      return "tls";
    case v1::FAILURE_CLASS_TIMEOUT:
      return "timeout";
    case v1::FAILURE_CLASS_RESET:
      return "reset";
    case v1::FAILURE_CLASS_SERVER_ERROR:
      return "server_error";
    case v1::FAILURE_CLASS_OVERLOADED:
      return "overloaded";
    case v1::FAILURE_CLASS_RATE_LIMITED:
      return "rate_limited";
    case v1::FAILURE_CLASS_QUOTA:
      return "quota";
    case v1::FAILURE_CLASS_AUTH:
      return "auth";
    case v1::FAILURE_CLASS_NOT_FOUND:
      return "not_found";
    case v1::FAILURE_CLASS_INVALID_REQUEST:
      return "invalid_request";
    case v1::FAILURE_CLASS_TOO_LARGE:
      return "too_large";
    case v1::FAILURE_CLASS_MALFORMED_ANSWER:
      return "malformed_answer";
    case v1::FAILURE_CLASS_EMPTY_ANSWER:
      return "empty_answer";
    case v1::FAILURE_CLASS_INTERRUPTED:
      return "interrupted";
    case v1::FAILURE_CLASS_CANCELLED:
      return "cancelled";
    case v1::FAILURE_CLASS_LOCAL_LIMIT:
      return "local_limit";
    case v1::FAILURE_CLASS_UNTRANSLATABLE:
      return "untranslatable";
    case v1::FAILURE_CLASS_INTERNAL:
      return "internal";
    case v1::FAILURE_CLASS_DEADLINE:
      return "deadline";
    case v1::FAILURE_CLASS_CONTEXT_WINDOW:
      return "context_window";
    case v1::FAILURE_CLASS_CONTRACT:
      return "contract";
    case v1::FAILURE_CLASS_REFUSED:
      return "refused";
    case v1::FAILURE_CLASS_HISTORY:
      return "history";
    case v1::FAILURE_CLASS_PATH_LIMIT:
      return "path_limit";
    default:
      return "unknown";
  }
}

void HealthTracker::Observe(const FailoverParameters& parameters, const Outcome& outcome) {
  if (!outcome.ok && !CountsAgainstHealth(outcome.failure_class)) return;
  const absl::Time time = last_time_ = std::max(last_time_, outcome.time);
  const int64_t start = BucketOf(time);
  if (buckets_.empty() || buckets_.back().start != start) buckets_.push_back({.start = start});
  while (buckets_.front().start < BucketOf(time - kLongSpan)) buckets_.pop_front();
  ++buckets_.back().requests;
  const size_t enough = static_cast<size_t>(parameters.hard_down_failures);
  if (outcome.ok) {
    ++successes_in_row_;
    failures_in_row_.clear();
    if (health_ == v1::HEALTH_UNSPECIFIED) Become(v1::HEALTH_HEALTHY, time);
    if (health_ == v1::HEALTH_DOWN && successes_in_row_ >= parameters.hard_down_failures) {
      outage_end_ = start;
      Become(v1::HEALTH_HEALTHY, time);
    }
    return;
  }
  ++buckets_.back().failures;
  last_failure_ = time;
  last_failure_class_ = outcome.failure_class;
  successes_in_row_ = 0;
  failures_in_row_.push_back(time);
  while (failures_in_row_.size() > enough) failures_in_row_.pop_front();
  if (failures_in_row_.size() == enough &&
      time - failures_in_row_.front() <= parameters.hard_down_window) {
    Become(v1::HEALTH_DOWN, time);
  }
}

v1::Health HealthTracker::At(const FailoverParameters& parameters, absl::Time now) {
  last_time_ = now = std::max(last_time_, now);
  if (health_ == v1::HEALTH_DOWN) return health_;
  if (Burns(parameters, now)) {
    Become(v1::HEALTH_UNHEALTHY, now);
  } else if (health_ == v1::HEALTH_UNHEALTHY &&
             successes_in_row_ >= parameters.hard_down_failures) {
    Become(v1::HEALTH_HEALTHY, now);
  }
  return health_;
}

v1::PathHealth HealthTracker::ToProto(absl::Time now) const {
  v1::PathHealth proto;
  proto.set_health(health_);
  const Counts counts = CountsOf(now, kShortSpan, 0);
  proto.set_requests(counts.requests);
  proto.set_failures(counts.failures);
  if (last_failure_ != absl::InfinitePast()) {
    *proto.mutable_last_failure_time() = warmpath::ToProto(last_failure_);
    proto.set_last_failure_class(FailureName(last_failure_class_));
  }
  return proto;
}

HealthTracker::Counts HealthTracker::CountsOf(absl::Time now, absl::Duration span,
                                              int64_t after) const {
  Counts counts;
  const int64_t oldest = std::max(after, BucketOf(now - span));
  for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend(); ++bucket) {
    if (bucket->start <= oldest) break;
    counts.requests += bucket->requests;
    counts.failures += bucket->failures;
  }
  return counts;
}

bool HealthTracker::Burns(const FailoverParameters& parameters, absl::Time now) const {
  const double limit = parameters.burn_rate * (1 - parameters.availability_target);
  const Counts recent = CountsOf(now, kShortSpan, outage_end_);
  return recent.failures >= parameters.hard_down_failures && recent.ratio() >= limit &&
         CountsOf(now, kLongSpan, outage_end_).ratio() >= limit;
}

void HealthTracker::Become(v1::Health health, absl::Time now) {
  if (health_ == health) return;
  health_ = health;
  since_ = now;
}

}  // namespace warmpath
