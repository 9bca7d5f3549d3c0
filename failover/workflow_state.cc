#include "failover/workflow_state.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "failover/gate_sample.h"
#include "failover/margin.h"
#include "failover/verdict.h"

namespace warmpath {
namespace {

constexpr absl::Duration kMarginInterval = absl::Seconds(10);

bool IsSuspect(const Judgement& judgement) {
  return judgement.conformance == v1::CONFORMANCE_RED ||
         std::any_of(judgement.state.dimensions.begin(), judgement.state.dimensions.end(),
                     [](const DimensionProof& proof) { return proof.suspect; });
}

// The path's own limits, or ours for it: it conforms and cannot carry the traffic.
bool IsCapacity(v1::FailureClass failure_class) {
  return failure_class == v1::FAILURE_CLASS_RATE_LIMITED ||
         failure_class == v1::FAILURE_CLASS_QUOTA ||
         failure_class == v1::FAILURE_CLASS_OVERLOADED ||
         failure_class == v1::FAILURE_CLASS_PATH_LIMIT ||
         failure_class == v1::FAILURE_CLASS_LOCAL_LIMIT;
}

void CountForDrill(const HealthTracker::Outcome& outcome, v1::Drill& drill) {
  const bool capacity = !outcome.ok && IsCapacity(outcome.failure_class);
  if (!outcome.ok && !capacity && !CountsAgainstHealth(outcome.failure_class)) return;
  drill.set_requests(drill.requests() + 1);
  if (!outcome.ok) drill.set_failures(drill.failures() + 1);
  if (capacity) drill.set_capacity_failures(drill.capacity_failures() + 1);
}

bool IsTrouble(const PathState& path) {
  return path.health.last() == v1::HEALTH_DOWN || path.health.last() == v1::HEALTH_UNHEALTHY ||
         path.conformance == v1::CONFORMANCE_RED;
}

GateParameters GateOf(const v1::PathConfig& path, const GateParameters& gate) {
  return path.role() == v1::ROLE_PRIMARY ? ForPrimary(gate) : gate;
}

}  // namespace

absl::StatusOr<WorkflowParameters> MakeWorkflowParameters(const v1::WorkflowConfig& config) {
  WorkflowParameters parameters;
  parameters.config = config;
  ASSIGN_OR_RETURN(parameters.gate, MakeGateParameters(config));
  ASSIGN_OR_RETURN(parameters.failover, MakeFailoverParameters(config.failover()));
  int primaries = 0;
  for (int i = 0; i < config.paths_size(); ++i) {
    if (config.paths(i).role() != v1::ROLE_PRIMARY) continue;
    parameters.primary = i;
    ++primaries;
  }
  if (primaries != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("paths must have exactly one of role primary, not ", primaries));
  }
  return parameters;
}

PathState::PathState(const v1::PathConfig& config, const GateParameters& gate)
    : config(config), judge(GateOf(config, gate)), readiness(gate) {}

WorkflowState::WorkflowState(std::string name, WorkflowParameters parameters, uint32_t* next_id)
    : name_(std::move(name)), parameters_(std::move(parameters)) {
  for (const v1::PathConfig& path : parameters_.config.paths()) {
    paths_.emplace_back(path, parameters_.gate).id = (*next_id)++;
    paths_.back().signal->alarm_at = parameters_.failover.hard_down_failures;
  }
  state.set_workflow(name_);
  state.set_active_path(primary().config.name());
}

PathState* WorkflowState::FindPath(std::string_view path) {
  const std::optional<int> index = IndexOf(path);
  return index ? &paths_[*index] : nullptr;
}

std::optional<int> WorkflowState::IndexOf(std::string_view path) const {
  for (size_t i = 0; i < paths_.size(); ++i) {
    if (paths_[i].config.name() == path) return static_cast<int>(i);
  }
  return std::nullopt;
}

v1::FailoverMode WorkflowState::mode() const {
  const v1::FailoverMode chosen =
      state.mode() != v1::FAILOVER_MODE_UNSPECIFIED ? state.mode() : parameters_.config.mode();
  return chosen == v1::FAILOVER_MODE_ENFORCE ? chosen : v1::FAILOVER_MODE_OBSERVE;
}

