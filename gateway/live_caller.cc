#include "gateway/live_caller.h"

#include <chrono>
#include <optional>
#include <utility>

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

boost::asio::awaitable<LiveAnswer> LiveCaller::Serve(std::shared_ptr<ModelCall> call,
                                                     uint64_t conversation, v1::TurnType turn_type,
                                                     FrontStream* front, CancelToken* cancel) {
  const bool sampled = mirror_.Samples(call->workflow, conversation, turn_type, call->stream);
  call->capture = sampled;
  const std::shared_ptr<const Plan> plan = controller_.Plan();
  const WorkflowPlan* workflow = plan->Find(call->workflow);
  PathsToTry candidates;
  if (workflow != nullptr) {
    const std::string_view key(reinterpret_cast<const char*>(&conversation), sizeof(conversation));
    candidates = workflow->PathsFor(key);
    if (candidates.empty()) {
      if (const PlannedPath* probe = workflow->TakeProbe(clock_.Now())) candidates.push_back(probe);
    }
  }
  LiveAnswer live;
  if (candidates.empty()) {
    live = Downtime(workflow);
  } else {
    live = co_await TryPaths(*call, *workflow, std::move(candidates), front, cancel);
  }
  if (live.answer.failure) mirror_.NoteUnanswered(call->workflow);
  if (live.answer.handover) mirror_.HandOver(*call, live.answer);
  if (sampled) mirror_.Offer({std::move(call), live.answer, conversation, turn_type});
  co_return live;
}

boost::asio::awaitable<LiveAnswer> LiveCaller::TryPaths(const ModelCall& call,
                                                        const WorkflowPlan& plan,
                                                        PathsToTry candidates,
                                                        FrontStream* front, CancelToken* cancel) {
  // Held here, as a reload may replace them meanwhile.
  const std::shared_ptr<PathSet> paths = paths_;
  std::optional<CommitBarrier> barrier;
  if (front != nullptr) barrier.emplace(*front);
  LiveAnswer live;
  for (const PlannedPath* path : candidates) {
    // A conversation in a drill's share has the drill's path in front, the plan's own one.
    live.served = {path->name, plan.mode, path->conformance, plan.drill && path == &plan.drill->path};
    if (barrier) barrier->Try(live.served);
    live.answer =
        co_await paths->Call(call.workflow, path->name, call, barrier ? &*barrier : nullptr,
                              cancel);
    const bool ok = !live.answer.failure.has_value();
    const v1::FailureClass why =
        ok ? v1::FAILURE_CLASS_UNSPECIFIED : live.answer.failure->failure_class();
    controller_.ReportOutcome({.workflow = call.workflow,
                               .path = path->name,
                               .ok = ok,
                               .failure_class = why,
                               .latency = live.answer.duration,
                               .drill = live.served.drill});
    live.streamed = barrier && barrier->committed();
    if (ok || live.streamed || !MayTryAnotherPath(why)) break;
    if (cancel != nullptr && cancel->cancelled()) break;
    if (std::chrono::steady_clock::now() >= call.deadline) break;
  }
  co_return live;
}

}  // namespace warmpath
