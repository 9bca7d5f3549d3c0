// One tick: outcomes and cards in, verdicts, decisions, and what follows from them.
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "failover/controller_core.h"
#include "failover/plan_builder.h"
#include "failover/policy.h"
#include "failover/verdict.h"

namespace warmpath {
namespace {

constexpr absl::Duration kKeyAuditInterval = absl::Minutes(1);

// A path is told from another by few failures in a row: live threads see those themselves, so that a
// hard outage need not wait for the next tick.
bool RaisesAlarm(const PlannedPath& path, const LiveOutcome& outcome) {
  PathSignal& signal = *path.signal;
  if (outcome.ok) {
    if (signal.failures_in_row.load(std::memory_order_relaxed) != 0) signal.failures_in_row = 0;
    return false;
  }
  if (!CountsAgainstHealth(outcome.failure_class)) return false;
  return (signal.failures_in_row.fetch_add(1) + 1) % signal.alarm_at.load() == 0;
}

const PlannedPath* FindPath(const WorkflowPlan* plan, std::string_view path) {
  if (plan == nullptr) return nullptr;
  for (const PlannedPath& candidate : plan->ladder) {
    if (candidate.name == path) return &candidate;
  }
  return nullptr;
}

const std::string& NameOf(const WorkflowState& workflow, std::optional<int> path) {
  static const std::string* const kDowntime = new std::string();
  return path ? workflow.paths()[*path].config.name() : *kDowntime;
}

}  // namespace

void FailoverController::Core::ReportOutcome(const LiveOutcome& outcome) {
  const std::shared_ptr<const warmpath::Plan> plan = plan_.Get();
  const PlannedPath* path = FindPath(plan->Find(outcome.workflow), outcome.path);
  if (path == nullptr) {
    metrics_.CountUnknownOutcome();
    return;
  }
  outcomes_.Add({.micros = absl::ToUnixMicros(clock_.Now()),
                 .path = path->id,
                 .failure_class = static_cast<uint8_t>(outcome.failure_class),
                 .ok = outcome.ok,
                 .drill = outcome.drill});
  if (RaisesAlarm(*path, outcome) && wake_) wake_();
}

void FailoverController::Core::Tick() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_.Now();
  DrainOutcomes();
  AskWhatIsUnderWay(now);
  ReadCards();
  const bool writable = store_.Health().writable;
  if (writable != store_writable_) {
    LogWarning(writable ? "the store takes evidence again" : "the store takes no evidence", {});
    store_writable_ = writable;
  }
  WritePendingDrills();
  for (auto& [name, workflow] : workflows_) TickWorkflow(workflow, now, !writable);
  HintSiblings(now);
  Publish(now);
  // What closed must not be gone into again with cards that came later; if the store does not take it, the
  // next checkpoint says so.
  WriteCheckpoints(Checkpoints::kDue).IgnoreError();
  PlanSamples(now);
  if (now - checkpointed_ >= options_.checkpoint_interval || now < checkpointed_) {
    if (const absl::Status status = WriteCheckpoints(Checkpoints::kDirty); !status.ok()) {
      LogWarning("checkpoint failed", {{"error", status.ToString()}});
    }
  }
  metrics_.SetDroppedOutcomes(outcomes_.dropped());
}

absl::Duration FailoverController::Core::TickInterval() const {
  absl::MutexLock lock(&mutex_);
  absl::Duration least = absl::Seconds(1);
  bool first = true;
  for (const auto& [name, workflow] : workflows_) {
    const absl::Duration tick = workflow.parameters().failover.tick;
    least = first ? tick : std::min(least, tick);
    first = false;
  }
  return least;
}

