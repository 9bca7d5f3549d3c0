#include "shadow/mirror_runner.h"

#include <chrono>
#include <exception>
#include <utility>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "provider/observe.h"

namespace warmpath {

void MirrorRunner::Start(std::shared_ptr<MirrorJob> job) {
  const auto executor = job->worker->executor;
  boost::asio::co_spawn(executor, Run(job), [this, job](std::exception_ptr error) {
    if (error) DropAll(*job, "internal_error");
  });
}

void MirrorRunner::DropAll(MirrorJob& job, std::string_view reason) {
  for (MirrorCandidate& candidate : job.candidates) Drop(job, candidate, reason);
}

void MirrorRunner::Drop(const MirrorJob& job, MirrorCandidate& candidate, std::string_view reason) {
  coverage_.Dropped(job.workflow_name(), candidate.path->name(), reason);
  candidate.mark.Release();
}

boost::asio::awaitable<void> MirrorRunner::AppendLive(std::shared_ptr<MirrorJob> job) {
  const v1::PathConfig* served = job->FindPath(job->exchange.answer.path);
  if (job->live && served != nullptr) {
    co_await cards_.Append(*job, *served, *job->live, v1::SCORE_SOURCE_LIVE);
  }
  for (const Answer& answer : job->exchange.rejected) {
    const v1::PathConfig* path = job->FindPath(answer.path);
    if (path == nullptr) continue;
    const v1::Observation observation = Observe(answer);
    co_await cards_.Append(*job, *path, observation, v1::SCORE_SOURCE_LIVE);
  }
  job->live_marks.clear();
}

boost::asio::awaitable<void> MirrorRunner::Run(std::shared_ptr<MirrorJob> job) {
  if (const std::string_view reason = PrepareJob(*job); !reason.empty()) {
    DropAll(*job, reason);
    co_return;
  }
  // Apart from the candidates, which need not wait for a judge of the live answer.
  boost::asio::co_spawn(job->worker->executor, AppendLive(job), boost::asio::detached);
  for (MirrorCandidate& candidate : job->candidates) {
    boost::asio::co_spawn(job->worker->executor, RunCandidate(job, candidate),
                          [this, job, &candidate](std::exception_ptr error) {
                            if (error) Drop(*job, candidate, "internal_error");
                          });
  }
}

boost::asio::awaitable<void> MirrorRunner::RunCandidate(std::shared_ptr<MirrorJob> job,
                                                        MirrorCandidate& candidate) {
  const std::string& workflow = job->workflow_name();
  const std::string& path = candidate.path->name();
  ShadowBudget& budget = *job->workflow->budgets.at(path);
  ShadowBudget::Reservation reservation;
  if (auto reason = budget.Reserve(job->shadow_call->body->size(), clock_.Now(), reservation)) {
    Drop(*job, candidate, *reason);
    co_return;
  }
  ModelCall call = *job->shadow_call;
  call.deadline =
      std::chrono::steady_clock::now() +
      absl::ToChronoNanoseconds(FromProto(job->workflow->config->mirror().timeout()));
  const Answer answer = co_await job->worker->paths->Call(workflow, path, call, nullptr);
  const v1::Observation observation = Observe(answer);
  budget.Finish(reservation, observation.has_usage() ? &observation.usage() : nullptr);
  if (answer.native_truncated) {
    Drop(*job, candidate, "answer_too_large");
  } else if (observation.failure().failure_class() == v1::FAILURE_CLASS_LOCAL_LIMIT) {
    Drop(*job, candidate, "local_limit");
  } else {
    const bool kept = co_await cards_.Append(*job, *candidate.path, observation, candidate.source);
    if (kept) {
      coverage_.Mirrored(workflow, path);
      candidate.mark.Release();
    } else {
      Drop(*job, candidate, "store_error");
    }
  }
}

}  // namespace warmpath
