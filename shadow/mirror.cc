#include "shadow/mirror.h"

#include <algorithm>
#include <utility>

#include "base/proto_time.h"
#include "base/status_macros.h"
#include "boost/asio/post.hpp"
#include "scorer/contract.h"
#include "shadow/mirror_job.h"
#include "shadow/sampler.h"

namespace warmpath {
namespace {

bool HasPairedDimension(const v1::GateConfig& gate) {
  return std::any_of(gate.dimensions().begin(), gate.dimensions().end(), [](const auto& entry) {
    return entry.second.mode() == v1::GATE_MODE_PAIRED;
  });
}

// The sampler that the workflow had if its ladder is the same, else a new one.
void FitSampler(const std::string& name, const v1::WorkflowConfig& workflow,
                std::shared_ptr<Sampler>& sampler) {
  std::vector<std::string> ladder;
  for (const v1::PathConfig& path : workflow.paths()) ladder.push_back(path.name());
  if (!sampler || sampler->paths() != ladder) sampler = std::make_shared<Sampler>(name, ladder);
  const v1::MirrorConfig& mirror = workflow.mirror();
  sampler->SetFixed(mirror.has_rate() ? std::optional(mirror.rate()) : std::nullopt);
}

// Adds the paths that are asked the same, by what was drawn. Whether it was drawn for any.
bool AddCandidates(MirrorJob& job, absl::Time now) {
  const std::optional<SampleTicket>& ticket = job.exchange.ticket;
  const v1::WorkflowConfig& config = *job.workflow->config;
  for (int i = 0; i < config.paths_size(); ++i) {
    const v1::PathConfig& path = config.paths(i);
    if (path.name() == job.exchange.answer.path || job.WasRejected(path.name())) continue;
    if (!ticket || ticket->Wants(i)) job.AddCandidate(path, v1::SCORE_SOURCE_MIRROR, now);
  }
  const bool asks = !ticket || !job.candidates.empty();
  if (asks && job.AsksAgain()) {
    job.AddCandidate(*job.FindPath(job.exchange.answer.path), v1::SCORE_SOURCE_SELF, now);
  }
  return asks;
}

// Why there is no room for it now; empty: there is.
std::string_view WhyNotTaken(const MirrorJob& job) {
  const MirrorSnapshot& snapshot = *job.snapshot;
  if (snapshot.workers.empty()) return "no_worker";
  if (job.bytes > job.workflow->config->mirror().max_body_bytes()) return "body_too_large";
  if (job.pending.count() > snapshot.config->shadow().max_queue()) return "queue_full";
  if (job.pending.bytes() > snapshot.config->shadow().max_queue_bytes()) return "queue_bytes_full";
  return {};
}

// Whether a live answer is to be scored though nobody is asked the same.
bool ScoresLiveAlone(const MirrorJob& job) {
  const std::optional<SampleTicket>& ticket = job.exchange.ticket;
  if (!ticket) return true;
  const std::vector<std::string>& paths = job.workflow->sampler->paths();
  for (int i = 0; i < static_cast<int>(paths.size()); ++i) {
    const bool wanted = ticket->Wants(i) || ticket->scored_live == i;
    if (wanted && (paths[i] == job.exchange.answer.path || job.WasRejected(paths[i]))) return true;
  }
  return false;
}

bool IsJudged(const v1::Scorecard& card) {
  return std::any_of(card.scores().begin(), card.scores().end(), [](const v1::DimensionScore& s) {
    return s.dimension() == v1::DIMENSION_JUDGE &&
           (s.verdict() == v1::SCORE_VERDICT_PASS || s.verdict() == v1::SCORE_VERDICT_FAIL);
  });
}

// Which judge gave the workflow's newest verdicts, so that a restart starts no new evidence; empty:
// none, or nobody knows.
std::string LatestJudgeVersion(ScoreStore& store, const std::string& workflow) {
  constexpr int kCards = 100;
  CardQuery query;
  query.workflow = workflow;
  query.limit = kCards;
  const auto cards = store.ListCards(query);
  if (!cards.ok()) return "";
  for (const v1::Scorecard& card : cards->items) {
    if (IsJudged(card)) return card.key_parts().judge();
  }
  return "";
}

}  // namespace

Mirror::Mirror(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      cards_(dependencies_.store, dependencies_.replica),
      confirmations_({dependencies_.clock, cards_, dependencies_.metrics,
                      dependencies_.confirmation_pause}),
      runner_(dependencies_.clock, cards_, coverage_, confirmations_),
      conversations_(dependencies_.clock.Now()),
      snapshot_(std::make_shared<const MirrorSnapshot>()) {}

Mirror::~Mirror() = default;

absl::Status Mirror::Configure(std::shared_ptr<const v1::Config> config, std::vector<ShadowWorker> workers) {
  auto snapshot = std::make_shared<MirrorSnapshot>();
  snapshot->config = config;
  snapshot->workers = std::move(workers);
  all_budgets_.Configure(config->shadow());
  absl::MutexLock lock(&mutex_);
  for (const auto& [name, workflow] : config->workflows()) {
    auto& state = workflows_[name];
    if (!state) state = std::make_shared<MirrorWorkflowState>();
    // A schema file stands inline already: config/ has resolved it.
    ASSIGN_OR_RETURN(v1::Contract contract, ContractFromConfig(workflow.contract(), ""));
    MirrorSnapshot::Workflow entry{&workflow, std::move(contract), state, {}, nullptr,
                                   JudgeOf(name, *config), HasPairedDimension(workflow.gate())};
    auto& sampler = samplers_[name];
    FitSampler(name, workflow, sampler);
    entry.sampler = sampler;
    for (const v1::PathConfig& path : workflow.paths()) {
      const v1::PriceConfig& price = config->providers().at(path.provider()).price();
      auto& budget = budgets_[{name, path.name()}];
      if (!budget) budget = std::make_shared<ShadowBudget>(workflow.mirror(), price, &all_budgets_);
      budget->Configure(workflow.mirror(), price);
      entry.budgets[path.name()] = budget;
    }
    snapshot->workflows.emplace(name, std::move(entry));
  }
  confirmations_.Configure(*config);
  std::erase_if(judges_, [&](const auto& entry) { return !config->workflows().contains(entry.first); });
  snapshot_.store(std::move(snapshot));
  return absl::OkStatus();
}

std::shared_ptr<JudgeClient> Mirror::JudgeOf(const std::string& name, const v1::Config& config) {
  const v1::WorkflowConfig& workflow = config.workflows().at(name);
  if (!workflow.has_judge()) {
    judges_.erase(name);
    return nullptr;
  }
  std::string made_of = workflow.judge().SerializeAsString();
  if (const auto provider = config.providers().find(workflow.judge().provider());
      provider != config.providers().end()) {
    made_of += provider->second.SerializeAsString();
  }
  JudgeEntry& entry = judges_[name];
  if (entry.client && entry.made_of == made_of) return entry.client;
  std::string known = entry.client ? entry.client->version()
                                   : LatestJudgeVersion(dependencies_.store, name);
  entry.made_of = std::move(made_of);
  entry.client = std::make_shared<JudgeClient>(name, workflow, config, std::move(known),
                                               dependencies_.clock, dependencies_.metrics);
  return entry.client;
}

SampleTicket Mirror::Samples(std::string_view workflow, uint64_t conversation,
                             v1::TurnType turn_type, bool streaming) {
  const auto snapshot = Current();
  auto it = snapshot->workflows.find(workflow);
  if (it == snapshot->workflows.end()) return {};
  const SampleTicket ticket = it->second.sampler->Draw(conversations_, conversation);
  if (!ticket) {
    it->second.state->not_sampled[turn_type][streaming].fetch_add(1, std::memory_order_relaxed);
  }
  return ticket;
}

void Mirror::SetShares(const SampleShares& shares) {
  conversations_.Advance(dependencies_.clock.Now());
  const auto snapshot = Current();
  for (const auto& [workflow, paths] : shares) {
    const auto found = snapshot->workflows.find(workflow);
    if (found != snapshot->workflows.end()) found->second.sampler->SetShares(paths);
  }
}

void Mirror::ScoreLive(std::string_view workflow, std::string_view path) {
  const auto snapshot = Current();
  const auto found = snapshot->workflows.find(workflow);
  if (found != snapshot->workflows.end()) found->second.sampler->ScoreLive(path);
}

TrafficCount Mirror::Traffic(std::string_view workflow) const {
  const auto snapshot = Current();
  const auto found = snapshot->workflows.find(workflow);
  return found == snapshot->workflows.end() ? TrafficCount{} : found->second.sampler->traffic();
}

std::string_view Mirror::Offer(Exchange exchange) {
  auto snapshot = Current();
  const ModelCall& call = *exchange.call;
  auto it = snapshot->workflows.find(call.workflow);
  if (call.shadow) return "shadow";
  if (it == snapshot->workflows.end()) return "unknown_workflow";
  const auto skip = [&, turn_type = exchange.turn_type](std::string_view reason) {
    coverage_.Offered(call.workflow, turn_type, call.stream, reason);
    return reason;
  };
  if (exchange.ticket && exchange.ticket->sampler != it->second.sampler->id()) {
    return skip("ladder_changed");
  }
  auto job = std::make_shared<MirrorJob>(pending_, snapshot, std::move(exchange));
  const bool asks = AddCandidates(*job, dependencies_.clock.Now());
  if (!asks && !ScoresLiveAlone(*job)) return skip("not_sampled");
  for (const auto& candidate : job->candidates) {
    coverage_.Sampled(call.workflow, candidate.path->name());
  }
  const std::string_view reason = WhyNotTaken(*job);
  // Without a candidate to count for.
  skip(asks ? "" : reason.empty() ? "scored_only" : reason);
  if (!reason.empty()) {
    runner_.DropAll(*job, reason);
    return reason;
  }
  job->worker = &snapshot->workers[next_worker_++ % snapshot->workers.size()];
  runner_.Start(std::move(job));
  return {};
}

void Mirror::NoteNotShadowable(std::string_view workflow, v1::TurnType turn_type, bool streaming,
                               std::string_view reason) {
  const auto snapshot = Current();
  const auto found = snapshot->workflows.find(workflow);
  if (found == snapshot->workflows.end()) return;
  coverage_.Offered(workflow, turn_type, streaming, reason);
  for (const v1::PathConfig& path : found->second.config->paths()) {
    coverage_.Sampled(workflow, path.name());
    coverage_.Dropped(workflow, path.name(), reason);
  }
}

void Mirror::HandOver(const ModelCall& call, const Answer& answer) {
  v1::Review review;
  review.set_request_id(call.request_id);
  review.set_workflow(call.workflow);
  review.set_path(answer.path);
  review.set_reason(answer.handover->reason());
  review.set_confidence(answer.handover->confidence());
  *review.mutable_create_time() = ToProto(dependencies_.clock.Now());
  review.set_live(true);
  const auto snapshot = Current();
  if (snapshot->workers.empty()) {
    lost_reviews_ += 1;
    return;
  }
  boost::asio::post(snapshot->workers.front().executor, [this, review] {
    if (!dependencies_.store.PutReview(review).ok()) lost_reviews_ += 1;
  });
}

void Mirror::NoteUnanswered(std::string_view workflow) {
  const auto snapshot = Current();
  auto it = snapshot->workflows.find(workflow);
  if (it != snapshot->workflows.end()) {
    it->second.state->unanswered.fetch_add(1, std::memory_order_relaxed);
  }
}

int64_t Mirror::Live(std::string_view workflow) const {
  int64_t live = 0;
  for (const v1::Coverage& turn : Coverage(workflow)) live += turn.live();
  return live;
}

int64_t Mirror::Unanswered(std::string_view workflow) const {
  const auto snapshot = Current();
  auto it = snapshot->workflows.find(workflow);
  return it == snapshot->workflows.end()
             ? 0
             : it->second.state->unanswered.load(std::memory_order_relaxed);
}

absl::Time Mirror::OldestPending(std::string_view workflow, std::string_view path) const {
  return pending_.Oldest(workflow, path);
}

v1::MirrorCounts Mirror::Counts(std::string_view workflow, std::string_view path) const {
  return coverage_.Counts(workflow, path);
}

std::vector<v1::Coverage> Mirror::Coverage(std::string_view workflow) const {
  std::vector<v1::Coverage> turns = coverage_.Coverage(workflow);
  const auto snapshot = Current();
  auto it = snapshot->workflows.find(workflow);
  if (it == snapshot->workflows.end()) return turns;
  const auto& not_sampled = it->second.state->not_sampled;
  for (int turn_type = 0; turn_type < v1::TurnType_ARRAYSIZE; ++turn_type) {
    for (const bool streaming : {false, true}) {
      const int64_t count = not_sampled[turn_type][streaming].load(std::memory_order_relaxed);
      if (count == 0) continue;
      auto turn = std::find_if(turns.begin(), turns.end(), [&](const v1::Coverage& c) {
        return c.turn_type() == turn_type && c.streaming() == streaming;
      });
      if (turn == turns.end()) {
        turn = turns.emplace(turns.end());
        turn->set_turn_type(static_cast<v1::TurnType>(turn_type));
        turn->set_streaming(streaming);
      }
      turn->set_live(turn->live() + count);
      (*turn->mutable_skipped())["not_sampled"] += count;
    }
  }
  return turns;
}

}  // namespace warmpath
