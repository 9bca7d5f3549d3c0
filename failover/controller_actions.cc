// What operators do: each with a reason, audited, and harmless when repeated.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "failover/controller_core.h"
#include "failover/margin.h"
#include "failover/policy.h"
#include "failover/verdict.h"

namespace warmpath {
namespace {

absl::Status CheckReason(const std::string& reason) {
  return reason.empty() ? absl::InvalidArgumentError("a reason is required") : absl::OkStatus();
}

absl::Status NotRecorded(const absl::Status& status) {
  return absl::UnavailableError(
      absl::StrCat("nothing was changed: the store does not take the record (", status.message(), ")"));
}

std::string ReasonsOf(const v1::PathVerdict& verdict) {
  std::string reasons;
  for (const v1::VerdictReason& reason : verdict.reasons()) {
    absl::StrAppend(&reasons, reasons.empty() ? "" : ", ", ReasonInWords(reason));
  }
  return reasons;
}

// The proven lower bound of every dimension: what a flip without proof relies on.
std::string ProvenInWords(const PathState& path, absl::Time now) {
  const Judgement judgement = path.judge.JudgeAt(absl::ToUnixMicros(now), false);
  const std::string bounds = BoundsInWords(path.judge.parameters(), judgement.state);
  return bounds.empty() ? absl::StrCat("nothing is proven of ", path.config.name())
                        : absl::StrCat("proven of ", path.config.name(), ": ", bounds);
}

std::string UndoCommand(const WorkflowState& workflow, const v1::Flip& flip) {
  const std::optional<int> from = workflow.IndexOf(flip.from_path());
  if (!from) return "";
  const bool green = workflow.paths()[*from].conformance == v1::CONFORMANCE_GREEN;
  return absl::StrCat("warmpath flip ", workflow.name(), " --to ", flip.from_path(),
                      green ? "" : " --force", " --reason \"undo ", flip.id(), "\"");
}

}  // namespace

absl::StatusOr<WorkflowState*> FailoverController::Core::Find(const std::string& workflow) {
  const auto found = workflows_.find(workflow);
  if (found == workflows_.end()) {
    return absl::NotFoundError(absl::StrCat("no workflow is named \"", workflow, "\""));
  }
  return &found->second;
}

absl::Status FailoverController::Core::Audit(const std::string& actor, const std::string& action,
                                             const std::string& workflow, const std::string& reason,
                                             const std::string& detail,
                                             const std::string& request_id) {
  v1::AuditEntry entry;
  entry.set_actor(actor);
  entry.set_action(action);
  entry.set_workflow(workflow);
  entry.set_reason(reason);
  entry.set_detail(detail);
  entry.set_request_id(request_id);
  absl::Status status = store_.PutAudit(std::move(entry));
  if (status.ok()) return status;
  metrics_.CountStoreError("audit");
  return NotRecorded(status);
}

absl::Status FailoverController::Core::ChangeState(WorkflowState& workflow,
                                                   const v1::ActiveState& state) {
  if (const absl::Status status = store_.PutActiveState(state); !status.ok()) {
    metrics_.CountStoreError("active_state");
    return NotRecorded(status);
  }
  workflow.state = state;
  return absl::OkStatus();
}

// gate.md section 9: where nothing is GREEN, the least bad AMBER is offered.
std::string FailoverController::Core::BreakGlass(const WorkflowState& workflow,
                                                 absl::Time now) const {
  const PathState* best = nullptr;
  for (const PathState& path : workflow.paths()) {
    if (path.conformance != v1::CONFORMANCE_AMBER ||
        path.config.name() == workflow.state.active_path() ||
        (best != nullptr && best->margin >= path.margin)) {
      continue;
    }
    best = &path;
  }
  if (best == nullptr) return "";
  return absl::StrCat(". Least bad: warmpath flip ", workflow.name(), " --to ",
                      best->config.name(), " --force; ", ProvenInWords(*best, now));
}

// Everything that a flip by an operator needs but the writing.
absl::StatusOr<v1::FlipResponse> FailoverController::Core::PlanFlip(const WorkflowState& workflow,
                                                                    const v1::FlipRequest& request,
                                                                    const std::string& actor) {
  const absl::Time now = clock_.Now();
  const FailoverParameters& parameters = workflow.parameters().failover;
  std::optional<int> target = workflow.IndexOf(request.to_path());
  if (request.to_path().empty()) {
    target = BestTarget(workflow.Snapshot(now), parameters);
    if (!target) {
      return absl::FailedPreconditionError(
          absl::StrCat(Outlook(workflow, std::nullopt, now), BreakGlass(workflow, now)));
    }
  } else if (!target) {
    return absl::NotFoundError(
        absl::StrCat("workflow ", workflow.name(), " has no path ", request.to_path()));
  }
  const PathState& path = workflow.paths()[*target];
  const std::string& name = path.config.name();
  if (name == workflow.state.active_path()) {
    return absl::FailedPreconditionError(absl::StrCat(name, " serves already"));
  }
  if (workflow.state.pinned()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the active path is pinned: ", workflow.state.pin_reason(), "; unpin it first"));
  }
  v1::FlipResponse response;
  if (path.conformance != v1::CONFORMANCE_GREEN) {
    const v1::PathVerdict verdict = workflow.VerdictOf(path, now);
    const std::string state = absl::StrCat(name, " is ", ConformanceName(path.conformance), ": ",
                                           ReasonsOf(verdict), "; to GREEN: ", verdict.distance());
    if (path.conformance == v1::CONFORMANCE_RED) {
      return absl::FailedPreconditionError(
          absl::StrCat(state, ". A RED path never receives traffic"));
    }
    if (!request.force()) {
      return absl::FailedPreconditionError(
          absl::StrCat(state, ". Only force moves traffic there nevertheless"));
    }
    response.add_warnings(state);
    response.add_warnings(ProvenInWords(path, now));
  }
  if (path.health.last() == v1::HEALTH_DOWN || path.health.last() == v1::HEALTH_UNHEALTHY) {
    response.add_warnings(absl::StrCat(name, " fails the requests it is asked now"));
  }
  if (request.ramp()) {
    if (workflow.ramp || workflow.state.active_path().empty()) {
      return absl::FailedPreconditionError(
          workflow.ramp ? "a ramp is running: a flip out of it moves traffic at once; flip without ramp"
                        : "the workflow is in downtime: nothing serves that traffic could leave bit by bit");
    }
    const std::optional<FlipRamp> ramp = workflow.MakeRamp(path, now);
    if (!ramp) {
      return absl::FailedPreconditionError(
          "no dimension that must be proven is held against a fixed threshold: live answers cannot tell "
          "how a ramp fares; flip without ramp");
    }
    response.add_warnings(absl::StrFormat(
        "traffic moves bit by bit: %.2g %% of conversations at first, all of them once live answers "
        "allow it, or after %s if nothing speaks against %s",
        100 * ramp->share(), absl::FormatDuration(parameters.ramp_max), name));
  } else if (workflow.ramp) {
    response.add_warnings(absl::StrCat("the ramp to ", workflow.state.active_path(),
                                       " ends: all traffic moves to ", name, " at once"));
  }
  if (workflow.drill) {
    response.add_warnings(absl::StrCat("drill ", workflow.drill->id(), " will be interrupted"));
  }
  if (workflow.mode() == v1::FAILOVER_MODE_ENFORCE && parameters.auto_failback &&
      path.config.role() != v1::ROLE_PRIMARY) {
    response.add_warnings(
        absl::StrCat("traffic returns to ", workflow.primary().config.name(),
                     " by itself once that is healthy and GREEN; pin to keep it here"));
  }
  *response.mutable_flip() = MakeFlip(workflow,
                                      {.to = target,
                                       .cause = v1::FLIP_CAUSE_OPERATOR,
                                       .hard = false,
                                       .reason = request.reason()},
                                      now);
  response.mutable_flip()->set_actor(actor);
  response.mutable_flip()->set_request_id(request.request_id());
  response.set_undo_command(UndoCommand(workflow, response.flip()));
  return response;
}

absl::StatusOr<v1::FlipResponse> FailoverController::Core::Flip(const v1::FlipRequest& request,
                                                                const std::string& actor) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckReason(request.reason()));
  if (auto answer = answers_.Recall<v1::FlipResponse>("flip", request.request_id())) return *answer;
  ASSIGN_OR_RETURN(WorkflowState* const workflow, Find(request.workflow()));
  // A repeat after a restart is known by the flip itself.
  if (!request.request_id().empty() && workflow->last_flip &&
      workflow->last_flip->request_id() == request.request_id()) {
    v1::FlipResponse response;
    *response.mutable_flip() = *workflow->last_flip;
    response.set_undo_command(UndoCommand(*workflow, response.flip()));
    return response;
  }
  ASSIGN_OR_RETURN(v1::FlipResponse response, PlanFlip(*workflow, request, actor));
  if (request.validate_only()) return response;
  RETURN_IF_ERROR(Audit(actor, request.force() ? "flip_force" : "flip", request.workflow(),
                        request.reason(),
                        absl::StrCat(response.flip().from_path(), " to ", response.flip().to_path()),
                        request.request_id()));
  if (const absl::Status status = Enforce(*workflow, response.flip(), request.ramp()); !status.ok()) {
    return NotRecorded(status);
  }
  Publish(clock_.Now());
  answers_.Keep("flip", request.request_id(), response);
  return response;
}

