// When traffic moves: the constants of health and of the flip policy.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Names and defaults of FailoverConfig; what has no key there is fixed.
struct FailoverParameters {
  // Least time between automatic flips, doubled by every earlier flip of the day, at most dwell_max.
  absl::Duration dwell = absl::Minutes(15);
  absl::Duration dwell_max = absl::Hours(4);
  absl::Duration dwell_memory = absl::Hours(24);
  // At most so many automatic flips that no hard outage forces within four times the dwell: two an
  // hour by default.
  int max_flips_in_burst = 2;
  absl::Duration failback_after = absl::Minutes(10);
  bool auto_failback = true;
  int hard_down_failures = 3;
  absl::Duration hard_down_window = absl::Seconds(15);
  // 1 - availability_target is the error budget.
  double availability_target = 0.999;
  double burn_rate = 14.4;
  absl::Duration tick = absl::Seconds(1);
  absl::Duration incident_grace = absl::Minutes(60);
  // Flips that nothing forces move traffic bit by bit, with harm of at most kappa of the traffic; a
  // ramp that nothing speaks against ends after ramp_max.
  bool ramp = true;
  double kappa = 0.01;
  absl::Duration ramp_max = absl::Minutes(60);
  // Only paths that are flip-ready may receive; the primary always may.
  bool require_flip_ready = false;
  // Practice flips are started when they are due.
  bool auto_practice = false;
};

// INVALID_ARGUMENT names the key and the values it may have.
absl::StatusOr<FailoverParameters> MakeFailoverParameters(const v1::FailoverConfig& config);

}  // namespace warmpath
