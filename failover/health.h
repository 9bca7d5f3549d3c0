// How a path's requests fare: answers or no answers. Whether the answers conform is the judge's.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/time/time.h"
#include "failover/failover_parameters.h"
#include "warmpath/v1/failover.pb.h"
#include "proto/failure_rules.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// "timeout", "rate_limited", ...
const char* FailureName(v1::FailureClass failure_class);

// The health of one path.
//
//   health.Observe(parameters, {.time = now, .ok = false, .failure_class = v1::FAILURE_CLASS_TIMEOUT});
//   health.At(parameters, now)
//
// DOWN: hard_down_failures failures in a row, all within hard_down_window. Until as many successes in
//   a row; the failures of the outage then burn no budget any more.
// UNHEALTHY: the error budget burns at burn_rate over the last hour and over the last five minutes,
//   with hard_down_failures failures in the latter at least. Until that ends and as many successes
//   in a row have been seen since.
// HEALTHY: neither. Unspecified: no request was ever seen.
// No traffic changes nothing: a path does not recover by not being asked.
//
// Thread safety: thread-compatible. Bounded: 241 buckets of 15 s. Time: handed in; one that steps
// back counts as the latest seen.
class HealthTracker {
 public:
  struct Outcome {
    absl::Time time;
    bool ok = true;
    v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
  };

  void Observe(const FailoverParameters& parameters, const Outcome& outcome);

  // Takes note of the time; returns the health then.
  v1::Health At(const FailoverParameters& parameters, absl::Time now);
  v1::Health last() const { return health_; }
  // Since when the health has been what it is.
  absl::Time since() const { return since_; }

  // Everything but the path's name, as of the last At.
  v1::PathHealth ToProto(absl::Time now) const;

 private:
  struct Bucket {
    int64_t start = 0;  // in units of the bucket's width since the epoch
    int64_t requests = 0;
    int64_t failures = 0;
  };
  struct Counts {
    int64_t requests = 0;
    int64_t failures = 0;
    double ratio() const { return requests == 0 ? 0 : static_cast<double>(failures) / requests; }
  };

  // Of the buckets after `after` within the last `span`.
  Counts CountsOf(absl::Time now, absl::Duration span, int64_t after) const;
  bool Burns(const FailoverParameters& parameters, absl::Time now) const;
  void Become(v1::Health health, absl::Time now);

  std::deque<Bucket> buckets_;  // oldest first
  // The latest failures in a row, at most hard_down_failures of them.
  std::deque<absl::Time> failures_in_row_;
  int successes_in_row_ = 0;
  // The bucket in which the last outage ended.
  int64_t outage_end_ = 0;
  absl::Time last_time_ = absl::InfinitePast();
  absl::Time last_failure_ = absl::InfinitePast();
  v1::FailureClass last_failure_class_ = v1::FAILURE_CLASS_UNSPECIFIED;
  v1::Health health_ = v1::HEALTH_UNSPECIFIED;
  absl::Time since_ = absl::InfinitePast();
};

}  // namespace warmpath