CardNews WorkflowState::Observe(const v1::Scorecard& card) {
  CardNews news;
  PathState* path = FindPath(card.candidate_path());
  if (path == nullptr || card.id() <= path->resumed_after) return news;
  news.path = path;
  bool outdated = false;
  news.primary_change = ObserveReferences(card, &outdated);
  if (outdated) {
    // It was held against a primary that is gone.
    v1::Scorecard unpaired = card;
    unpaired.clear_control_scores();
    news.effect = path->judge.Observe(unpaired);
  } else {
    news.effect = path->judge.Observe(card);
  }
  path->dirty = true;
  ObserveRamp(card);
  UpdateReferenceHolds();
  const bool serves = path->config.name() == state.active_path();
  const bool answered = card.result() == v1::EXCHANGE_RESULT_SCORED;
  // A limit of our own on shadows says nothing about the path.
  const bool tells = answered || (card.result() == v1::EXCHANGE_RESULT_FAILED &&
                                  card.failure_class() != v1::FAILURE_CLASS_LOCAL_LIMIT);
  // Live outcomes are reported; a confirmation sums up several answers.
  const bool shadow = card.source() != v1::SCORE_SOURCE_LIVE &&
                      card.source() != v1::SCORE_SOURCE_CONFIRMATION;
  if (tells && shadow) {
    path->readiness.Observe(absl::ToUnixMicros(FromProto(card.create_time())), answered,
                            card.failure_class());
  }
  if (!serves && tells && shadow) {
    path->health.Observe(parameters_.failover, {.time = FromProto(card.create_time()),
                                                .ok = answered,
                                                .failure_class = card.failure_class()});
  }
  return news;
}

// Live answers of the path that traffic moves to say how the ramp fares.
void WorkflowState::ObserveRamp(const v1::Scorecard& card) {
  if (!ramp || card.source() != v1::SCORE_SOURCE_LIVE ||
      card.candidate_path() != state.active_path()) {
    return;
  }
  const GateParameters& gate = FindPath(card.candidate_path())->judge.parameters();
  if (const auto sample = SampleOf(gate, card)) ramp->Observe(*sample);
}

std::optional<FlipRamp> WorkflowState::MakeRamp(const PathState& path, absl::Time now) const {
  const Micros t = absl::ToUnixMicros(now);
  FlipRamp made(path.judge.parameters(), path.judge.JudgeAt(t, false).state, t,
                parameters_.failover.kappa);
  if (!made.any_limit()) return std::nullopt;
  return made;
}

v1::Ramp WorkflowState::RampProto() const {
  v1::Ramp proto = state.ramp();
  ramp->ToProto(&proto);
  return proto;
}

// What a card tells of the primary. Returns what changed, in words.
std::string WorkflowState::ObserveReferences(const v1::Scorecard& card, bool* outdated) {
  PathState& primary = paths_[parameters_.primary];
  if (card.source() == v1::SCORE_SOURCE_LIVE && !card.served_model().empty() &&
      card.candidate_path() == primary.config.name()) {
    const std::string before = std::exchange(primary.served_model, card.served_model());
    if (before.empty() || before == primary.served_model) return "";
    return absl::StrCat("served model changed from ", before, " to ", primary.served_model);
  }
  const uint32_t paired = parameters_.gate.PairedMask();
  if (paired == 0) return "";
  primary.dirty = true;
  const References::Primary seen = references_.Observe(parameters_.gate, card);
  *outdated = seen == References::Primary::kBefore;
  if (seen != References::Primary::kChanged) return "";
  for (PathState& path : paths_) {
    if (&path == &primary) continue;
    path.judge.StartAnew(paired, absl::ToUnixMicros(FromProto(card.dispatch_time())));
    path.dirty = path.due = true;
  }
  primary.due = true;
  return "what answers changed: dimensions that are held against it start anew on all paths";
}

// gate.md section 8: where paths fall together while they agree with each other, the primary is suspected.
void WorkflowState::UpdateReferenceHolds() {
  const uint32_t paired = parameters_.gate.PairedMask();
  if (paired == 0) return;
  const uint32_t unstable = references_.unstable(parameters_.gate);
  std::vector<References::Path> candidates;
  std::vector<PathState*> judged;
  for (PathState& path : paths_) {
    if (path.config.role() == v1::ROLE_PRIMARY) continue;
    judged.push_back(&path);
    References::Path& candidate = candidates.emplace_back();
    candidate.name = path.config.name();
    const KeyEvidence* const current = path.judge.current();
    if (current == nullptr) continue;
    const GateState& gate = current->state;
    for (size_t d = 0; d < gate.dimensions.size(); ++d) {
      if ((paired >> d & 1) != 0 && gate.dimensions[d].suspect) candidate.suspect |= 1u << d;
    }
    candidate.suspect_since = gate.suspect_until - parameters_.gate.amber_dwell;
  }
  const std::vector<uint32_t> masks = references_.SuspectsOfPrimary(parameters_.gate, candidates);
  reference_suspect_ = 0;
  for (size_t i = 0; i < judged.size(); ++i) {
    judged[i]->judge.SetReferenceHolds(unstable, masks[i]);
    reference_suspect_ |= masks[i];
  }
}

