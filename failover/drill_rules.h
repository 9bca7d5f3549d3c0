// When may a drill start, and when is it over?
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "failover/workflow_state.h"
#include "warmpath/v1/drill.pb.h"

namespace warmpath {

// Requests from which on the share of failures is judged while the drill runs.
inline constexpr int kDrillJudgedFrom = 20;

// The drill that the request asks for, with defaults filled in and without an id. NOT_FOUND for an
// unknown path; INVALID_ARGUMENT for a value out of range; FAILED_PRECONDITION, with what stands
// against it, unless: the path is GREEN and neither serves nor fails, the serving path doesn't fail,
// nothing is pinned, and neither another drill nor a ramp runs.
absl::StatusOr<v1::Drill> MakeDrill(const WorkflowState& workflow,
                                    const v1::StartDrillRequest& request, absl::Time now);

// How a running drill ended.
struct DrillEnd {
  v1::DrillState state = v1::DRILL_STATE_UNSPECIFIED;
  std::string outcome;
};

// Empty while it may go on. In this order:
//   INTERRUPTED  another path serves by now, or the workflow was pinned
//   FAILED       the path is not GREEN any more, or is DOWN or UNHEALTHY
//   FAILED       more than max_failure_ratio of 20 or more requests failed
//   at the deadline: INTERRUPTED without a request, FAILED if the ratio is exceeded, else SUCCEEDED
// Where requests failed, and most of them at limits (429, overload, or our own), CAPACITY_FAILED stands
// for FAILED: the path conforms and cannot carry the traffic.
// REQUIRES: workflow.drill.
std::optional<DrillEnd> JudgeDrill(const WorkflowState& workflow, absl::Time now);

// The practice flip that should be started by itself now: auto_practice is on, in enforce mode, without
// an incident, the first backup in ladder order whose last good one is kPracticeDue ago and on which
// none was tried for a day, if a drill may start there. Empty: none.
std::optional<v1::StartDrillRequest> PracticeDue(const WorkflowState& workflow, absl::Time now);

}  // namespace warmpath
