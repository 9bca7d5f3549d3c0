#include "cli/gate/workflow_replay.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "failover/judge.h"

namespace warmpath {
namespace {

// What is under way longer than this is not waited for by the judge either.
constexpr absl::Duration kLookAhead = absl::Minutes(2);
constexpr absl::Duration kTick = absl::Seconds(1);
// Where only time passes, moments are worked out; what is not (a key that falls out of sight) is
// seen this late at most.
constexpr absl::Duration kLongestStep = absl::Seconds(10);

absl::Time CeilSecond(absl::Time t) {
  const absl::Time floor = absl::FromUnixSeconds(absl::ToUnixSeconds(t));
  return floor < t ? floor + kTick : floor;
}

absl::Time StoredAt(const v1::Scorecard& card) { return FromProto(card.create_time()); }

}  // namespace

absl::StatusOr<WorkflowParameters> ParametersOf(const v1::WorkflowStatus& status,
                                                const GateParameters& gate) {
  v1::WorkflowConfig config;
  for (const v1::PathStatus& path : status.paths()) {
    v1::PathConfig& added = *config.add_paths();
    added.set_name(path.path());
    added.set_role(path.role());
    added.set_provider(path.provider());
  }
  ASSIGN_OR_RETURN(WorkflowParameters parameters, MakeWorkflowParameters(config));
  parameters.gate = gate;
  parameters.gate.primary_path = config.paths(parameters.primary).name();
  return parameters;
}

WorkflowReplay::WorkflowReplay(const std::string& workflow, WorkflowParameters parameters,
                               std::vector<ReplayAction> actions, absl::Time start, Listener tell)
    : state_(workflow, std::move(parameters), &next_path_id_),
      actions_(std::move(actions)),
      start_(start),
      tell_(std::move(tell)) {
  for (const PathState& path : state_.paths()) summaries_[path.config.name()];
}

void WorkflowReplay::Take(const v1::Scorecard& card) {
  waiting_.push_back({.card = card});
  under_way_[card.candidate_path()].insert(FromProto(card.dispatch_time()));
  while (StoredAt(waiting_.front().card) <= StoredAt(card) - kLookAhead) {
    Process(waiting_.front().card);
    waiting_.pop_front();
  }
}

void WorkflowReplay::Finish(absl::Time until) {
  for (; !waiting_.empty(); waiting_.pop_front()) Process(waiting_.front().card);
  AdvanceTo(CeilSecond(until));
}

void WorkflowReplay::Process(const v1::Scorecard& card) {
  const absl::Time tick = CeilSecond(StoredAt(card));
  AdvanceTo(tick - kTick);
  TellWhatIsUnderWay(tick);
  const CardNews news = state_.Observe(card);
  if (news.path == nullptr) {
    ++foreign_cards_;
    return;
  }
  news_ = true;
  CountScores(card);
  ReplayEvent event;
  event.time = StoredAt(card);
  event.path = card.candidate_path();
  if (news.effect.new_key) {
    event.kind = ReplayEvent::Kind::kKey;
    event.text = absl::StrCat(news.effect.key_change, " (key ", card.evidence_key(), ")");
    Tell(event);
  }
  if (!news.primary_change.empty()) {
    event.kind = ReplayEvent::Kind::kKey;
    event.text = news.primary_change;
    Tell(event);
  }
  event.kind = ReplayEvent::Kind::kSevere;
  const std::string named = absl::StrCat(", card ", card.id());
  if (news.effect.severe) {
    event.text = absl::StrCat("severe violation", named);
    Tell(event);
  } else if (news.effect.severe_pending) {
    event.text = absl::StrCat("possible severe violation, to be asked again", named);
    Tell(event);
  } else if (news.effect.severe_settled) {
    event.text = absl::StrCat("possible severe violation not confirmed", named);
    Tell(event);
  }
}

void WorkflowReplay::TellWhatIsUnderWay(absl::Time tick) {
  for (Waiting& waiting : waiting_) {
    if (StoredAt(waiting.card) > tick) break;
    if (!std::exchange(waiting.under_way, false)) continue;
    std::multiset<absl::Time>& times = under_way_[waiting.card.candidate_path()];
    times.erase(times.find(FromProto(waiting.card.dispatch_time())));
  }
  if (asked_ && tick <= *asked_) return;
  asked_ = tick;
  state_.SetWatermarks(tick, [this](const std::string& path) {
    const auto found = under_way_.find(path);
    return found == under_way_.end() || found->second.empty() ? absl::InfiniteFuture()
                                                              : *found->second.begin();
  });
}

void WorkflowReplay::CountScores(const v1::Scorecard& card) {
  const std::optional<GateSample> sample = SampleOf(state_.parameters().gate, card);
  if (!sample) return;
  keys_in_use_[card.candidate_path()] = card.evidence_key();
  for (const GateSample::Loss& loss : sample->losses) {
    ScoredCount& count =
        scored_[card.candidate_path()][state_.parameters().gate.dimensions[loss.dimension].name];
    ++count.samples;
    count.failed += loss.loss > 0 ? 1 : 0;
  }
}

void WorkflowReplay::AdvanceTo(absl::Time t) {
  if (!now_) {
    now_ = t;
    // Nothing was known until then.
    for (auto& [path, summary] : summaries_) {
      if (t > start_) summary.time_in[v1::CONFORMANCE_COLD] += t - start_;
    }
    Act(t);
    return;
  }
  while (*now_ < t) Tick(NextTick(t));
}

absl::Time WorkflowReplay::NextTick(absl::Time until) const {
  const absl::Time soonest = *now_ + kTick;
  const bool waits =
      std::any_of(state_.paths().begin(), state_.paths().end(),
                  [](const PathState& path) { return path.judge.has_open_buckets(); });
  if (news_ || waits) return soonest;
  absl::Time next = std::min(until, *now_ + kLongestStep);
  if (next_action_ < actions_.size()) {
    next = std::min(next, CeilSecond(actions_[next_action_].time));
  }
  for (const PathState& path : state_.paths()) {
    const Judgement judgement = path.judge.JudgeAt(absl::ToUnixMicros(*now_), false);
    const std::optional<Micros> moment =
        NextMoment(path.judge.parameters(), judgement.state, absl::ToUnixMicros(next));
    if (moment) next = std::min(next, absl::FromUnixMicros(*moment));
  }
  return std::max(next, soonest);
}

void WorkflowReplay::Act(absl::Time until) {
  for (; next_action_ < actions_.size() && actions_[next_action_].time <= until; ++next_action_) {
    const ReplayAction& action = actions_[next_action_];
    Apply(action);
    news_ = true;
    ReplayEvent event;
    event.kind = ReplayEvent::Kind::kAction;
    event.time = action.time;
    event.path = action.path;
    event.text = action.text;
    Tell(std::move(event));
  }
}

void WorkflowReplay::Apply(const ReplayAction& action) {
  if (action.kind == ReplayAction::Kind::kFlip) {
    state_.state.set_active_path(action.path);
    return;
  }
  PathState* const path = state_.FindPath(action.path);
  if (path == nullptr) return;
  const Micros t = absl::ToUnixMicros(action.time);
  if (action.kind == ReplayAction::Kind::kAcknowledge) {
    path->judge.AcknowledgeSevere(t);
    return;
  }
  KeyEvidence* const evidence = path->judge.Find(keys_in_use_[action.path]);
  if (evidence != nullptr) {
    AddHint(path->judge.parameters(), t, kHintMass, ~0u, evidence->state);
  }
}

void WorkflowReplay::Tick(absl::Time t) {
  Act(t);
  news_ = false;
  const absl::Time from = std::max(start_, *now_);
  for (const PathState& path : state_.paths()) {
    PathSummary& summary = summaries_[path.config.name()];
    if (t > from) summary.time_in[path.conformance] += t - from;
  }
  now_ = t;
  TellWhatIsUnderWay(t);
  for (const auto& [path, before] : state_.Refresh(t, /*store_unavailable=*/false)) {
    ReplayEvent event;
    event.time = t;
    event.path = path->config.name();
    event.from = before;
    event.verdict = state_.VerdictOf(*path, t);
    event.scored = std::exchange(scored_[event.path], {});
    if (t >= start_) {
      PathSummary& summary = summaries_[event.path];
      ++summary.changes;
      if (path->conformance == v1::CONFORMANCE_GREEN && !summary.first_green)
        summary.first_green = t;
    }
    Tell(std::move(event));
  }
}

v1::PathVerdict WorkflowReplay::VerdictOf(const std::string& path) const {
  for (const PathState& known : state_.paths()) {
    if (known.config.name() == path && now_) return state_.VerdictOf(known, *now_);
  }
  return {};
}

void WorkflowReplay::Tell(ReplayEvent event) const {
  if (tell_) tell_(event);
}

}  // namespace warmpath