std::vector<v1::VerdictReason> WorkflowState::ReferenceReasons() const {
  std::vector<v1::VerdictReason> reasons;
  const auto add = [&](uint32_t mask, v1::ReasonCode code, const char* detail) {
    for (size_t d = 0; d < parameters_.gate.dimensions.size(); ++d) {
      if ((mask >> d & 1) == 0) continue;
      v1::VerdictReason& reason = reasons.emplace_back();
      reason.set_code(code);
      reason.set_dimension(parameters_.gate.dimensions[d].name);
      reason.set_detail(detail);
    }
  };
  add(references_.unstable(parameters_.gate), v1::REASON_CODE_REFERENCE_UNSTABLE,
      kReferenceUnstable);
  add(reference_suspect_, v1::REASON_CODE_REFERENCE_SUSPECT, kReferenceSuspect);
  return reasons;
}

void WorkflowState::SetWatermarks(
    absl::Time now, const std::function<absl::Time(const std::string& path)>& oldest_pending) {
  for (PathState& path : paths_) {
    if (!oldest_pending) {
      path.watermark = now;
    } else if (path.judge.has_open_buckets()) {
      path.watermark = std::min(now, oldest_pending(path.config.name()));
    } else {
      // Asking costs: what opens now is asked about next time.
      path.watermark = absl::InfinitePast();
    }
  }
}

void WorkflowState::Save(const PathState& path, absl::Time now,
                         v1::JudgeCheckpoint* checkpoint) const {
  checkpoint->set_workflow(name_);
  checkpoint->set_path(path.config.name());
  path.judge.ToProto(checkpoint);
  path.readiness.ToProto(checkpoint);
  if (&path == &primary()) references_.ToProto(checkpoint);
  *checkpoint->mutable_verdict() = VerdictOf(path, now);
}

void WorkflowState::Resume(const v1::JudgeCheckpoint& checkpoint, absl::Time now) {
  PathState* const path = FindPath(checkpoint.path());
  if (path == nullptr) return;
  path->judge.FromProto(checkpoint, absl::ToUnixMicros(now));
  path->readiness.FromProto(checkpoint, absl::ToUnixMicros(now));
  path->conformance = checkpoint.verdict().conformance();
  if (path == &paths_[parameters_.primary]) references_.FromProto(checkpoint);
  UpdateReferenceHolds();
}

void WorkflowState::Observe(PathState& path, const HealthTracker::Outcome& outcome, bool is_drill) {
  path.health.Observe(parameters_.failover, outcome);
  path.readiness.Observe(absl::ToUnixMicros(outcome.time), outcome.ok, outcome.failure_class);
  path.dirty = true;
  if (outcome.ok) ++path.served;
  if (is_drill && drill && drill->path() == path.config.name()) CountForDrill(outcome, *drill);
}

std::vector<std::pair<PathState*, v1::Conformance>> WorkflowState::Refresh(absl::Time now,
                                                                           bool store_unavailable) {
  store_unavailable_ = store_unavailable;
  std::vector<std::pair<PathState*, v1::Conformance>> changed;
  for (PathState& path : paths_) {
    if (path.judge.CloseBuckets(absl::ToUnixMicros(now), absl::ToUnixMicros(path.watermark))) {
      path.dirty = path.due = true;
    }
  }
  UpdateReferenceHolds();
  for (PathState& path : paths_) {
    const Judgement judgement = path.judge.JudgeAt(absl::ToUnixMicros(now), store_unavailable);
    if (judgement.conformance != path.conformance) changed.emplace_back(&path, path.conformance);
    path.conformance = judgement.conformance;
    path.only_aged = judgement.only_aged;
    const bool suspect = IsSuspect(judgement);
    path.newly_suspect |= suspect && path.suspect == false;
    path.suspect = suspect;
    if (path.conformance != v1::CONFORMANCE_GREEN) {
      path.green_since = absl::InfiniteFuture();
    } else {
      path.green_since = std::min(path.green_since, now);
    }
    path.health.At(parameters_.failover, now);
    if (now - path.margin_time >= kMarginInterval || now < path.margin_time) {
      path.margin = MarginOf(path.judge.parameters(), judgement.state);
      path.margin_time = now;
    }
  }
  const bool holds = state.pinned() || mode() == v1::FAILOVER_MODE_OBSERVE;
  if (ramp) ramp->Advance(absl::ToUnixMicros(now), holds);
  UpdateIncident(now);
  return changed;
}

