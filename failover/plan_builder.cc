#include "failover/plan_builder.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "failover/policy.h"
#include "failover/verdict.h"

namespace warmpath {
namespace {

PlannedPath PathOf(const WorkflowState& workflow, int index) {
  const PathState& path = workflow.paths()[index];
  return {.name = path.config.name(),
          .index = index,
          .role = path.config.role(),
          .conformance = path.conformance,
          .id = path.id,
          .signal = path.signal};
}

// With its reasons, for those who are advised to take it.
PlannedPath AllowedPath(const WorkflowState& workflow, int index, absl::Time now) {
  PlannedPath path = PathOf(workflow, index);
  if (path.conformance == v1::CONFORMANCE_GREEN) return path;
  const v1::PathVerdict verdict = workflow.VerdictOf(workflow.paths()[index], now);
  for (const v1::VerdictReason& reason : verdict.reasons()) {
    absl::StrAppend(&path.reason, path.reason.empty() ? "" : ", ", ReasonInWords(reason));
  }
  return path;
}

bool SamePath(const PlannedPath& left, const PlannedPath& right) {
  return left.id == right.id && left.index == right.index && left.role == right.role &&
         left.conformance == right.conformance && left.reason == right.reason;
}

bool SamePaths(const std::vector<PlannedPath>& left, const std::vector<PlannedPath>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), SamePath);
}

void AddFallbacks(const WorkflowState& workflow, absl::Time now, WorkflowPlan& plan) {
  const PolicySnapshot snapshot = workflow.Snapshot(now);
  for (const bool degraded : {false, true}) {
    for (int i = 0; i < static_cast<int>(snapshot.paths.size()); ++i) {
      const PathFacts& facts = snapshot.paths[i];
      if ((facts.role == v1::ROLE_DEGRADED) != degraded || snapshot.active == i) continue;
      if (MayReceive(workflow.parameters().failover, facts)) {
        plan.paths.push_back(AllowedPath(workflow, i, now));
      }
    }
  }
}

}  // namespace

WorkflowPlan BuildWorkflowPlan(const WorkflowState& workflow, absl::Time now) {
  WorkflowPlan plan;
  plan.workflow = workflow.name();
  plan.mode = workflow.mode();
  plan.probe_timer = workflow.probe_timer;
  for (int i = 0; i < static_cast<int>(workflow.paths().size()); ++i) {
    plan.ladder.push_back(PathOf(workflow, i));
  }
  const std::optional<int> active = workflow.IndexOf(workflow.state.active_path());
  if (!active) {
    plan.downtime_reason = workflow.downtime_reason;
    if (workflow.primary().conformance != v1::CONFORMANCE_RED) {
      plan.probe = PathOf(workflow, workflow.parameters().primary);
    }
    return plan;
  }
  plan.paths.push_back(AllowedPath(workflow, *active, now));
  if (plan.mode == v1::FAILOVER_MODE_ENFORCE && !workflow.state.pinned()) {
    AddFallbacks(workflow, now, plan);
  }
  if (workflow.drill) {
    if (const std::optional<int> path = workflow.IndexOf(workflow.drill->path())) {
      plan.drill = {.id = workflow.drill->id(),
                    .path = PathOf(workflow, *path),
                    .share = workflow.drill->share()};
    }
  }
  if (workflow.ramp) {
    if (const std::optional<int> from = workflow.IndexOf(workflow.state.ramp().from_path())) {
      plan.ramp = {.id = workflow.state.flip_id(),
                   .from = AllowedPath(workflow, *from, now),
                   .share = workflow.ramp->share()};
    }
  }
  return plan;
}

bool SamePlan(const WorkflowPlan& left, const WorkflowPlan& right) {
  const bool same_drill =
      left.drill.has_value() == right.drill.has_value() &&
      (!left.drill || (left.drill->id == right.drill->id && left.drill->share == right.drill->share &&
                       SamePath(left.drill->path, right.drill->path)));
  const bool same_ramp =
      left.ramp.has_value() == right.ramp.has_value() &&
      (!left.ramp || (left.ramp->id == right.ramp->id && left.ramp->share == right.ramp->share &&
                      SamePath(left.ramp->from, right.ramp->from)));
  return same_drill && same_ramp && left.mode == right.mode && left.downtime_reason == right.downtime_reason &&
         left.probe.has_value() == right.probe.has_value() && SamePaths(left.paths, right.paths) &&
         SamePaths(left.ladder, right.ladder);
}

}  // namespace warmpath