absl::StatusOr<v1::PinResponse> FailoverController::Core::Pin(const v1::PinRequest& request,
                                                              const std::string& actor) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckReason(request.reason()));
  if (auto answer = answers_.Recall<v1::PinResponse>("pin", request.request_id())) return *answer;
  ASSIGN_OR_RETURN(WorkflowState* const workflow, Find(request.workflow()));
  if (workflow->state.active_path().empty()) {
    return absl::FailedPreconditionError("the workflow is in downtime: there is no path to pin");
  }
  v1::ActiveState state = workflow->state;
  state.set_pinned(true);
  state.set_pin_reason(absl::StrCat(request.reason(), " (", actor, ")"));
  state.clear_pin_end_time();
  if (request.has_duration()) {
    const absl::Duration duration = FromProto(request.duration());
    if (duration <= absl::ZeroDuration()) {
      return absl::InvalidArgumentError("duration must be above 0");
    }
    *state.mutable_pin_end_time() = ToProto(clock_.Now() + duration);
  }
  v1::PinResponse response;
  response.set_path(state.active_path());
  if (request.validate_only()) return response;
  RETURN_IF_ERROR(Audit(actor, "pin", request.workflow(), request.reason(), state.active_path(),
                        request.request_id()));
  RETURN_IF_ERROR(ChangeState(*workflow, state));
  Publish(clock_.Now());
  answers_.Keep("pin", request.request_id(), response);
  return response;
}

