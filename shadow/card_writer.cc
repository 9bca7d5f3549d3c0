#include "shadow/card_writer.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "base/utf8.h"
#include "scorer/scorer.h"
#include "shadow/evidence_key.h"
#include "shadow/judge_client.h"

namespace warmpath {
namespace {

// Of a judge's reason: a line for people.
constexpr size_t kMaxReasonBytes = 300;

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

// What an answer is compared with. The primary is its own reference; a stand-in that served has none:
// compared with itself it would pass whatever it does.
const v1::Observation* ControlOf(const MirrorJob& job, const v1::PathConfig& path,
                                 const v1::Observation& observation, v1::ScoreSource source) {
  if (source != v1::SCORE_SOURCE_LIVE) return job.control;
  return path.role() == v1::ROLE_PRIMARY ? &observation : nullptr;
}

// Whether anything is held against what the judge says of the primary asked again.
bool ComparesJudgements(const v1::WorkflowConfig& workflow) {
  const auto& dimensions = workflow.gate().dimensions();
  const auto judge = dimensions.find("judge");
  return judge != dimensions.end() && judge->second.mode() == v1::GATE_MODE_PAIRED;
}

// The judge's words, if they may be kept, as one line.
v1::Finding Rejection(std::string words) {
  std::replace_if(words.begin(), words.end(), [](unsigned char c) { return c < ' '; }, ' ');
  v1::Finding finding;
  finding.set_dimension(v1::DIMENSION_JUDGE);
  finding.set_kind(v1::FINDING_KIND_JUDGE_REJECTS);
  finding.set_severity(v1::SEVERITY_VIOLATION);
  finding.set_message(words.empty() ? "the judge rejects the answer"
                                    : std::string(TruncateUtf8(words, kMaxReasonBytes)));
  return finding;
}

// All of a card but what follows from its scoring.
v1::Scorecard Describe(const MirrorJob& job, const v1::PathConfig& path,
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
  card.set_handed_over(path.role() == v1::ROLE_DEGRADED &&
                       observation.outcome() == v1::OUTCOME_HANDOVER);
  card.set_control_path_key(job.primary_key);
  if (observation.has_usage()) *card.mutable_usage() = observation.usage();
  if (observation.has_fidelity()) *card.mutable_fidelity() = observation.fidelity();
  return card;
}

}  // namespace

CardWriter::CardWriter(ScoreStore& store, std::string replica)
    : store_(store), replica_(std::move(replica)), redactor_(*Redactor::Create()) {}

boost::asio::awaitable<void> CardWriter::Judge(const MirrorJob& job,
                                               const v1::Observation& observation,
                                               v1::Scorecard& card) const {
  JudgeClient* const judge = job.workflow->judge.get();
  if (judge == nullptr) co_return;
  card.mutable_key_parts()->set_judge(judge->version());
  const bool again = card.source() == v1::SCORE_SOURCE_SELF;
  if (again && !ComparesJudgements(*job.workflow->config)) co_return;
  JudgeQuestion question{card.candidate_path(), card.request_id(), job.exchange.conversation,
                         job.request, nullptr, observation};
  // The live answer itself is judged by what it says, like any other, not by what equals it.
  if (card.source() != v1::SCORE_SOURCE_LIVE) question.control = job.control;
  JudgeResult result =
      co_await judge->Judge(question, card.scores(), *job.worker->paths, job.worker->executor);
  card.mutable_key_parts()->set_judge(result.version);
  if (result.score.verdict() == v1::SCORE_VERDICT_FAIL) {
    const bool keeps_words = job.workflow->config->keep_divergent_bodies();
    *card.add_findings() = Rejection(keeps_words ? redactor_.Redact(result.reason).text : "");
  }
  *card.add_scores() = std::move(result.score);
}

boost::asio::awaitable<v1::Scorecard> CardWriter::Make(const MirrorJob& job,
                                                       const v1::PathConfig& path,
                                                       const v1::Observation& observation,
                                                       v1::ScoreSource source) const {
  v1::Scorecard card = Describe(job, path, observation, source);
  card.set_replica(replica_);
  if (card.result() != v1::EXCHANGE_RESULT_SCORED) co_return card;
  *card.mutable_key_parts() = job.key_parts;
  card.mutable_key_parts()->set_path(job.KeyOf(path, observation));
  AddScores(job, ControlOf(job, path, observation, source), observation, card);
  co_await Judge(job, observation, card);
  card.set_evidence_key(EvidenceKey(card.key_parts()));
  co_return card;
}

absl::StatusOr<std::string> CardWriter::Append(const MirrorJob& job, v1::Scorecard card,
                                               const v1::Observation& observation) {
  if (!job.workflow->config->keep_divergent_bodies() || !HasFailedDimension(card)) {
    return store_.Append(std::move(card));
  }
  v1::DivergentBody body;
  body.set_request(redactor_.Redact(*job.exchange.call->body).text);
  if (job.live) body.set_control(redactor_.Redact(BodyText(*job.live)).text);
  body.set_candidate(redactor_.Redact(BodyText(observation)).text);
  return store_.Append(std::move(card), std::move(body));
}

absl::Status CardWriter::AppendConfirmation(const v1::Scorecard& card,
                                            const v1::Confirmation& confirmation, absl::Time now) {
  v1::Scorecard settled;
  settled.set_request_id(card.request_id());
  settled.set_workflow(card.workflow());
  settled.set_candidate_path(card.candidate_path());
  settled.set_control_path(card.control_path());
  settled.set_control_path_key(card.control_path_key());
  settled.set_source(v1::SCORE_SOURCE_CONFIRMATION);
  settled.set_evidence_key(card.evidence_key());
  *settled.mutable_key_parts() = card.key_parts();
  settled.set_conversation(card.conversation());
  *settled.mutable_dispatch_time() = ToProto(now);
  settled.set_result(v1::EXCHANGE_RESULT_SCORED);
  settled.set_turn_type(card.turn_type());
  settled.set_served_model(card.served_model());
  settled.set_replica(replica_);
  *settled.mutable_confirmation() = confirmation;
  return store_.Append(std::move(settled)).status();
}

}  // namespace warmpath
