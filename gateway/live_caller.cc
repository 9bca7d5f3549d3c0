#include "gateway/live_caller.h"

#include <chrono>
#include <utility>

#include "base/log.h"
#include "gateway/answer_check.h"
#include "gateway/hold_back.h"
#include "proto/failure_rules.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

LiveAnswer Downtime(const WorkflowPlan* plan) {
  LiveAnswer live;
  live.downtime = true;
  live.retry_after = plan != nullptr ? plan->retry_after : absl::Seconds(5);
  live.answer.failure = MakeFailure(
      v1::FAILURE_CLASS_OVERLOADED,
      plan != nullptr ? "no path may serve this workflow now: " + plan->downtime_reason
                      : "the workflow is not in the plan yet");
  live.answer.failure->set_native_code("warmpath_downtime");
  return live;
}

}  // namespace

// The present try of one request, and what earlier tries left.
struct LiveCaller::Attempt {
  const ModelCall& call;
  const WorkflowRules& rules;
  PathSet& paths;
  CancelToken* cancel;
  // Null: the caller asked for no stream.
  CommitBarrier* barrier;
  // Holds the stream of this try, where the workflow wants that.
  std::optional<HoldBack> hold;
  LiveAnswer live;
  // The first refusal that was not given, and the stream that it came as.
  std::optional<LiveAnswer> refusal;
  std::string refusal_stream;
  PathLimit::Pass pass;
};

boost::asio::awaitable<LiveAnswer> LiveCaller::Serve(std::shared_ptr<ModelCall> call,
                                                     uint64_t conversation, v1::TurnType turn_type,
                                                     FrontStream* front, CancelToken* cancel) {
  SampleTicket ticket;
  if (!call->count_tokens) {
    ticket = shared_.mirror.Samples(call->workflow, conversation, turn_type, call->stream);
  }
  const std::shared_ptr<const LiveRules> all_rules = rules_;
  const WorkflowRules* rules = all_rules->Find(call->workflow);
  call->capture = ticket || (rules != nullptr && rules->checks());
  if (call->has_signed_blocks && rules != nullptr) {
    call->signed_by = shared_.signers.Find(conversation, rules->primary_provider);
  }
  const std::shared_ptr<const Plan> plan = shared_.failover.Plan();
  const WorkflowPlan* workflow = plan->Find(call->workflow);
  PathsToTry candidates;
  bool probing = false;
  if (workflow != nullptr && rules != nullptr) {
    const std::string_view key(reinterpret_cast<const char*>(&conversation), sizeof(conversation));
    candidates = workflow->PathsFor(key);
    if (candidates.empty()) {
      if (const PlannedPath* probe = workflow->TakeProbe(shared_.clock.Now())) {
        candidates.push_back(probe);
        probing = true;
      }
    }
  }
  LiveAnswer live;
  if (candidates.empty()) {
    live = Downtime(workflow);
  } else {
    live = co_await TryPaths(*call, *workflow, std::move(candidates), front, cancel);
    // To its caller a probe that finds the path still down is the downtime, not to be tried again at
    // once.
    if (probing && live.answer.failure && !live.streamed &&
        CountsAgainstHealth(live.answer.failure->failure_class())) {
      live = Downtime(workflow);
    }
  }
  if (call->count_tokens) co_return live;
  if (live.answer.failure) {
    shared_.mirror.NoteUnanswered(call->workflow);
  } else if (const WorkflowRules::Path* path = rules->FindPath(live.answer.path)) {
    shared_.signers.Note(conversation, path->provider, rules->primary_provider);
  }
  if (live.answer.handover) shared_.mirror.HandOver(*call, live.answer);
  if (ticket) {
    shared_.mirror.Offer({std::move(call), live.answer, conversation, turn_type,
                          std::move(live.rejected), ticket});
  }
  co_return live;
}

boost::asio::awaitable<LiveAnswer> LiveCaller::TryPaths(const ModelCall& call,
                                                        const WorkflowPlan& plan,
                                                        PathsToTry candidates,
                                                        FrontStream* front, CancelToken* cancel) {
  // Held here, as a reload may replace them meanwhile.
  const std::shared_ptr<PathSet> paths = paths_;
  const std::shared_ptr<const LiveRules> all_rules = rules_;
  std::optional<CommitBarrier> barrier;
  if (front != nullptr) barrier.emplace(*front);
  Attempt attempt{.call = call,
                  .rules = *all_rules->Find(call.workflow),
                  .paths = *paths,
                  .cancel = cancel,
                  .barrier = barrier ? &*barrier : nullptr,
                  .hold = {},
                  .live = {},
                  .refusal = {},
                  .refusal_stream = {},
                  .pass = {}};
  LiveAnswer& live = attempt.live;
  for (const PlannedPath* path : candidates) {
    // A conversation in a drill's share has the drill's path in front, the plan's own one.
    live.served = {.path = path->name,
                   .mode = plan.mode,
                   .verdict = path->conformance,
                   .drill = plan.drill && path == &plan.drill->path,
                   .contract = {},
                   .fidelity = {}};
    co_await Try(attempt, path->name);
    if (!live.answer.failure || live.streamed) break;
    if (!MayTryAnotherPath(live.answer.failure->failure_class())) break;
    if (cancel != nullptr && cancel->cancelled()) break;
    if (std::chrono::steady_clock::now() >= call.deadline) break;
  }
  const bool give_refusal = attempt.refusal && live.answer.failure && !live.streamed &&
                            attempt.rules.on_refusal == v1::REFUSAL_POLICY_MAY_SWAP;
  if (give_refusal) {
    attempt.refusal->rejected = std::move(live.rejected);
    live = *std::move(attempt.refusal);
    if (!attempt.refusal_stream.empty()) {
      barrier->Try(live.served);
      (void)co_await barrier->Write(attempt.refusal_stream, PieceKind::kTerminal);
      live.streamed = barrier->committed();
    }
  }
  co_return std::move(live);
}

