// Drills: started and aborted by operators, ended by the tick.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "failover/controller_core.h"

namespace warmpath {
namespace {

constexpr size_t kMaxPendingDrills = 64;

}  // namespace

absl::StatusOr<v1::Drill> FailoverController::Core::StartDrill(
    const v1::StartDrillRequest& request, const std::string& actor) {
  absl::MutexLock lock(&mutex_);
  if (request.reason().empty()) return absl::InvalidArgumentError("a reason is required");
  if (auto answer = answers_.Recall<v1::Drill>("drill", request.request_id())) {
    return *answer;
  }
  ASSIGN_OR_RETURN(WorkflowState* const workflow, Find(request.workflow()));
  if (request.validate_only()) {
    ASSIGN_OR_RETURN(v1::Drill drill, MakeDrill(*workflow, request, clock_.Now()));
    drill.set_actor(actor);
    return drill;
  }
  ASSIGN_OR_RETURN(v1::Drill drill, BeginDrill(*workflow, request, actor));
  answers_.Keep("drill", request.request_id(), drill);
  return drill;
}

absl::StatusOr<v1::Drill> FailoverController::Core::BeginDrill(
    WorkflowState& workflow, const v1::StartDrillRequest& request, const std::string& actor) {
  ASSIGN_OR_RETURN(v1::Drill drill, MakeDrill(workflow, request, clock_.Now()));
  drill.set_actor(actor);
  drill.set_id(absl::StrCat("drill_", store_.NewId()));
  RETURN_IF_ERROR(Audit(actor, "drill_start", request.workflow(), request.reason(),
                        absl::StrCat(drill.id(), " on ", drill.path()), request.request_id()));
  if (const absl::Status status = store_.PutDrill(drill); !status.ok()) {
    metrics_.CountStoreError("drill");
    return absl::UnavailableError(absl::StrCat(
        "nothing was changed: the store does not take the record (", status.message(), ")"));
  }
  v1::ActiveState state = workflow.state;
  state.set_drill_id(drill.id());
  if (const absl::Status status = ChangeState(workflow, state); !status.ok()) {
    workflow.drill = drill;
    EndDrill(workflow, {v1::DRILL_STATE_INTERRUPTED, "the store failed at its start"}, "");
    return status;
  }
  workflow.drill = drill;
  Publish(clock_.Now());
  LogInfo("drill started", {{"workflow", workflow.name()},
                            {"drill", drill.id()},
                            {"path", drill.path()},
                            {"practice", drill.practice()},
                            {"share", drill.share()}});
  return drill;
}

void FailoverController::Core::PractiseIfDue(WorkflowState& workflow, absl::Time now) {
  const std::optional<v1::StartDrillRequest> request = PracticeDue(workflow, now);
  if (!request) return;
  workflow.FindPath(request->path())->practice_tried = now;
  if (const auto drill = BeginDrill(workflow, *request, "automatic"); !drill.ok()) {
    LogWarning("practice flip not started", {{"workflow", workflow.name()},
                                             {"path", request->path()},
                                             {"error", drill.status().ToString()}});
  }
}

absl::StatusOr<v1::Drill> FailoverController::Core::AbortDrill(
    const v1::AbortDrillRequest& request, const std::string& actor) {
  absl::MutexLock lock(&mutex_);
  if (request.reason().empty()) return absl::InvalidArgumentError("a reason is required");
  if (auto answer = answers_.Recall<v1::Drill>("drill_abort", request.request_id())) {
    return *answer;
  }
  for (auto& [name, workflow] : workflows_) {
    if (!workflow.drill) continue;
    const bool meant = request.id().empty() ? name == request.workflow()
                                            : workflow.drill->id() == request.id();
    if (!meant) continue;
    v1::Drill drill = *workflow.drill;
    if (request.validate_only()) return drill;
    // Moving traffic back is always safe, so it doesn't wait for the audit.
    EndDrill(workflow, {v1::DRILL_STATE_INTERRUPTED, absl::StrCat("aborted: ", request.reason())},
             actor);
    const std::string id = drill.id();
    Audit(actor, "drill_abort", name, request.reason(), id, request.request_id()).IgnoreError();
    Publish(clock_.Now());
    drill.set_state(v1::DRILL_STATE_INTERRUPTED);
    drill.set_outcome(absl::StrCat("aborted: ", request.reason()));
    drill.set_abort_actor(actor);
    *drill.mutable_end_time() = ToProto(clock_.Now());
    answers_.Keep("drill_abort", request.request_id(), drill);
    return drill;
  }
  if (!request.id().empty()) {
    ASSIGN_OR_RETURN(const v1::Drill over, store_.GetDrill(request.id()));
    return absl::FailedPreconditionError(absl::StrCat("drill ", over.id(), " is over"));
  }
  RETURN_IF_ERROR(Find(request.workflow()).status());
  return absl::FailedPreconditionError(
      absl::StrCat("no drill is running on workflow ", request.workflow()));
}

// Traffic moves back at once; the record follows as soon as the store takes it.
void FailoverController::Core::EndDrill(WorkflowState& workflow, const DrillEnd& end,
                                        const std::string& actor) {
  v1::Drill drill = *std::exchange(workflow.drill, std::nullopt);
  drill.set_state(end.state);
  drill.set_outcome(end.outcome);
  drill.set_abort_actor(actor);
  *drill.mutable_end_time() = ToProto(clock_.Now());
  LogInfo("drill ended", {{"workflow", workflow.name()},
                          {"drill", drill.id()},
                          {"state", v1::DrillState_Name(drill.state())},
                          {"outcome", drill.outcome()},
                          {"requests", drill.requests()},
                          {"failures", drill.failures()},
                          {"capacity_failures", drill.capacity_failures()}});
  PathState* const path = workflow.FindPath(drill.path());
  if (drill.practice() && path != nullptr) {
    path->practice_tried = clock_.Now();
    if (drill.state() == v1::DRILL_STATE_SUCCEEDED) {
      path->readiness.Practised(clock_.Now());
      path->dirty = path->due = true;
      if (const absl::Status status = WriteCheckpoints(Checkpoints::kDue); !status.ok()) {
        LogWarning("checkpoint failed", {{"error", status.ToString()}});
      }
    }
  }
  if (!workflow.state.drill_id().empty()) {
    v1::ActiveState state = workflow.state;
    state.clear_drill_id();
    // If it fails, the next start finds the drill and interrupts it.
    ChangeState(workflow, state).IgnoreError();
    workflow.state.clear_drill_id();
  }
  pending_drills_.push_back(std::move(drill));
  if (pending_drills_.size() > kMaxPendingDrills) {
    metrics_.CountStoreError("drill_dropped");
    pending_drills_.pop_front();
  }
  WritePendingDrills();
}

void FailoverController::Core::WritePendingDrills() {
  while (!pending_drills_.empty()) {
    if (!store_.PutDrill(pending_drills_.front()).ok()) {
      metrics_.CountStoreError("drill");
      return;
    }
    pending_drills_.pop_front();
  }
}

absl::StatusOr<v1::Drill> FailoverController::Core::GetDrill(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  DrainOutcomes();
  for (const auto& [name, workflow] : workflows_) {
    if (workflow.drill && workflow.drill->id() == id) return *workflow.drill;
  }
  for (const v1::Drill& drill : pending_drills_) {
    if (drill.id() == id) return drill;
  }
  return store_.GetDrill(id);
}

absl::StatusOr<v1::ListDrillsResponse> FailoverController::Core::ListDrills(
    const v1::ListDrillsRequest& request) {
  ASSIGN_OR_RETURN(Page<v1::Drill> page, store_.ListDrills({.workflow = request.workflow(),
                                                            .limit = request.page_size(),
                                                            .page_token = request.page_token()}));
  v1::ListDrillsResponse response;
  for (v1::Drill& drill : page.items) {
    // A running one with its counts up to now.
    absl::StatusOr<v1::Drill> live = drill.state() == v1::DRILL_STATE_RUNNING
                                         ? GetDrill(drill.id())
                                         : absl::StatusOr<v1::Drill>(std::move(drill));
    RETURN_IF_ERROR(live.status());
    *response.add_drills() = *std::move(live);
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

}  // namespace warmpath
