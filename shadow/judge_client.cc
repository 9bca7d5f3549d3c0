#include "shadow/judge_client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "base/utf8.h"
#include "provider/judge_path.h"
#include "provider/observe.h"
#include "shadow/judge_prompt.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;

// Keeps who is judged apart from who is sampled.
constexpr uint64_t kRateSalt = 0x6a75646765;  // "judge"
// gRPC servers take 4 MiB unless they are told otherwise.
constexpr size_t kMaxServiceBytes = (4 << 20) - (64 << 10);
// As long as a configured version may be.
constexpr size_t kMaxVersionBytes = 100;
// So much of a minute's verdicts may be asked for at once.
constexpr double kBurstShare = 1.0 / 6;

double Burst(const v1::JudgeConfig& config) {
  return std::max(1.0, config.max_requests_per_minute() * kBurstShare);
}

std::string OwnVersion(const v1::JudgeConfig& judge, const v1::Config& config) {
  if (!judge.version().empty()) return judge.version();
  StableHasher hasher;
  hasher.Field(judge.rubric()).Field(judge.target()).Field(judge.model());
  if (const auto provider = config.providers().find(judge.provider());
      provider != config.providers().end()) {
    hasher.Number(provider->second.kind()).Field(provider->second.base_url());
    hasher.Field(kJudgePromptVersion);
  }
  return HashHex(hasher.Digest());
}

// Why a model's call gave no verdict.
std::string_view OutcomeOf(v1::FailureClass failure) {
  switch (failure) {
    case v1::FAILURE_CLASS_LOCAL_LIMIT:
      return "concurrency";
    case v1::FAILURE_CLASS_CONTEXT_WINDOW:
      return "too_long";
    case v1::FAILURE_CLASS_TIMEOUT:
    case v1::FAILURE_CLASS_DEADLINE:
      return "timeout";
    case v1::FAILURE_CLASS_CONNECT:
    case v1::FAILURE_CLASS_TLS:
      return "unreachable";
    case v1::FAILURE_CLASS_MALFORMED_ANSWER:
    case v1::FAILURE_CLASS_EMPTY_ANSWER:
    case v1::FAILURE_CLASS_INTERRUPTED:
      return "bad_answer";
    default:
      return "error";
  }
}

std::string_view OutcomeOf(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "timeout";
    case grpc::StatusCode::UNAVAILABLE:
      return "unreachable";
    default:
      return "error";
  }
}

std::string_view OutcomeOf(v1::ScoreVerdict verdict) {
  switch (verdict) {
    case v1::SCORE_VERDICT_PASS:
      return "pass";
    case v1::SCORE_VERDICT_FAIL:
      return "fail";
    case v1::SCORE_VERDICT_NOT_APPLICABLE:
      return "not_applicable";
    default:
      return "bad_answer";
  }
}

// What is not judged is no evidence; a judge that gives no verdict is a scorer that failed.
v1::ScoreVerdict WithoutVerdict(std::string_view outcome) {
  constexpr std::array<std::string_view, 4> kFailed = {"timeout", "unreachable", "error",
                                                       "bad_answer"};
  return std::find(kFailed.begin(), kFailed.end(), outcome) != kFailed.end()
             ? v1::SCORE_VERDICT_SCORER_ERROR
             : v1::SCORE_VERDICT_NOT_APPLICABLE;
}

v1::DimensionScore ScoreOf(v1::ScoreVerdict verdict, double grade) {
  v1::DimensionScore score;
  score.set_dimension(v1::DIMENSION_JUDGE);
  score.set_verdict(verdict);
  score.set_grade(grade);
  return score;
}

}  // namespace

struct JudgeClient::Verdict {
  v1::ScoreVerdict verdict = v1::SCORE_VERDICT_SCORER_ERROR;
  double grade = 0;
  std::string reason;
  std::string version;
  std::string_view outcome;

  static Verdict None(std::string_view outcome) {
    return {WithoutVerdict(outcome), 0, "", "", outcome};
  }
};

JudgeClient::JudgeClient(std::string name, const v1::WorkflowConfig& workflow,
                         const v1::Config& config, std::string known_version, const Clock& clock,
                         Metrics* metrics)
    : name_(std::move(name)),
      config_(workflow.judge()),
      own_version_(OwnVersion(config_, config)),
      clock_(clock),
      counts_(metrics == nullptr
                  ? nullptr
                  : &metrics->Counters("warmpath_judge_total",
                                       "Scored answers by what the plug-in judge made of them.",
                                       {"workflow", "path", "outcome"})),
      channel_(config_.target().empty()
                   ? nullptr
                   : std::make_shared<JudgeChannel>(config_.target(), config_.tls())),
      version_(known_version.empty() ? own_version_ : std::move(known_version)),
      tokens_(Burst(config_)),
      refill_time_(clock.Now()) {}

std::string JudgeClient::version() const {
  absl::MutexLock lock(&mutex_);
  return version_;
}

asio::awaitable<JudgeResult> JudgeClient::Judge(JudgeQuestion question,
                                                const DimensionScores& scores, PathSet& paths,
                                                asio::any_io_executor executor) {
  std::string_view outcome = WhyNot(question, scores);
  if (outcome.empty()) outcome = Enter();
  Verdict verdict = Verdict::None(outcome);
  if (outcome.empty()) {
    const auto leave = absl::MakeCleanup([this] { Leave(); });
    // Apart from a conditional: GCC 12 compiles co_await in one wrongly.
    if (channel_ != nullptr) {
      verdict = co_await AskService(question, executor);
    } else {
      verdict = co_await AskModel(question, paths);
    }
    if (!verdict.version.empty()) Learn(verdict.version);
  }
  Count(question.path, verdict.outcome);
  JudgeResult result;
  result.score = ScoreOf(verdict.verdict, verdict.grade);
  result.reason = std::move(verdict.reason);
  result.version = verdict.version.empty() ? version() : std::move(verdict.version);
  co_return result;
}

