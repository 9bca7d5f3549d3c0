#include "shadow/mirror.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/post.hpp"
#include "provider/codec.h"
#include "provider/observe.h"
#include "scorer/contract.h"
#include "scorer/scorer.h"
#include "shadow/evidence_key.h"
#include "shadow/sampler.h"
#include "shadow/shadowable.h"

namespace warmpath {
namespace {

const v1::PathConfig* FindPath(const v1::WorkflowConfig& workflow, std::string_view name) {
  for (const v1::PathConfig& path : workflow.paths()) {
    if (path.name() == name) return &path;
  }
  return nullptr;
}

v1::ExchangeResult ResultOf(const v1::Observation& observation) {
  switch (observation.failure().failure_class()) {
    // None of them says anything of the model: this request is not for this path. The card keeps the
    // class and what stood in the way.
    case v1::FAILURE_CLASS_UNTRANSLATABLE:
    case v1::FAILURE_CLASS_CONTEXT_WINDOW:
    case v1::FAILURE_CLASS_HISTORY:
      return v1::EXCHANGE_RESULT_UNTRANSLATABLE;
    default:
      break;
  }
  return observation.has_failure() ? v1::EXCHANGE_RESULT_FAILED : v1::EXCHANGE_RESULT_SCORED;
}

bool HasFailedDimension(const v1::Scorecard& card) {
  return std::any_of(card.scores().begin(), card.scores().end(), [](const v1::DimensionScore& s) {
    return s.verdict() == v1::SCORE_VERDICT_FAIL;
  });
}

// OpenAI keeps what is answered in Responses unless it is told not to; a shadow leaves nothing behind.
void DontStore(ModelCall& call) {
  constexpr std::string_view kField = "\"store\":false,";
  const size_t inside = call.body->find('{') + 1;
  auto body = std::make_shared<std::string>(*call.body);
  body->insert(inside, kField);
  if (call.model) call.model->offset += kField.size();
  call.body = std::move(body);
}

// What a person needs to see of an answer.
std::string BodyText(const v1::Observation& observation) {
  std::string text = observation.text().empty() ? observation.refusal() : observation.text();
  for (const v1::ToolCall& call : observation.tool_calls()) {
    text += "\n" + call.name() + "(" + call.arguments_json() + ")";
  }
  return text;
}

}  // namespace

// What of one workflow outlives a reload.
struct Mirror::WorkflowState {
  // Live exchanges that were not sampled, by kind of turn and streaming.
  std::array<std::array<std::atomic<int64_t>, 2>, v1::TurnType_ARRAYSIZE> not_sampled = {};
  std::atomic<int64_t> unanswered = 0;
};

// One config, complete with what it resolves to.
struct Mirror::Snapshot {
  struct Workflow {
    const v1::WorkflowConfig* config;
    v1::Contract contract;
    std::shared_ptr<WorkflowState> state;
    // By path name.
    std::map<std::string, std::shared_ptr<ShadowBudget>, std::less<>> budgets;
  };

  std::shared_ptr<const v1::Config> config;
  std::vector<ShadowWorker> workers;
  std::map<std::string, Workflow, std::less<>> workflows;
};

// One exchange on its way through the mirror; its destruction makes room for the next.
struct Mirror::Job {
  Job(Mirror& mirror, std::shared_ptr<const Snapshot> snapshot, Exchange exchange)
      : mirror(mirror), snapshot(std::move(snapshot)), exchange(std::move(exchange)) {
    workflow = &this->snapshot->workflows.find(this->exchange.call->workflow)->second;
    bytes = this->exchange.call->body->size() +
            (this->exchange.answer.native ? this->exchange.answer.native->size() : 0);
    mirror.pending_ += 1;
    mirror.pending_bytes_ += bytes;
  }
  ~Job() {
    mirror.pending_ -= 1;
    mirror.pending_bytes_ -= bytes;
  }

  const std::string& workflow_name() const { return exchange.call->workflow; }

  // Whether this path answered live, and its answer was not given: no need to ask it again.
  bool WasRejected(std::string_view path) const {
    return std::any_of(exchange.rejected.begin(), exchange.rejected.end(),
                       [&](const Answer& answer) { return answer.path == path; });
  }

  Mirror& mirror;
  std::shared_ptr<const Snapshot> snapshot;
  const Snapshot::Workflow* workflow;
  Exchange exchange;
  int64_t bytes = 0;
  std::vector<std::pair<const v1::PathConfig*, v1::ScoreSource>> candidates;
  const ShadowWorker* worker = nullptr;
  // The same request as the live one, marked as a shadow and without the caller's credentials.
  std::shared_ptr<const ModelCall> shadow_call;

