#include "shadow/mirror_runner.h"

#include <chrono>
#include <exception>
#include <utility>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "boost/asio/co_spawn.hpp"
#include "provider/observe.h"

namespace warmpath {

void MirrorRunner::Start(std::shared_ptr<MirrorJob> job) {
  const auto executor = job->worker->executor;
  boost::asio::co_spawn(executor, Run(job), [this, job](std::exception_ptr error) {
    if (error) DropAll(*job, "internal_error");
  });
}

void MirrorRunner::DropAll(const MirrorJob& job, std::string_view reason) {
  for (const auto& [path, source] : job.candidates) {
    coverage_.Dropped(job.workflow_name(), path->name(), reason);
  }
}

void MirrorRunner::AppendLive(const MirrorJob& job) {
  const v1::PathConfig* served = job.FindPath(job.exchange.answer.path);
  if (job.live && served != nullptr) {
    cards_.Append(job, *served, *job.live, v1::SCORE_SOURCE_LIVE);
  }
  for (const Answer& answer : job.exchange.rejected) {
    const v1::PathConfig* path = job.FindPath(answer.path);
    if (path != nullptr) cards_.Append(job, *path, Observe(answer), v1::SCORE_SOURCE_LIVE);
  }
}

boost::asio::awaitable<void> MirrorRunner::Run(std::shared_ptr<MirrorJob> job) {
  if (const std::string_view reason = PrepareJob(*job); !reason.empty()) {
    DropAll(*job, reason);
    co_return;
  }
  AppendLive(*job);
  for (const auto& [path, source] : job->candidates) {
    boost::asio::co_spawn(job->worker->executor, RunCandidate(job, path, source),
                          [this, job, path](std::exception_ptr error) {
                            if (!error) return;
                            coverage_.Dropped(job->workflow_name(), path->name(), "internal_error");
                          });
  }
}

boost::asio::awaitable<void> MirrorRunner::RunCandidate(std::shared_ptr<MirrorJob> job,
                                                        const v1::PathConfig* path,
                                                        v1::ScoreSource source) {
  const std::string& workflow = job->workflow_name();
  ShadowBudget& budget = *job->workflow->budgets.at(path->name());
  ShadowBudget::Reservation reservation;
  if (auto reason = budget.Reserve(job->shadow_call->body->size(), clock_.Now(), reservation)) {
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
  } else if (!cards_.Append(*job, *path, observation, source)) {
    coverage_.Dropped(workflow, path->name(), "store_error");
  } else {
    coverage_.Mirrored(workflow, path->name());
  }
}

}  // namespace warmpath
