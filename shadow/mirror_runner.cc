#include "shadow/mirror_runner.h"

#include <exception>
#include <optional>
#include <utility>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "provider/observe.h"
#include "shadow/ask_path.h"
#include "shadow/paired_scores.h"

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
  candidate.card.reset();
  candidate.ended = candidate.settled = true;
  coverage_.Dropped(job.workflow_name(), candidate.path->name(), reason);
  candidate.mark.Release();
}

boost::asio::awaitable<void> MirrorRunner::AppendLive(std::shared_ptr<MirrorJob> job) {
  const v1::PathConfig* served = job->FindPath(job->exchange.answer.path);
  if (job->live && served != nullptr) co_await AppendLive(*job, *served, *job->live);
  for (const Answer& answer : job->exchange.rejected) {
    const v1::PathConfig* path = job->FindPath(answer.path);
    if (path == nullptr) continue;
    const v1::Observation observation = Observe(answer);
    co_await AppendLive(*job, *path, observation);
  }
  job->live_marks.clear();
}

boost::asio::awaitable<void> MirrorRunner::AppendLive(const MirrorJob& job,
                                                      const v1::PathConfig& path,
                                                      const v1::Observation& observation) {
  v1::Scorecard card = co_await cards_.Make(job, path, observation, v1::SCORE_SOURCE_LIVE);
  // No candidate to count it for: a store that takes nothing shows in its health.
  (void)cards_.Append(job, std::move(card), observation);
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
                            if (!error) return;
                            if (!candidate.settled) Drop(*job, candidate, "internal_error");
                            Settle(job);
                          });
  }
}

boost::asio::awaitable<void> MirrorRunner::RunCandidate(std::shared_ptr<MirrorJob> job,
                                                        MirrorCandidate& candidate) {
  ShadowAnswer answer = co_await AskPath(*job, *candidate.path, clock_);
  if (!answer.dropped.empty()) {
    Drop(*job, candidate, answer.dropped);
  } else {
    candidate.observation = std::move(answer.observation);
    v1::Scorecard card = co_await cards_.Make(*job, *candidate.path, *candidate.observation,
                                              candidate.source);
    candidate.End(std::move(card));
  }
  Settle(job);
}

void MirrorRunner::Settle(const std::shared_ptr<MirrorJob>& job) {
  for (MirrorCandidate& candidate : job->candidates) {
    if (!candidate.card || !IsComplete(*job, candidate)) continue;
    AddPairedScores(*job, candidate);
    AppendCard(job, candidate);
  }
}

void MirrorRunner::AppendCard(const std::shared_ptr<MirrorJob>& job, MirrorCandidate& candidate) {
  v1::Scorecard card = *std::exchange(candidate.card, std::nullopt);
  std::optional<v1::Scorecard> doubtful;
  if (IsPossiblySevere(*job, card)) doubtful = card;
  const auto id = cards_.Append(*job, std::move(card), *candidate.observation);
  if (!id.ok()) {
    Drop(*job, candidate, "store_error");
    return;
  }
  coverage_.Mirrored(job->workflow_name(), candidate.path->name());
  candidate.settled = true;
  candidate.mark.Release();
  if (!doubtful) return;
  doubtful->set_id(*id);
  confirmations_.Start(job, *candidate.path, *std::move(doubtful), *candidate.observation);
}

}  // namespace warmpath
