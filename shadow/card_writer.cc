#include "shadow/card_writer.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "scorer/scorer.h"
#include "shadow/evidence_key.h"

namespace warmpath {
namespace {

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

// What a person needs to see of an answer.
std::string BodyText(const v1::Observation& observation) {
  std::string text = observation.text().empty() ? observation.refusal() : observation.text();
  for (const v1::ToolCall& call : observation.tool_calls()) {
    text += "\n" + call.name() + "(" + call.arguments_json() + ")";
  }
  return text;
}

void AddScores(const MirrorJob& job, const v1::Observation* control,
               const v1::Observation& observation, v1::Scorecard& card) {
  ScoreResult result = ScoreAll({job.request, job.contract, control, observation});
  for (auto& score : result.scores) *card.add_scores() = std::move(score);
  for (auto& finding : result.findings) *card.add_findings() = std::move(finding);
  card.set_control_stance(result.control_stance);
  card.set_candidate_stance(result.candidate_stance);
  card.set_next_move(result.next_move);
  if (result.false_proceed) card.set_false_proceed(*result.false_proceed);
}

}  // namespace

CardWriter::CardWriter(ScoreStore& store, std::string replica)
    : store_(store), replica_(std::move(replica)), redactor_(*Redactor::Create()) {}

v1::Scorecard CardWriter::Describe(const MirrorJob& job, const v1::PathConfig& path,
                                   const v1::Observation& observation,
                                   v1::ScoreSource source) const {
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
  card.set_replica(replica_);
  card.set_handed_over(path.role() == v1::ROLE_DEGRADED &&
                       observation.outcome() == v1::OUTCOME_HANDOVER);
  card.set_control_path_key(job.primary_key);
  if (observation.has_usage()) *card.mutable_usage() = observation.usage();
  if (observation.has_fidelity()) *card.mutable_fidelity() = observation.fidelity();
  return card;
}

bool CardWriter::Append(const MirrorJob& job, const v1::PathConfig& path,
                        const v1::Observation& observation, v1::ScoreSource source) {
  v1::Scorecard card = Describe(job, path, observation, source);
  if (card.result() == v1::EXCHANGE_RESULT_SCORED) {
    *card.mutable_key_parts() = job.key_parts;
    card.mutable_key_parts()->set_path(job.KeyOf(path, observation));
    card.set_evidence_key(EvidenceKey(card.key_parts()));
    AddScores(job, source == v1::SCORE_SOURCE_LIVE ? &observation : job.control, observation, card);
  }
  if (job.workflow->config->keep_divergent_bodies() && HasFailedDimension(card)) {
    v1::DivergentBody body;
    body.set_request(redactor_.Redact(*job.exchange.call->body).text);
    if (job.live) body.set_control(redactor_.Redact(BodyText(*job.live)).text);
    body.set_candidate(redactor_.Redact(BodyText(observation)).text);
    return store_.Append(std::move(card), std::move(body)).ok();
  }
  return store_.Append(std::move(card)).ok();
}

}  // namespace warmpath