absl::StatusOr<v1::UnpinResponse> FailoverController::Core::Unpin(const v1::UnpinRequest& request,
                                                                  const std::string& actor) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckReason(request.reason()));
  if (auto answer = answers_.Recall<v1::UnpinResponse>("unpin", request.request_id())) {
    return *answer;
  }
  ASSIGN_OR_RETURN(WorkflowState* const workflow, Find(request.workflow()));
  v1::UnpinResponse response;
  response.set_path(workflow->state.active_path());
  if (request.validate_only()) return response;
  v1::ActiveState state = workflow->state;
  state.clear_pinned();
  state.clear_pin_reason();
  state.clear_pin_end_time();
  RETURN_IF_ERROR(Audit(actor, "unpin", request.workflow(), request.reason(), state.active_path(),
                        request.request_id()));
  RETURN_IF_ERROR(ChangeState(*workflow, state));
  Publish(clock_.Now());
  answers_.Keep("unpin", request.request_id(), response);
  return response;
}

absl::StatusOr<v1::SetModeResponse> FailoverController::Core::SetMode(
    const v1::SetModeRequest& request, const std::string& actor) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckReason(request.reason()));
  if (request.mode() != v1::FAILOVER_MODE_OBSERVE && request.mode() != v1::FAILOVER_MODE_ENFORCE) {
    return absl::InvalidArgumentError("mode must be observe or enforce");
  }
  if (auto answer = answers_.Recall<v1::SetModeResponse>("mode", request.request_id())) {
    return *answer;
  }
  ASSIGN_OR_RETURN(WorkflowState* const workflow, Find(request.workflow()));
  v1::SetModeResponse response;
  response.set_mode(request.mode());
  if (request.validate_only()) return response;
  v1::ActiveState state = workflow->state;
  state.set_mode(request.mode());
  const bool observe = request.mode() == v1::FAILOVER_MODE_OBSERVE;
  RETURN_IF_ERROR(Audit(actor, observe ? "observe" : "enforce", request.workflow(),
                        request.reason(), "", request.request_id()));
  RETURN_IF_ERROR(ChangeState(*workflow, state));
  if (observe && state.active_path().empty()) {
    ServeByPrimary(*workflow, "observe mode keeps the primary in service");
  }
  Publish(clock_.Now());
  answers_.Keep("mode", request.request_id(), response);
  return response;
}