  // Filled by Prepare.
  v1::ModelRequest request;
  v1::Contract contract;
  std::string contract_key;
  // What the serving path did; absent if it failed or cannot be read.
  std::optional<v1::Observation> live;
  // What candidates are compared with: null where the serving path is a degraded one.
  const v1::Observation* control = nullptr;
};

Mirror::Mirror(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      redactor_(*Redactor::Create()),
      snapshot_(std::make_shared<const Snapshot>()) {}

Mirror::~Mirror() = default;

absl::Status Mirror::Configure(std::shared_ptr<const v1::Config> config, std::vector<ShadowWorker> workers) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->config = config;
  snapshot->workers = std::move(workers);
  absl::MutexLock lock(&mutex_);
  for (const auto& [name, workflow] : config->workflows()) {
    auto& state = workflows_[name];
    if (!state) state = std::make_shared<WorkflowState>();
    // A schema file stands inline already: config/ has resolved it.
    ASSIGN_OR_RETURN(v1::Contract contract, ContractFromConfig(workflow.contract(), ""));
    Snapshot::Workflow entry{&workflow, std::move(contract), state, {}};
    for (const v1::PathConfig& path : workflow.paths()) {
      const v1::PriceConfig& price = config->providers().at(path.provider()).price();
      auto& budget = budgets_[{name, path.name()}];
      if (!budget) budget = std::make_shared<ShadowBudget>(workflow.mirror(), price);
      budget->Configure(workflow.mirror(), price);
      entry.budgets[path.name()] = budget;
    }
    snapshot->workflows.emplace(name, std::move(entry));
  }
  snapshot_.store(std::move(snapshot));
  return absl::OkStatus();
}

bool Mirror::Samples(std::string_view workflow, uint64_t conversation, v1::TurnType turn_type,
                     bool streaming) {
  const auto snapshot = Current();
  auto it = snapshot->workflows.find(workflow);
  if (it == snapshot->workflows.end()) return false;
  if (IsSampled(workflow, conversation, it->second.config->mirror().rate())) return true;
  it->second.state->not_sampled[turn_type][streaming].fetch_add(1, std::memory_order_relaxed);
  return false;
}

std::string_view Mirror::Offer(Exchange exchange) {
  auto snapshot = Current();
  const ModelCall& call = *exchange.call;
  auto it = snapshot->workflows.find(call.workflow);
  if (call.shadow) return "shadow";
  if (it == snapshot->workflows.end()) return "unknown_workflow";
  coverage_.Offered(call.workflow, exchange.turn_type, call.stream, "");
  auto job = std::make_shared<Job>(*this, snapshot, std::move(exchange));
  for (const v1::PathConfig& path : it->second.config->paths()) {
    const bool served = path.name() == job->exchange.answer.path;
    if (!served && job->WasRejected(path.name())) continue;
    if (served && !IsSelfSampled(call.workflow, call.request_id, it->second.config->mirror().self_rate()))
      continue;
    job->candidates.emplace_back(&path, served ? v1::SCORE_SOURCE_SELF : v1::SCORE_SOURCE_MIRROR);
    coverage_.Sampled(call.workflow, path.name());
  }
  std::string_view reason;
  if (snapshot->workers.empty()) {
    reason = "no_worker";
  } else if (job->bytes > it->second.config->mirror().max_body_bytes()) {
    reason = "body_too_large";
  } else if (pending_ > snapshot->config->shadow().max_queue()) {
    reason = "queue_full";
  } else if (pending_bytes_ > snapshot->config->shadow().max_queue_bytes()) {
    reason = "queue_bytes_full";
  }
  if (!reason.empty()) {
    DropAll(*job, reason);
    return reason;
  }
  job->worker = &snapshot->workers[next_worker_++ % snapshot->workers.size()];
  boost::asio::co_spawn(job->worker->executor, Run(job), [this, job](std::exception_ptr error) {
    if (error) DropAll(*job, "internal_error");
  });
  return {};
}

std::string_view Mirror::Prepare(Job& job) {
  const ModelCall& call = *job.exchange.call;
  auto request = CodecFor(call.dialect).DecodeRequest(*call.body);
  if (!request.ok()) return "undecodable_request";
  job.request = *std::move(request);
  if (auto reason = WhyNotShadowable(job.request)) return *reason;

  auto shadow = std::make_shared<ModelCall>(call);
  if (call.dialect == Dialect::kOpenAiResponses && !job.request.extra_json().contains("store")) {
    DontStore(*shadow);
  }
  shadow->shadow = true;
  shadow->capture = true;
  shadow->caller_authorization.clear();
  shadow->deadline = std::chrono::steady_clock::time_point::max();
  job.shadow_call = std::move(shadow);

  const Snapshot::Workflow& workflow = *job.workflow;
  job.contract = EffectiveContract(job.request, workflow.contract);
  job.contract_key = ContractKey(job.request, workflow.config->contract(), workflow.contract);

  const Answer& answer = job.exchange.answer;
  if (!answer.failure && answer.native && !answer.native_truncated) {
    v1::Observation live = Observe(answer);
    if (!live.has_failure()) job.live = std::move(live);
  }
  const v1::PathConfig* served = FindPath(*workflow.config, answer.path);
  // A degraded path does a narrower job: nobody is measured against it.
  if (job.live && served != nullptr && served->role() != v1::ROLE_DEGRADED) job.control = &*job.live;
  return {};
}

boost::asio::awaitable<void> Mirror::Run(std::shared_ptr<Job> job) {
  if (const std::string_view reason = Prepare(*job); !reason.empty()) {
    DropAll(*job, reason);
    co_return;
  }
  const v1::PathConfig* served = FindPath(*job->workflow->config, job->exchange.answer.path);
  if (job->live && served != nullptr) {
    AppendCard(*job, *served, *job->live, v1::SCORE_SOURCE_LIVE);
  }
  for (const Answer& answer : job->exchange.rejected) {
    const v1::PathConfig* path = FindPath(*job->workflow->config, answer.path);
    if (path != nullptr) AppendCard(*job, *path, Observe(answer), v1::SCORE_SOURCE_LIVE);
  }
  for (const auto& [path, source] : job->candidates) {
    boost::asio::co_spawn(job->worker->executor, RunCandidate(job, path, source),
                          [this, job, path](std::exception_ptr error) {
                            if (!error) return;
                            coverage_.Dropped(job->workflow_name(), path->name(), "internal_error");
                          });
  }
}

boost::asio::awaitable<void> Mirror::RunCandidate(std::shared_ptr<Job> job,
                                                  const v1::PathConfig* path,
                                                  v1::ScoreSource source) {
  const std::string& workflow = job->workflow_name();
  ShadowBudget& budget = *job->workflow->budgets.at(path->name());
  ShadowBudget::Reservation reservation;
  if (auto reason = budget.Reserve(job->shadow_call->body->size(), dependencies_.clock.Now(),
                                   reservation)) {
    coverage_.Dropped(workflow, path->name(), *reason);
    co_return;
  }
  ModelCall call = *job->shadow_call;
  call.deadline =
      std::chrono::steady_clock::now() +
      absl::ToChronoNanoseconds(FromProto(job->workflow->config->mirror().timeout()));
  const Answer answer = co_await job->worker->paths->Call(workflow, path->name(), call, nullptr);
  const v1::Observation observation = Observe(answer);
  budget.Finish(reservation, observation.has_usage() ? &observation.usage() : nullptr);
  if (answer.native_truncated) {
    coverage_.Dropped(workflow, path->name(), "answer_too_large");
  } else if (observation.failure().failure_class() == v1::FAILURE_CLASS_LOCAL_LIMIT) {
    coverage_.Dropped(workflow, path->name(), "local_limit");
  } else if (!AppendCard(*job, *path, observation, source)) {
    coverage_.Dropped(workflow, path->name(), "store_error");
  } else {
    coverage_.Mirrored(workflow, path->name());
  }
}

bool Mirror::AppendCard(const Job& job, const v1::PathConfig& path,
                        const v1::Observation& observation, v1::ScoreSource source) {
  const Exchange& exchange = job.exchange;
  v1::Scorecard card;
  card.set_request_id(exchange.call->request_id);
  card.set_workflow(job.workflow_name());
  card.set_candidate_path(path.name());
  card.set_control_path(exchange.answer.path);
  card.set_source(source);
  card.set_conversation(HashHex(exchange.conversation));
  *card.mutable_dispatch_time() = observation.dispatch_time();
  card.set_result(ResultOf(observation));
  card.set_turn_type(exchange.turn_type);
  card.set_served_model(observation.served_model());
  card.set_failure_class(observation.failure().failure_class());
  card.set_duration_seconds(absl::ToDoubleSeconds(FromProto(observation.duration())));
  card.set_replica(dependencies_.replica);
  if (observation.has_usage()) *card.mutable_usage() = observation.usage();
  if (observation.has_fidelity()) *card.mutable_fidelity() = observation.fidelity();

  if (card.result() == v1::EXCHANGE_RESULT_SCORED) {
    const v1::ProviderConfig& provider = job.snapshot->config->providers().at(path.provider());
    card.set_evidence_key(EvidenceKey(job.contract_key, PathKey(path, provider, observation)));
    const v1::Observation* control = source == v1::SCORE_SOURCE_LIVE ? &observation : job.control;
    ScoreResult result = ScoreAll({job.request, job.contract, control, observation});
    for (auto& score : result.scores) *card.add_scores() = std::move(score);
    for (auto& finding : result.findings) *card.add_findings() = std::move(finding);
    card.set_control_stance(result.control_stance);
    card.set_candidate_stance(result.candidate_stance);
    card.set_next_move(result.next_move);
    if (result.false_proceed) card.set_false_proceed(*result.false_proceed);
  }

  if (job.workflow->config->keep_divergent_bodies() && HasFailedDimension(card)) {
    v1::DivergentBody body;
    body.set_request(redactor_.Redact(*exchange.call->body).text);
    if (job.live) body.set_control(redactor_.Redact(BodyText(*job.live)).text);
    body.set_candidate(redactor_.Redact(BodyText(observation)).text);
    return dependencies_.store.Append(std::move(card), std::move(body)).ok();
  }
  return dependencies_.store.Append(std::move(card)).ok();
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

void Mirror::DropAll(const Job& job, std::string_view reason) {
  for (const auto& [path, source] : job.candidates) {
    coverage_.Dropped(job.workflow_name(), path->name(), reason);
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
      (*turn->mutable_skipped())["not_sampled"] = count;
    }
  }
  return turns;
}

}  // namespace warmpath