void FailoverController::Core::DrainOutcomes() {
  const std::vector<OutcomeBuffer::Outcome> outcomes = outcomes_.Drain();
  if (outcomes.empty()) return;
  absl::flat_hash_map<uint32_t, std::pair<WorkflowState*, PathState*>> paths;
  for (auto& [name, workflow] : workflows_) {
    for (PathState& path : workflow.paths()) paths[path.id] = {&workflow, &path};
  }
  for (const OutcomeBuffer::Outcome& outcome : outcomes) {
    const auto found = paths.find(outcome.path);
    if (found == paths.end()) continue;  // removed by a reload meanwhile
    found->second.first->Observe(
        *found->second.second,
        {.time = absl::FromUnixMicros(outcome.micros),
         .ok = outcome.ok,
         .failure_class = static_cast<v1::FailureClass>(outcome.failure_class)},
        outcome.drill);
  }
}

void FailoverController::Core::ReadCards() {
  const absl::Status status = store_.VisitCardsAfter(cursor_, [this](const v1::Scorecard& card) {
    mutex_.AssertHeld();
    TakeCard(card);
    return true;
  });
  if (status.ok() == cards_readable_) return;
  cards_readable_ = status.ok();
  if (status.ok()) return;
  metrics_.CountStoreError("read_cards");
  LogError("scorecards cannot be read", {{"error", status.ToString()}});
}

void FailoverController::Core::TakeCard(const v1::Scorecard& card) {
  cursor_ = card.id();
  const auto found = workflows_.find(card.workflow());
  if (found == workflows_.end()) return;
  WorkflowState& workflow = found->second;
  samples_.NoteCard(card);
  const CardNews news = workflow.Observe(card);
  if (news.path != nullptr) TellNews(workflow, card, news);
}

void FailoverController::Core::TellNews(const WorkflowState& workflow, const v1::Scorecard& card,
                                        const CardNews& news) {
  const std::string& path = news.path->config.name();
  const auto log = [&](const char* what) {
    LogWarning(what, {{"workflow", workflow.name()}, {"path", path}, {"card", card.id()}});
  };
  if (news.effect.severe) log("severe violation");
  if (news.effect.severe_pending) log("possible severe violation: asked again");
  if (news.effect.severe_settled && !news.effect.severe) log("possible severe violation: not confirmed");
  if (!news.primary_change.empty()) {
    Audit("automatic", "primary_changed", workflow.name(), "the primary answers differently",
          absl::StrCat(workflow.primary().config.name(), ": ", news.primary_change), "")
        .IgnoreError();
  }
  const absl::Time now = clock_.Now();
  if (!news.effect.new_key || now - news.path->last_key_audit < kKeyAuditInterval) return;
  news.path->last_key_audit = now;
  Audit("automatic", "evidence_key", workflow.name(), "the contract or the path changed",
        absl::StrCat(path, ": ", news.effect.key_change, " (key ", card.evidence_key(), ")"), "")
      .IgnoreError();
}

void FailoverController::Core::AskWhatIsUnderWay(absl::Time now) {
  for (auto& [name, workflow] : workflows_) {
    std::function<absl::Time(const std::string&)> oldest;
    if (options_.oldest_pending) {
      oldest = [this, &workflow = workflow](const std::string& path) {
        return options_.oldest_pending(workflow.name(), path);
      };
    }
    workflow.SetWatermarks(now, oldest);
  }
}

void FailoverController::Core::TellDrops(WorkflowState& workflow) {
  for (PathState& path : workflow.paths()) {
    const EvidenceDrops& drops = path.judge.drops();
    EvidenceDrops& told = path.told_drops;
    const std::string& name = path.config.name();
    metrics_.CountDroppedEvidence(workflow.name(), name, "no_room", drops.no_room - told.no_room);
    metrics_.CountDroppedEvidence(workflow.name(), name, "late", drops.late - told.late);
    metrics_.CountDroppedEvidence(workflow.name(), name, "duplicate", drops.duplicate - told.duplicate);
    told = drops;
  }
}