boost::asio::awaitable<void> LiveCaller::Try(Attempt& attempt, const std::string& path) {
  const ModelCall& call = attempt.call;
  LiveAnswer& live = attempt.live;
  const WorkflowRules::Path* const rules = attempt.rules.FindPath(path);
  attempt.pass = PathLimit::Pass();
  if (rules != nullptr && rules->limit != nullptr &&
      !rules->limit->TryEnter(shared_.clock.Now(), attempt.pass)) {
    shared_.metrics.CountPathLimit(call.workflow, path);
    live.answer = Answer();
    live.answer.path = path;
    live.answer.failure = MakeFailure(v1::FAILURE_CLASS_PATH_LIMIT,
                                      "path \"" + path + "\" is at its configured limit");
    // No matter of health, but of a drill: the path cannot carry the traffic.
    Report(attempt, path);
    co_return;
  }
  AnswerSink* sink = attempt.barrier;
  attempt.hold.reset();
  if (attempt.barrier != nullptr) {
    attempt.barrier->Try(live.served);
    if (attempt.rules.holds_streams()) sink = &attempt.hold.emplace(attempt.rules.max_buffer_bytes);
  }
  live.answer = co_await attempt.paths.Call(call.workflow, path, call, sink, attempt.cancel);
  live.with_callers_key = !call.caller_authorization.empty() && rules != nullptr &&
                          !rules->has_own_key && live.answer.dialect == call.dialect;
  if (live.answer.fidelity) live.served.fidelity = FidelityText(*live.answer.fidelity);
  if (call.count_tokens) co_return;
  if (attempt.rules.checks()) Look(attempt, path);
  Report(attempt, path);
  if (attempt.hold && !live.answer.failure) {
    attempt.barrier->Try(live.served);
    if (!co_await attempt.barrier->Write(attempt.hold->held(), PieceKind::kTerminal)) {
      live.answer.failure = MakeFailure(v1::FAILURE_CLASS_CANCELLED, "the caller went away");
    }
  }
  live.streamed = attempt.barrier != nullptr && attempt.barrier->committed();
}

void LiveCaller::Look(Attempt& attempt, const std::string& path) {
  LiveAnswer& live = attempt.live;
  const std::string& workflow = attempt.call.workflow;
  const WorkflowRules& rules = attempt.rules;
  if (attempt.hold && attempt.hold->overflowed()) {
    live.answer.failure =
        MakeFailure(v1::FAILURE_CLASS_CONTRACT,
                    "the answer is longer than inline.max_buffer_bytes, so it cannot be checked");
    return;
  }
  const AnswerCheck check = CheckAnswer(attempt.call, live.answer, rules);
  const bool given = attempt.barrier != nullptr && attempt.barrier->committed();
  if (check.refused && rules.on_refusal != v1::REFUSAL_POLICY_FINAL && !given) {
    shared_.metrics.CountRefusalSwap(workflow, path);
    LogInfo("a refusal is not final", {{"workflow", workflow},
                                       {"path", path},
                                       {"request_id", attempt.call.request_id}});
    if (!attempt.refusal) {
      attempt.refusal = live;
      attempt.refusal->rejected.clear();
      if (attempt.hold) attempt.refusal_stream = attempt.hold->held();
    }
    if (!live.answer.failure) live.rejected.push_back(live.answer);
    live.answer.reply = nullptr;
    live.answer.headers.clear();
    live.answer.failure = MakeFailure(v1::FAILURE_CLASS_REFUSED,
                                      "path \"" + path + "\" refused, and on_refusal wants another");
    return;
  }
  if (live.answer.failure || rules.inline_mode == v1::INLINE_MODE_OFF) return;
  live.served.contract = check.breach.empty() ? "kept" : "broken";
  if (check.breach.empty()) return;
  const bool enforced = rules.inline_mode == v1::INLINE_MODE_ENFORCE && !given;
  shared_.metrics.CountBreach(workflow, path, enforced ? "enforced" : "observed");
  if (!enforced) return;
  live.rejected.push_back(live.answer);
  live.answer.reply = nullptr;
  live.answer.headers.clear();
  live.answer.failure =
      MakeFailure(v1::FAILURE_CLASS_CONTRACT,
                  "the answer of path \"" + path + "\" breaks the contract: " + check.breach);
}

void LiveCaller::Report(const Attempt& attempt, const std::string& path) {
  const Answer& answer = attempt.live.answer;
  const bool ok = !answer.failure.has_value();
  shared_.failover.ReportOutcome(
      {.workflow = attempt.call.workflow,
       .path = path,
       .ok = ok,
       .failure_class = ok ? v1::FAILURE_CLASS_UNSPECIFIED : answer.failure->failure_class(),
       .latency = answer.duration,
       .drill = attempt.live.served.drill});
}

void LiveCaller::NoteStateful(std::string_view workflow, v1::TurnType turn_type, bool streaming,
                              std::string_view field) {
  shared_.metrics.CountStatefulRefusal(workflow, field);
  shared_.mirror.NoteNotShadowable(workflow, turn_type, streaming, "stateful");
}

}  // namespace warmpath
