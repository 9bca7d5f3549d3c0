#include "shadow/ask_path.h"

#include <chrono>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "provider/observe.h"

namespace warmpath {

boost::asio::awaitable<ShadowAnswer> AskPath(const MirrorJob& job, const v1::PathConfig& path,
                                             const Clock& clock) {
  ShadowAnswer result;
  ShadowBudget& budget = *job.workflow->budgets.at(path.name());
  ShadowBudget::Reservation reservation;
  if (auto reason = budget.Reserve(job.shadow_call->body->size(), clock.Now(), reservation)) {
    result.dropped = *reason;
    co_return result;
  }
  ModelCall call = *job.shadow_call;
  call.deadline = std::chrono::steady_clock::now() +
                  absl::ToChronoNanoseconds(FromProto(job.workflow->config->mirror().timeout()));
  const Answer answer =
      co_await job.worker->paths->Call(job.workflow_name(), path.name(), call, nullptr);
  result.observation = Observe(answer);
  const v1::Observation& observation = result.observation;
  budget.Finish(reservation, observation.has_usage() ? &observation.usage() : nullptr);
  if (answer.native_truncated) {
    result.dropped = "answer_too_large";
  } else if (observation.failure().failure_class() == v1::FAILURE_CLASS_LOCAL_LIMIT) {
    result.dropped = "local_limit";
  }
  co_return result;
}

}  // namespace warmpath
