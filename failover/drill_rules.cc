#include "failover/drill_rules.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "failover/policy.h"
#include "failover/verdict.h"

namespace warmpath {
namespace {

constexpr double kDefaultShare = 0.05;
constexpr double kLeastPractice = 0.01, kMostPractice = 0.05;
constexpr absl::Duration kPracticeRetry = absl::Hours(24);
constexpr double kDefaultFailureRatio = 0.05;
constexpr absl::Duration kDefaultDuration = absl::Minutes(30);
constexpr absl::Duration kMaxDuration = absl::Hours(24);

bool IsFailing(const PathState& path) {
  return path.health.last() == v1::HEALTH_DOWN || path.health.last() == v1::HEALTH_UNHEALTHY;
}

absl::Status CheckWorkflow(const WorkflowState& workflow) {
  if (workflow.drill) {
    return absl::FailedPreconditionError(
        absl::StrCat("drill ", workflow.drill->id(), " is running; abort it or wait for its end"));
  }
  if (workflow.ramp) {
    return absl::FailedPreconditionError(
        absl::StrCat("traffic still moves to ", workflow.state.active_path(),
                     " bit by bit; wait until its ramp has ended"));
  }
  if (workflow.state.pinned()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the active path is pinned: ", workflow.state.pin_reason(), "; unpin it first"));
  }
  const std::optional<int> active = workflow.IndexOf(workflow.state.active_path());
  if (!active) return absl::FailedPreconditionError("the workflow is in downtime");
  if (IsFailing(workflow.paths()[*active])) {
    return absl::FailedPreconditionError(absl::StrCat(
        workflow.state.active_path(), " serves and fails now; a drill needs a healthy path to return to"));
  }
  return absl::OkStatus();
}

absl::Status CheckPath(const WorkflowState& workflow, const PathState& path) {
  const std::string& name = path.config.name();
  if (name == workflow.state.active_path()) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, " serves already; choose another path"));
  }
  if (path.conformance != v1::CONFORMANCE_GREEN) {
    return absl::FailedPreconditionError(absl::StrCat(
        name, " is ", ConformanceName(path.conformance), "; a drill needs a GREEN path"));
  }
  if (IsFailing(path)) {
    return absl::FailedPreconditionError(absl::StrCat(name, " fails the requests it is asked now"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> ChoosePath(const WorkflowState& workflow, const std::string& name,
                               absl::Time now) {
  if (!name.empty()) {
    const std::optional<int> path = workflow.IndexOf(name);
    if (!path) {
      return absl::NotFoundError(absl::StrCat("workflow ", workflow.name(), " has no path ", name));
    }
    return *path;
  }
  // Readiness is what drills are for.
  FailoverParameters parameters = workflow.parameters().failover;
  parameters.require_flip_ready = false;
  const std::optional<int> best = BestTarget(workflow.Snapshot(now), parameters);
  if (!best) return absl::FailedPreconditionError("no other path is GREEN");
  return *best;
}

bool TooManyFailures(const v1::Drill& drill) {
  return static_cast<double>(drill.failures()) >
         drill.max_failure_ratio() * static_cast<double>(drill.requests());
}

std::string FailureCounts(const v1::Drill& drill) {
  const std::string counts =
      absl::StrFormat("%d of %d requests failed; the limit is %g %%", drill.failures(),
                      drill.requests(), 100 * drill.max_failure_ratio());
  if (drill.capacity_failures() == 0) return counts;
  return absl::StrCat(counts, "; ", drill.capacity_failures(), " of them at the path's limits");
}

// What most of its failures were decides what failed.
DrillEnd Failed(const v1::Drill& drill, const std::string& outcome) {
  const bool capacity = 2 * drill.capacity_failures() > drill.failures();
  return {capacity ? v1::DRILL_STATE_CAPACITY_FAILED : v1::DRILL_STATE_FAILED,
          capacity ? absl::StrCat(outcome, ": it conforms and cannot carry the traffic") : outcome};
}

}  // namespace

absl::StatusOr<v1::Drill> MakeDrill(const WorkflowState& workflow,
                                    const v1::StartDrillRequest& request, absl::Time now) {
  const double share = request.share() == 0 ? kDefaultShare : request.share();
  if (!(share > 0 && share <= 1)) {
    return absl::InvalidArgumentError("share must be above 0 and at most 1");
  }
  if (request.practice() && !(share >= kLeastPractice && share <= kMostPractice)) {
    return absl::InvalidArgumentError("a practice flip's share must be from 1 % to 5 %");
  }
  const double ratio =
      request.max_failure_ratio() == 0 ? kDefaultFailureRatio : request.max_failure_ratio();
  if (!(ratio > 0 && ratio <= 1)) {
    return absl::InvalidArgumentError("max_failure_ratio must be above 0 and at most 1");
  }
  const absl::Duration duration =
      request.has_duration() ? FromProto(request.duration()) : kDefaultDuration;
  if (duration <= absl::ZeroDuration() || duration > kMaxDuration) {
    return absl::InvalidArgumentError("duration must be above 0 and at most 24h");
  }
  RETURN_IF_ERROR(CheckWorkflow(workflow));
  ASSIGN_OR_RETURN(const int path, ChoosePath(workflow, request.path(), now));
  RETURN_IF_ERROR(CheckPath(workflow, workflow.paths()[path]));
  v1::Drill drill;
  drill.set_workflow(workflow.name());
  drill.set_path(workflow.paths()[path].config.name());
  drill.set_share(share);
  drill.set_max_failure_ratio(ratio);
  *drill.mutable_start_time() = ToProto(now);
  *drill.mutable_deadline_time() = ToProto(now + duration);
  drill.set_state(v1::DRILL_STATE_RUNNING);
  drill.set_reason(request.reason());
  drill.set_practice(request.practice());
  drill.set_request_id(request.request_id());
  return drill;
}

std::optional<DrillEnd> JudgeDrill(const WorkflowState& workflow, absl::Time now) {
  const v1::Drill& drill = *workflow.drill;
  const std::optional<int> index = workflow.IndexOf(drill.path());
  if (!index) return DrillEnd{v1::DRILL_STATE_INTERRUPTED, "the path is not configured any more"};
  if (workflow.state.active_path().empty() || workflow.state.active_path() == drill.path() ||
      workflow.state.pinned()) {
    return DrillEnd{v1::DRILL_STATE_INTERRUPTED, "who serves was changed meanwhile"};
  }
  const PathState& path = workflow.paths()[*index];
  if (path.conformance != v1::CONFORMANCE_GREEN) {
    return DrillEnd{v1::DRILL_STATE_FAILED,
                    absl::StrCat(drill.path(), " became ", ConformanceName(path.conformance))};
  }
  if (IsFailing(path)) {
    return Failed(drill, absl::StrCat(drill.path(), " fails its requests; ", FailureCounts(drill)));
  }
  if (drill.requests() >= kDrillJudgedFrom && TooManyFailures(drill)) {
    return Failed(drill, FailureCounts(drill));
  }
  if (now < FromProto(drill.deadline_time())) return std::nullopt;
  if (drill.requests() == 0) {
    return DrillEnd{v1::DRILL_STATE_INTERRUPTED, "no request belonged to its share: nothing is proven"};
  }
  if (TooManyFailures(drill)) return Failed(drill, FailureCounts(drill));
  return DrillEnd{v1::DRILL_STATE_SUCCEEDED, FailureCounts(drill)};
}

std::optional<v1::StartDrillRequest> PracticeDue(const WorkflowState& workflow, absl::Time now) {
  if (!workflow.parameters().failover.auto_practice ||
      workflow.mode() != v1::FAILOVER_MODE_ENFORCE || workflow.incident_start) {
    return std::nullopt;
  }
  for (const PathState& path : workflow.paths()) {
    if (path.config.role() != v1::ROLE_BACKUP || !path.readiness.PracticeDueAt(now) ||
        now - path.practice_tried < kPracticeRetry) {
      continue;
    }
    v1::StartDrillRequest request;
    request.set_workflow(workflow.name());
    request.set_path(path.config.name());
    request.set_practice(true);
    request.set_reason("a practice flip is due");
    if (MakeDrill(workflow, request, now).ok()) return request;
  }
  return std::nullopt;
}

}  // namespace warmpath