void FailoverController::Core::TickWorkflow(WorkflowState& workflow, absl::Time now,
                                            bool store_unavailable) {
  EndPinInTime(workflow, now);
  Refresh(workflow, now, store_unavailable);
  TellDrops(workflow);
  if (workflow.drill) {
    if (const std::optional<DrillEnd> end = JudgeDrill(workflow, now)) {
      EndDrill(workflow, *end, "");
    }
  }
  PractiseIfDue(workflow, now);
  const bool observes = workflow.mode() == v1::FAILOVER_MODE_OBSERVE;
  if (observes && workflow.state.active_path().empty()) {
    ServeByPrimary(workflow, "observe mode keeps the primary in service");
    return;
  }
  const std::optional<FlipDecision> decision =
      Decide(workflow.Snapshot(now), workflow.parameters().failover);
  if (!decision) {
    workflow.would_be.reset();
    if (!observes && RampIsOver(workflow.Snapshot(now), workflow.parameters().failover)) {
      EndRamp(workflow, now);
    }
  } else if (observes) {
    RecordOnly(workflow, *decision, now);
  } else {
    Act(workflow, *decision, now);
  }
}

void FailoverController::Core::EndPinInTime(WorkflowState& workflow, absl::Time now) {
  if (!workflow.state.pinned() || !workflow.state.has_pin_end_time()) return;
  if (now < FromProto(workflow.state.pin_end_time())) return;
  v1::ActiveState state = workflow.state;
  state.clear_pinned();
  state.clear_pin_reason();
  state.clear_pin_end_time();
  if (!ChangeState(workflow, state).ok()) return;  // tried again by the next tick
  Audit("automatic", "unpin", workflow.name(), "the pin's time is over", "", "").IgnoreError();
}

void FailoverController::Core::Refresh(WorkflowState& workflow, absl::Time now,
                                       bool store_unavailable) {
  for (const auto& [path, before] : workflow.Refresh(now, store_unavailable)) {
    const std::string detail = absl::StrCat(path->config.name(), ": ", ConformanceName(before),
                                            " to ", ConformanceName(path->conformance));
    const v1::PathVerdict verdict = workflow.VerdictOf(*path, now);
    std::string reasons;
    for (const v1::VerdictReason& reason : verdict.reasons()) {
      absl::StrAppend(&reasons, reasons.empty() ? "" : ", ", ReasonInWords(reason));
    }
    LogInfo("verdict", {{"workflow", workflow.name()},
                        {"path", path->config.name()},
                        {"from", ConformanceName(before)},
                        {"to", ConformanceName(path->conformance)},
                        {"reasons", reasons}});
    Audit("automatic", "verdict", workflow.name(), reasons, detail, "").IgnoreError();
  }
}

v1::Flip FailoverController::Core::MakeFlip(const WorkflowState& workflow,
                                            const FlipDecision& decision, absl::Time now) {
  v1::Flip flip;
  flip.set_id(absl::StrCat("flip_", store_.NewId()));
  flip.set_workflow(workflow.name());
  flip.set_from_path(workflow.state.active_path());
  flip.set_to_path(NameOf(workflow, decision.to));
  flip.set_cause(decision.cause);
  *flip.mutable_decide_time() = ToProto(now);
  flip.set_enforced(true);
  flip.set_actor("automatic");
  flip.set_reason(decision.reason);
  flip.set_hard(decision.hard);
  for (const PathState& path : workflow.paths()) {
    *flip.add_evidence() = workflow.VerdictOf(path, now);
  }
  return flip;
}

absl::Status FailoverController::Core::Enforce(WorkflowState& workflow, v1::Flip flip, bool ramp) {
  v1::ActiveState state = workflow.state;
  const PathState* const to = workflow.FindPath(flip.to_path());
  std::optional<FlipRamp> made;
  if (ramp && to != nullptr) made = workflow.MakeRamp(*to, FromProto(flip.decide_time()));
  state.clear_ramp();
  if (made) {
    state.mutable_ramp()->set_from_path(flip.from_path());
    state.mutable_ramp()->set_to_path(flip.to_path());
    *state.mutable_ramp()->mutable_start_time() = flip.decide_time();
    made->ToProto(state.mutable_ramp());
  }
  state.set_active_path(flip.to_path());
  *state.mutable_since_time() = flip.decide_time();
  state.set_flip_id(flip.id());
  state.clear_drill_id();
  if (absl::Status status = store_.PutFlip(flip, state); !status.ok()) {
    return status;
  }
  workflow.state = std::move(state);
  workflow.ramp = std::move(made);
  workflow.Apply(flip);
  LogWarning("flipped", {{"workflow", workflow.name()},
                         {"from", flip.from_path()},
                         {"to", flip.to_path().empty() ? "DOWNTIME" : flip.to_path()},
                         {"cause", CauseName(flip.cause())},
                         {"actor", flip.actor()},
                         {"share", workflow.ramp ? workflow.ramp->share() : 1},
                         {"reason", flip.reason()}});
  if (workflow.drill) {
    EndDrill(workflow, {v1::DRILL_STATE_INTERRUPTED, "a flip moved the workflow"}, "");
  }
  return absl::OkStatus();
}

