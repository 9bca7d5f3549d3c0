#include "failover/failover_parameters.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"

namespace warmpath {
namespace {

absl::Status TakeDuration(bool given, const google::protobuf::Duration& value, absl::Duration least,
                          const char* key, absl::Duration& target) {
  if (!given) return absl::OkStatus();
  const absl::Duration duration = FromProto(value);
  if (duration < least || duration > absl::Hours(24 * 366)) {
    return absl::InvalidArgumentError(absl::StrCat("failover.", key, " must be at least ",
                                                   absl::FormatDuration(least),
                                                   " and at most 366 days"));
  }
  target = duration;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FailoverParameters> MakeFailoverParameters(const v1::FailoverConfig& config) {
  FailoverParameters parameters;
  const absl::Duration zero = absl::ZeroDuration();
  RETURN_IF_ERROR(
      TakeDuration(config.has_dwell(), config.dwell(), zero, "dwell", parameters.dwell));
  RETURN_IF_ERROR(TakeDuration(config.has_failback_after(), config.failback_after(), zero,
                               "failback_after", parameters.failback_after));
  RETURN_IF_ERROR(TakeDuration(config.has_hard_down_window(), config.hard_down_window(),
                               absl::Milliseconds(1), "hard_down_window",
                               parameters.hard_down_window));
  RETURN_IF_ERROR(TakeDuration(config.has_tick(), config.tick(), absl::Milliseconds(10), "tick",
                               parameters.tick));
  RETURN_IF_ERROR(TakeDuration(config.has_incident_grace(), config.incident_grace(), zero,
                               "incident_grace", parameters.incident_grace));
  RETURN_IF_ERROR(TakeDuration(config.has_ramp_max(), config.ramp_max(), absl::Seconds(1),
                               "ramp_max", parameters.ramp_max));
  if (config.has_ramp()) parameters.ramp = config.ramp();
  if (config.has_kappa()) {
    if (!(config.kappa() > 0 && config.kappa() <= 1)) {
      return absl::InvalidArgumentError("failover.kappa must be above 0 and at most 1");
    }
    parameters.kappa = config.kappa();
  }
  parameters.require_flip_ready = config.require_flip_ready();
  parameters.auto_practice = config.auto_practice();
  if (config.has_auto_failback()) parameters.auto_failback = config.auto_failback();
  if (config.hard_down_failures() < 0 || config.hard_down_failures() > 1000) {
    return absl::InvalidArgumentError(
        "failover.hard_down_failures must be at least 1 and at most 1000");
  }
  if (config.hard_down_failures() > 0) parameters.hard_down_failures = config.hard_down_failures();
  const double target = config.availability_target();
  if (target != 0 && !(target > 0 && target < 1)) {
    return absl::InvalidArgumentError("failover.availability_target must be above 0 and below 1");
  }
  if (target != 0) parameters.availability_target = target;
  return parameters;
}

}  // namespace warmpath
