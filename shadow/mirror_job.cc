#include "shadow/mirror_job.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "provider/codec.h"
#include "provider/observe.h"
#include "scorer/contract.h"
#include "scorer/scorer.h"
#include "shadow/evidence_key.h"
#include "shadow/sampler.h"
#include "shadow/shadowable.h"

namespace warmpath {
namespace {

// OpenAI keeps what is answered in Responses unless it is told not to; a shadow leaves nothing behind.
void DontStore(ModelCall& call) {
  constexpr std::string_view kField = "\"store\":false,";
  const size_t inside = call.body->find('{') + 1;
  auto body = std::make_shared<std::string>(*call.body);
  body->insert(inside, kField);
  if (call.model) call.model->offset += kField.size();
  call.body = std::move(body);
}

std::shared_ptr<const ModelCall> ShadowOf(const ModelCall& call, const v1::ModelRequest& request) {
  auto shadow = std::make_shared<ModelCall>(call);
  if (call.dialect == Dialect::kOpenAiResponses && !request.extra_json().contains("store")) {
    DontStore(*shadow);
  }
  shadow->shadow = true;
  shadow->capture = true;
  shadow->caller_authorization.clear();
  shadow->deadline = std::chrono::steady_clock::time_point::max();
  return shadow;
}

// Also a primary whose answer was not given has answered.
std::string PrimaryKey(const MirrorJob& job) {
  const v1::PathConfig* served = job.FindPath(job.exchange.answer.path);
  if (job.live && served != nullptr && served->role() == v1::ROLE_PRIMARY) {
    return job.KeyOf(*served, *job.live);
  }
  for (const Answer& answer : job.exchange.rejected) {
    const v1::PathConfig* path = job.FindPath(answer.path);
    if (path == nullptr || path->role() != v1::ROLE_PRIMARY) continue;
    const v1::Observation observation = Observe(answer);
    if (!observation.has_failure()) return job.KeyOf(*path, observation);
  }
  return "";
}

}  // namespace

void MirrorCandidate::End(v1::Scorecard made) {
  if (source == v1::SCORE_SOURCE_SELF) control = made;
  card = std::move(made);
  ended = true;
}

MirrorJob::MirrorJob(PendingExchanges& pending, std::shared_ptr<const MirrorSnapshot> snapshot,
                     Exchange exchange)
    : pending(pending), snapshot(std::move(snapshot)), exchange(std::move(exchange)) {
  workflow = &this->snapshot->workflows.find(this->exchange.call->workflow)->second;
  bytes = this->exchange.call->body->size() +
          (this->exchange.answer.native ? this->exchange.answer.native->size() : 0);
  pending.Add(bytes);
  const Answer& answer = this->exchange.answer;
  if (!answer.failure) {
    live_marks.push_back(pending.Await(workflow_name(), answer.path, answer.dispatch_time));
  }
  for (const Answer& rejected : this->exchange.rejected) {
    live_marks.push_back(pending.Await(workflow_name(), rejected.path, rejected.dispatch_time));
  }
}

void MirrorJob::AddCandidate(const v1::PathConfig& path, v1::ScoreSource source, absl::Time now) {
  MirrorCandidate& candidate = candidates.emplace_back();
  candidate.path = &path;
  candidate.source = source;
  candidate.mark = pending.Await(workflow_name(), path.name(), now);
}

bool MirrorJob::AsksAgain() const {
  const double rate = workflow->config->mirror().self_rate();
  const v1::PathConfig* served = FindPath(exchange.answer.path);
  if (served == nullptr) return false;
  if (!workflow->paired) return IsSelfSampled(workflow_name(), exchange.call->request_id, rate);
  // A second answer of the primary is of use only to those that are compared with the first.
  return !candidates.empty() && served->role() == v1::ROLE_PRIMARY && !exchange.answer.failure &&
         IsSelfSampled(workflow_name(), exchange.conversation, rate);
}

bool MirrorJob::WasRejected(std::string_view path) const {
  return std::any_of(exchange.rejected.begin(), exchange.rejected.end(),
                     [&](const Answer& answer) { return answer.path == path; });
}

const v1::PathConfig* MirrorJob::FindPath(std::string_view name) const {
  for (const v1::PathConfig& path : workflow->config->paths()) {
    if (path.name() == name) return &path;
  }
  return nullptr;
}

std::string MirrorJob::KeyOf(const v1::PathConfig& path, const v1::Observation& observation) const {
  return PathKey(path, snapshot->config->providers().at(path.provider()), observation);
}

std::string_view PrepareJob(MirrorJob& job) {
  const ModelCall& call = *job.exchange.call;
  auto request = CodecFor(call.dialect).DecodeRequest(*call.body);
  if (!request.ok()) return "undecodable_request";
  job.request = *std::move(request);
  if (auto reason = WhyNotShadowable(job.request)) return *reason;
  job.shadow_call = ShadowOf(call, job.request);

  const MirrorSnapshot::Workflow& workflow = *job.workflow;
  job.contract = EffectiveContract(job.request, workflow.contract);
  job.key_parts = ContractKeyParts(job.request, workflow.contract);
  job.key_parts.set_scorer(ScorerKey());

  const Answer& answer = job.exchange.answer;
  if (!answer.failure && answer.native && !answer.native_truncated) {
    v1::Observation live = Observe(answer);
    if (!live.has_failure()) job.live = std::move(live);
  }
  const v1::PathConfig* served = job.FindPath(answer.path);
  // A degraded path does a narrower job: nobody is measured against it.
  if (job.live && served != nullptr && served->role() != v1::ROLE_DEGRADED) job.control = &*job.live;
  job.primary_key = PrimaryKey(job);
  return {};
}

}  // namespace warmpath