void FailoverController::Core::EndRamp(WorkflowState& workflow, absl::Time now) {
  const v1::Ramp ramp = workflow.RampProto();
  v1::ActiveState state = workflow.state;
  state.clear_ramp();
  if (!ChangeState(workflow, state).ok()) return;  // tried again by the next tick
  const std::string detail =
      absl::StrCat(ramp.from_path(), " to ", ramp.to_path(), ": everything is moved after ",
                   absl::FormatDuration(absl::Trunc(now - FromProto(ramp.start_time()),
                                                    absl::Seconds(1))));
  Audit("automatic", "ramp_end", workflow.name(), workflow.ramp->InWords(), detail, "")
      .IgnoreError();
  LogInfo("ramp ended", {{"workflow", workflow.name()}, {"detail", detail}});
  workflow.ramp.reset();
}

// A flip that cannot be written down is not made: after a restart nobody would know of it.
void FailoverController::Core::Act(WorkflowState& workflow, const FlipDecision& decision,
                                   absl::Time now) {
  const absl::Status status = Enforce(workflow, MakeFlip(workflow, decision, now), decision.ramp);
  if (status.ok()) {
    workflow.would_be.reset();
    return;
  }
  if (workflow.would_be && workflow.would_be->Same(decision)) return;  // said before
  workflow.would_be = {decision.to, decision.cause, now};
  LogError("flip not made: the store does not take it", {{"workflow", workflow.name()},
                                                         {"to", NameOf(workflow, decision.to)},
                                                         {"reason", decision.reason},
                                                         {"error", status.ToString()}});
}

// Once per change: not at every tick, and not again within a dwell when a condition flickers.
void FailoverController::Core::RecordOnly(WorkflowState& workflow, const FlipDecision& decision,
                                          absl::Time now) {
  if (workflow.would_be && workflow.would_be->Same(decision)) return;
  workflow.would_be = {decision.to, decision.cause, now};
  if (workflow.recorded && workflow.recorded->Same(decision) &&
      now - workflow.recorded->time < workflow.parameters().failover.dwell) {
    return;
  }
  v1::Flip flip = MakeFlip(workflow, decision, now);
  flip.set_enforced(false);
  if (!store_.PutFlip(flip, std::nullopt).ok()) {
    workflow.would_be.reset();  // tried again by the next tick
    return;
  }
  workflow.recorded = workflow.would_be;
  LogInfo("would flip in enforce mode", {{"workflow", workflow.name()},
                                         {"from", flip.from_path()},
                                         {"to", flip.to_path().empty() ? "DOWNTIME" : flip.to_path()},
                                         {"reason", flip.reason()}});
}

void FailoverController::Core::Publish(absl::Time now) {
  const std::shared_ptr<const warmpath::Plan> old = plan_.Get();
  auto plan = std::make_shared<warmpath::Plan>();
  bool changed = old->version == 0 || old->workflows.size() != workflows_.size();
  for (const auto& [name, workflow] : workflows_) {
    WorkflowPlan part = BuildWorkflowPlan(workflow, now);
    const WorkflowPlan* before = old->Find(name);
    changed |= before == nullptr || !SamePlan(*before, part);
    plan->workflows.emplace(name, std::move(part));
  }
  if (!changed) return;
  plan->version = ++plan_version_;
  plan->create_time = now;
  plan_.Set(std::move(plan));
  if (plan_changed_) plan_changed_();
}

}  // namespace warmpath