std::string_view JudgeClient::WhyNot(const JudgeQuestion& question,
                                     const DimensionScores& scores) const {
  if (question.candidate.outcome() == v1::OUTCOME_HANDOVER) return "handed_over";
  const uint64_t hash =
      StableHasher(kRateSalt).Field(name_).Number(question.conversation).Digest();
  if (!(UnitInterval(hash) < config_.rate())) return "not_sampled";
  const bool failed =
      std::any_of(scores.begin(), scores.end(), [](const v1::DimensionScore& score) {
        return score.verdict() == v1::SCORE_VERDICT_FAIL;
      });
  return failed ? "fails_already" : "";
}

std::string_view JudgeClient::Enter() {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  const double elapsed = std::max(0.0, absl::ToDoubleMinutes(now - refill_time_));
  refill_time_ = now;
  tokens_ = std::min(Burst(config_), tokens_ + elapsed * config_.max_requests_per_minute());
  if (in_flight_ >= config_.max_concurrency()) return "concurrency";
  if (tokens_ < 1) return "rate";
  tokens_ -= 1;
  ++in_flight_;
  return "";
}

void JudgeClient::Leave() {
  absl::MutexLock lock(&mutex_);
  --in_flight_;
}

void JudgeClient::Learn(const std::string& version) {
  absl::MutexLock lock(&mutex_);
  version_ = version;
}

asio::awaitable<JudgeClient::Verdict> JudgeClient::AskService(const JudgeQuestion& question,
                                                              asio::any_io_executor executor) {
  const auto call = std::make_shared<JudgeCall>(channel_, executor);
  v1::JudgeRequest& request = call->request();
  request.set_request_id(question.request_id);
  request.set_workflow(name_);
  request.set_rubric(config_.rubric());
  *request.mutable_request() = question.request;
  if (question.control != nullptr) *request.mutable_control() = *question.control;
  *request.mutable_candidate() = question.candidate;
  if (request.ByteSizeLong() > kMaxServiceBytes) co_return Verdict::None("too_long");
  const grpc::Status status = co_await call->Run(FromProto(config_.timeout()));
  if (!status.ok()) co_return Verdict::None(OutcomeOf(status));

  const v1::JudgeResponse& response = call->response();
  Verdict verdict;
  verdict.outcome = OutcomeOf(response.verdict());
  if (verdict.outcome == "bad_answer" || !std::isfinite(response.grade())) {
    co_return Verdict::None("bad_answer");
  }
  verdict.verdict = response.verdict();
  verdict.grade = std::clamp(response.grade(), 0.0, 1.0);
  verdict.reason = response.reason();
  verdict.version = response.version().empty()
                        ? own_version_
                        : std::string(TruncateUtf8(response.version(), kMaxVersionBytes));
  co_return verdict;
}

asio::awaitable<JudgeClient::Verdict> JudgeClient::AskModel(const JudgeQuestion& question,
                                                            PathSet& paths) {
  std::string judged = JudgedCase(question.request, question.candidate);
  if (judged.size() > kMaxJudgedBytes) co_return Verdict::None("too_long");
  const v1::ModelRequest prompt = JudgePrompt(config_.rubric(), std::move(judged));
  ModelCall call;
  call.request_id = question.request_id;
  call.workflow = name_;
  call.dialect = Dialect::kCanonical;
  call.body = std::make_shared<const std::string>(prompt.SerializeAsString());
  call.shadow = true;
  call.capture = true;
  call.deadline = std::chrono::steady_clock::now() +
                  absl::ToChronoNanoseconds(FromProto(config_.timeout()));
  const Answer answer = co_await paths.Call(name_, kJudgePath, call, nullptr);
  co_return ReadReply(Observe(answer));
}

JudgeClient::Verdict JudgeClient::ReadReply(const v1::Observation& reply) const {
  if (reply.has_failure()) return Verdict::None(OutcomeOf(reply.failure().failure_class()));
  auto grade = ReadJudgeReply(reply);
  if (!grade.ok()) return Verdict::None("bad_answer");
  Verdict verdict;
  verdict.verdict = grade->grade >= config_.pass_grade() ? v1::SCORE_VERDICT_PASS
                                                         : v1::SCORE_VERDICT_FAIL;
  verdict.grade = grade->grade;
  verdict.reason = std::move(grade->reason);
  verdict.outcome = OutcomeOf(verdict.verdict);
  // A vendor that moves an alias to another model has changed the judge.
  verdict.version =
      config_.version().empty()
          ? HashHex(StableHasher().Field(own_version_).Field(reply.served_model()).Digest())
          : config_.version();
  return verdict;
}

void JudgeClient::Count(std::string_view path, std::string_view outcome) const {
  if (counts_ != nullptr) {
    counts_->With({name_, std::string(path), std::string(outcome)}).Increment();
  }
  if (WithoutVerdict(outcome) != v1::SCORE_VERDICT_SCORER_ERROR) return;
  static LogRateLimiter limiter(/*per_minute=*/6);
  if (const auto suppressed = limiter.Admit(clock_.Now())) {
    LogWarning("the judge gave no verdict",
               {{"workflow", name_}, {"outcome", outcome}, {"suppressed", *suppressed}});
  }
}

}  // namespace warmpath