void WorkflowState::UpdateIncident(absl::Time now) {
  // After a start clocks stand still, or run, as they did before it.
  const bool resumed = std::exchange(resumed_, false);
  if (InTrouble()) {
    if (!incident_start && !resumed) StopClocks(now);
    if (!incident_start) incident_start = now;
  } else if (incident_start || (!resumed && primary().health.last() != v1::HEALTH_UNSPECIFIED)) {
    // Health is learnt anew: not before the primary was seen again.
    StartClocks(now);
    incident_start.reset();
  }
}

// gate.md section 9: with the primary dead its mirrors may stop, and the only escape must not age for it.
void WorkflowState::StopClocks(absl::Time now) {
  const Micros grace = absl::ToInt64Microseconds(parameters_.failover.incident_grace);
  for (PathState& path : paths_) {
    if (IsTrouble(path)) continue;
    path.judge.Freeze(absl::ToUnixMicros(now), grace);
    path.dirty = path.due = true;  // cards alone would not tell of it
  }
}

void WorkflowState::StartClocks(absl::Time now) {
  for (PathState& path : paths_) {
    if (!path.judge.frozen()) continue;
    path.judge.Thaw(absl::ToUnixMicros(now));
    path.dirty = path.due = true;  // cards alone would not tell of it
  }
}

bool WorkflowState::InTrouble() const {
  if (state.active_path().empty() || IsTrouble(primary())) return true;
  const std::optional<int> active = IndexOf(state.active_path());
  return active && IsTrouble(paths_[*active]);
}

PolicySnapshot WorkflowState::Snapshot(absl::Time now) const {
  PolicySnapshot snapshot;
  snapshot.now = now;
  snapshot.active = IndexOf(state.active_path());
  snapshot.pinned = state.pinned();
  snapshot.flips = flips;
  for (const PathState& path : paths_) {
    snapshot.paths.push_back({.name = path.config.name(),
                              .role = path.config.role(),
                              .conformance = path.conformance,
                              .green_since = path.green_since,
                              .health = path.health.last(),
                              .health_since = path.health.since(),
                              .margin = path.margin,
                              .flip_ready = path.readiness.FlipReadyAt(now)});
  }
  const std::optional<int> from = ramp ? IndexOf(state.ramp().from_path()) : std::nullopt;
  if (from) {
    snapshot.ramp = {.from = *from,
                     .start = FromProto(state.ramp().start_time()),
                     .phase = ramp->phase(),
                     .margin = ramp->Margin(),
                     .words = ramp->InWords()};
  }
  return snapshot;
}

v1::PathVerdict WorkflowState::VerdictOf(const PathState& path, absl::Time now) const {
  v1::PathVerdict verdict = path.judge.VerdictAt(absl::ToUnixMicros(now), store_unavailable_);
  verdict.set_path(path.config.name());
  return verdict;
}

void WorkflowState::Apply(const v1::Flip& flip) {
  const absl::Time time = FromProto(flip.decide_time());
  flips.erase(std::remove_if(flips.begin(), flips.end(),
                             [&](const PastFlip& old) {
                               return time - old.time > parameters_.failover.dwell_memory;
                             }),
              flips.end());
  flips.push_back({.time = time,
                   .automatic = flip.cause() != v1::FLIP_CAUSE_OPERATOR,
                   .discretionary = !flip.hard()});
  last_flip = flip;
  downtime_reason = flip.to_path().empty() ? flip.reason() : "";
}

bool WorkflowState::SetParameters(WorkflowParameters parameters, uint32_t* next_id,
                                  absl::Time now) {
  std::vector<PathState> paths;
  for (const v1::PathConfig& config : parameters.config.paths()) {
    PathState* known = FindPath(config.name());
    if (known != nullptr) {
      paths.push_back(std::move(*known));
      paths.back().config = config;
      paths.back().judge.SetParameters(GateOf(config, parameters.gate), absl::ToUnixMicros(now));
      paths.back().readiness.SetParameters(parameters.gate, absl::ToUnixMicros(now));
    } else {
      paths.emplace_back(config, parameters.gate).id = (*next_id)++;
    }
    paths.back().signal->alarm_at = parameters.failover.hard_down_failures;
  }
  paths_ = std::move(paths);
  parameters_ = std::move(parameters);
  if (ramp) {
    // Its limits may be others now: as after a restart it goes on from its first share.
    const PathState* to = FindPath(state.active_path());
    ramp = to != nullptr && IndexOf(state.ramp().from_path()) ? MakeRamp(*to, now) : std::nullopt;
    if (!ramp) state.clear_ramp();
  }
  UpdateReferenceHolds();
  return state.active_path().empty() || IndexOf(state.active_path()).has_value();
}

}  // namespace warmpath
