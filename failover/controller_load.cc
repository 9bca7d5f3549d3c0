// Starting from what the store has, following a reload, and writing down for the next start.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "failover/controller_core.h"

namespace warmpath {
namespace {

constexpr int kFlipsLoaded = 200;
constexpr int kDrillsLoaded = 50;
// Checkpoints of paths without news are written too now and then, so that their place in the cards
// does not fall behind and the next start has little to read.
constexpr absl::Duration kCheckpointAll = absl::Minutes(10);

absl::StatusOr<std::map<std::string, WorkflowParameters>> Parse(const v1::Config& config) {
  std::map<std::string, WorkflowParameters> result;
  for (const auto& [name, workflow] : config.workflows()) {
    absl::StatusOr<WorkflowParameters> parameters = MakeWorkflowParameters(workflow);
    if (!parameters.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("workflows.", name, ".", parameters.status().message()));
    }
    result.emplace(name, *std::move(parameters));
  }
  return result;
}

}  // namespace

absl::Status FailoverController::Core::Load(const v1::Config& config) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(auto parameters, Parse(config));
  ASSIGN_OR_RETURN(const auto states, store_.ListActiveStates());
  ASSIGN_OR_RETURN(const auto checkpoints, store_.ListCheckpoints());
  const absl::Time now = clock_.Now();
  samples_.Configure(config);
  bool any = false;
  for (auto& [name, one] : parameters) {
    WorkflowState& workflow =
        workflows_.try_emplace(name, name, std::move(one), &next_path_id_).first->second;
    RETURN_IF_ERROR(LoadWorkflow(workflow, states, checkpoints));
    for (const PathState& path : workflow.paths()) {
      if (path.resumed_after.empty()) continue;
      cursor_ = any ? std::min(cursor_, path.resumed_after) : path.resumed_after;
      any = true;
    }
  }
  ReadCards();
  if (!cards_readable_) {
    return absl::UnavailableError("the scorecards cannot be read; see the log");
  }
  for (auto& [name, workflow] : workflows_) Refresh(workflow, now, false);
  Publish(now);
  return absl::OkStatus();
}

absl::Status FailoverController::Core::LoadWorkflow(
    WorkflowState& workflow, const std::vector<v1::ActiveState>& states,
    const std::vector<v1::JudgeCheckpoint>& checkpoints) {
  RETURN_IF_ERROR(LoadFlips(workflow));
  for (const v1::ActiveState& state : states) {
    if (state.workflow() == workflow.name()) workflow.state = state;
  }
  if (workflow.state.active_path().empty()) {
    workflow.downtime_reason =
        workflow.last_flip ? workflow.last_flip->reason() : "no path was GREEN";
  }
  for (const v1::JudgeCheckpoint& checkpoint : checkpoints) {
    if (checkpoint.workflow() != workflow.name()) continue;
    PathState* path = workflow.FindPath(checkpoint.path());
    if (path == nullptr) continue;
    workflow.Resume(checkpoint, clock_.Now());
    path->resumed_after = checkpoint.last_card_id();
  }
  RETURN_IF_ERROR(InterruptOldDrills(workflow));
  const std::string& active = workflow.state.active_path();
  if (!active.empty() && !workflow.IndexOf(active)) {
    ServeByPrimary(workflow, absl::StrCat("path ", active, " is not configured any more"));
  }
  // A ramp goes on from its first share.
  if (workflow.state.has_ramp() && workflow.IndexOf(workflow.state.ramp().from_path())) {
    workflow.ramp = workflow.MakeRamp(*workflow.FindPath(active), clock_.Now());
  }
  if (!workflow.ramp) workflow.state.clear_ramp();
  return absl::OkStatus();
}

absl::Status FailoverController::Core::LoadFlips(WorkflowState& workflow) {
  ASSIGN_OR_RETURN(const Page<v1::Flip> page,
                   store_.ListFlips({.workflow = workflow.name(), .limit = kFlipsLoaded}));
  const absl::Time now = clock_.Now();
  for (auto flip = page.items.rbegin(); flip != page.items.rend(); ++flip) {
    if (!flip->enforced()) continue;
    workflow.last_flip = *flip;
    const absl::Time time = FromProto(flip->decide_time());
    if (now - time > workflow.parameters().failover.dwell_memory) continue;
    workflow.flips.push_back({.time = time,
                              .automatic = flip->cause() != v1::FLIP_CAUSE_OPERATOR,
                              .discretionary = !flip->hard()});
  }
  return absl::OkStatus();
}

// A drill cannot outlive the process: its traffic is back by now, and it proved nothing.
absl::Status FailoverController::Core::InterruptOldDrills(WorkflowState& workflow) {
  ASSIGN_OR_RETURN(Page<v1::Drill> page,
                   store_.ListDrills({.workflow = workflow.name(), .limit = kDrillsLoaded}));
  for (v1::Drill& drill : page.items) {
    if (PathState* const path = workflow.FindPath(drill.path()); path && drill.practice()) {
      path->practice_tried = std::max(path->practice_tried, FromProto(drill.start_time()));
    }
    if (drill.state() != v1::DRILL_STATE_RUNNING) continue;
    drill.set_state(v1::DRILL_STATE_INTERRUPTED);
    drill.set_outcome("warmpathd was restarted");
    *drill.mutable_end_time() = ToProto(clock_.Now());
    pending_drills_.push_back(drill);
  }
  workflow.state.clear_drill_id();
  return absl::OkStatus();
}