absl::StatusOr<v1::AcknowledgeSevereResponse> FailoverController::Core::AcknowledgeSevere(
    const v1::AcknowledgeSevereRequest& request, const std::string& actor) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckReason(request.reason()));
  if (auto answer =
          answers_.Recall<v1::AcknowledgeSevereResponse>("acknowledge", request.request_id())) {
    return *answer;
  }
  ASSIGN_OR_RETURN(WorkflowState* const workflow, Find(request.workflow()));
  PathState* const path = workflow->FindPath(request.path());
  if (path == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("workflow ", request.workflow(), " has no path ", request.path()));
  }
  const absl::Time now = clock_.Now();
  PathJudge judge = path->judge;  // only taken over once it is audited
  if (!judge.AcknowledgeSevere(absl::ToUnixMicros(now))) {
    return absl::FailedPreconditionError(
        absl::StrCat(request.path(), " has no severe violation to acknowledge"));
  }
  v1::AcknowledgeSevereResponse response;
  if (!request.validate_only()) {
    RETURN_IF_ERROR(Audit(actor, "acknowledge_severe", request.workflow(), request.reason(),
                          request.path(), request.request_id()));
    path->judge = std::move(judge);
    path->dirty = true;
    // Cards alone would not tell of it after a restart.
    if (const absl::Status status = WriteCheckpoints(Checkpoints::kDirty); !status.ok()) {
      LogWarning("checkpoint failed", {{"error", status.ToString()}});
    }
    Refresh(*workflow, now, !store_writable_);
    Publish(now);
    *response.mutable_verdict() = workflow->VerdictOf(*path, now);
    answers_.Keep("acknowledge", request.request_id(), response);
    return response;
  }
  *response.mutable_verdict() = judge.VerdictAt(absl::ToUnixMicros(now), !store_writable_);
  response.mutable_verdict()->set_path(request.path());
  return response;
}

absl::StatusOr<v1::ListFlipsResponse> FailoverController::Core::ListFlips(
    const v1::ListFlipsRequest& request) {
  ASSIGN_OR_RETURN(Page<v1::Flip> page, store_.ListFlips({.workflow = request.workflow(),
                                                          .limit = request.page_size(),
                                                          .page_token = request.page_token()}));
  v1::ListFlipsResponse response;
  for (v1::Flip& flip : page.items) *response.add_flips() = std::move(flip);
  response.set_next_page_token(page.next_page_token);
  return response;
}

}  // namespace warmpath
