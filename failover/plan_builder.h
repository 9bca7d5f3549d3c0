// From what is known of a workflow to what live threads are told of it.
#pragma once

#include "absl/time/time.h"
#include "failover/plan.h"
#include "failover/workflow_state.h"

namespace warmpath {

// The workflow's part of the plan, as of its last Refresh.
//
// Enforce mode: the active path, then every other that may receive traffic now, BACKUP and PRIMARY
// before DEGRADED: a request that fails on the active path may only go on to one of these. Observe
// mode and pinned workflows: the active path alone, and what a ramp leaves elsewhere. Downtime: none, the reason, and the probe.
WorkflowPlan BuildWorkflowPlan(const WorkflowState& workflow, absl::Time now);

// Whether two parts say the same, so that nothing has to be published.
bool SamePlan(const WorkflowPlan& left, const WorkflowPlan& right);

}  // namespace warmpath