// For when the config, not the evidence, decides: the path is gone, or observe mode was chosen in
// downtime. If the store does not take it, the primary serves nevertheless: there is nothing else.
void FailoverController::Core::ServeByPrimary(WorkflowState& workflow, const std::string& reason) {
  const absl::Time now = clock_.Now();
  v1::Flip flip = MakeFlip(workflow,
                           {.to = workflow.parameters().primary,
                            .cause = v1::FLIP_CAUSE_OPERATOR,
                            .hard = false,
                            .reason = reason},
                           now);
  flip.set_actor("config");
  if (const absl::Status status = Enforce(workflow, flip, /*ramp=*/false); !status.ok()) {
    LogError("flip not recorded", {{"workflow", workflow.name()},
                                   {"to", flip.to_path()},
                                   {"error", status.ToString()}});
    workflow.state.set_active_path(flip.to_path());
    workflow.state.clear_ramp();
    workflow.ramp.reset();
    workflow.Apply(flip);
  }
}

absl::Status FailoverController::Core::UpdateConfig(const v1::Config& config) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(auto parameters, Parse(config));
  ASSIGN_OR_RETURN(const auto states, store_.ListActiveStates());
  // What goes may come back with the next reload: it then resumes from here.
  if (const absl::Status status = WriteCheckpoints(Checkpoints::kAll); !status.ok()) {
    LogWarning("checkpoint failed before a reload", {{"error", status.ToString()}});
  }
  ASSIGN_OR_RETURN(const auto checkpoints, store_.ListCheckpoints());
  WorkflowMap added;
  for (const auto& [name, one] : parameters) {
    if (workflows_.contains(name)) continue;
    WorkflowState& workflow = added.try_emplace(name, name, one, &next_path_id_).first->second;
    RETURN_IF_ERROR(LoadWorkflow(workflow, states, checkpoints));
  }
  for (auto workflow = workflows_.begin(); workflow != workflows_.end();) {
    const auto stays = parameters.find(workflow->first);
    if (stays != parameters.end()) {
      Reconfigure(workflow->second, std::move(stays->second));
      ++workflow;
      continue;
    }
    if (workflow->second.drill) {
      EndDrill(workflow->second, {v1::DRILL_STATE_INTERRUPTED, "the workflow was removed"}, "");
    }
    workflow = workflows_.erase(workflow);
  }
  workflows_.merge(added);
  const absl::Time now = clock_.Now();
  for (auto& [name, workflow] : workflows_) Refresh(workflow, now, !store_writable_);
  samples_.Configure(config);
  samples_planned_ = absl::InfinitePast();
  Publish(now);
  return absl::OkStatus();
}

void FailoverController::Core::Reconfigure(WorkflowState& workflow, WorkflowParameters parameters) {
  const std::string active = workflow.state.active_path();
  if (!workflow.SetParameters(std::move(parameters), &next_path_id_, clock_.Now())) {
    ServeByPrimary(workflow, absl::StrCat("path ", active, " is not configured any more"));
  }
}

absl::Status FailoverController::Core::Checkpoint() {
  absl::MutexLock lock(&mutex_);
  WritePendingDrills();
  return WriteCheckpoints(Checkpoints::kAll);
}

absl::Status FailoverController::Core::WriteCheckpoints(Checkpoints which) {
  const absl::Time now = clock_.Now();
  if (which == Checkpoints::kDirty && now - checkpointed_all_ >= kCheckpointAll) {
    which = Checkpoints::kAll;
  }
  const auto is_meant = [which](const PathState& path) {
    return which == Checkpoints::kAll || path.due || (which == Checkpoints::kDirty && path.dirty);
  };
  std::vector<v1::JudgeCheckpoint> checkpoints;
  for (auto& [name, workflow] : workflows_) {
    for (const PathState& path : workflow.paths()) {
      if (!is_meant(path)) continue;
      v1::JudgeCheckpoint& checkpoint = checkpoints.emplace_back();
      workflow.Save(path, now, &checkpoint);
      // Not before what the path resumed from, should reading have stopped in between.
      checkpoint.set_last_card_id(std::max(cursor_, path.resumed_after));
      *checkpoint.mutable_checkpoint_time() = ToProto(now);
    }
  }
  if (which != Checkpoints::kDue) checkpointed_ = now;
  if (checkpoints.empty()) return absl::OkStatus();
  if (const absl::Status status = store_.PutCheckpoints(checkpoints); !status.ok()) {
    metrics_.CountStoreError("checkpoint");
    return status;
  }
  if (which == Checkpoints::kAll) checkpointed_all_ = now;
  for (auto& [name, workflow] : workflows_) {
    for (PathState& path : workflow.paths()) {
      if (is_meant(path)) path.dirty = path.due = false;
    }
  }
  return absl::OkStatus();
}

}  // namespace warmpath
