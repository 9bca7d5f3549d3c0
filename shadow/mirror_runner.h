// Runs sampled exchanges on the workers: asks every candidate and appends the cards.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "boost/asio/awaitable.hpp"
#include "shadow/card_writer.h"
#include "shadow/confirmations.h"
#include "shadow/coverage.h"
#include "shadow/mirror_job.h"

namespace warmpath {

// A MirrorRunner takes a job whose candidates and worker are chosen and ends each candidate as one
// card or one counted drop.
//
//   runner.Start(std::move(job));
//
// All candidates are asked at once, and a card is stored as soon as its answer is there. Where a
// dimension is paired (gate.md section 8), a card waits until the primary's second answer and those of
// the candidates before it in the ladder are there or will not come, and carries what they scored. Every
// call has a deadline, so every card comes.
//
// Thread safety: all methods may be called concurrently; a job runs on its worker's executor alone.
// Ownership: borrows all that it is made with, which must outlive every worker's executor.
class MirrorRunner {
 public:
  MirrorRunner(const Clock& clock, CardWriter& cards, CoverageCounters& coverage,
               Confirmations& confirmations)
      : clock_(clock), cards_(cards), coverage_(coverage), confirmations_(confirmations) {}

  // Hands the job to its worker; never waits.
  void Start(std::shared_ptr<MirrorJob> job);
  // Counts a drop for each candidate of the job.
  void DropAll(MirrorJob& job, std::string_view reason);

 private:
  boost::asio::awaitable<void> Run(std::shared_ptr<MirrorJob> job);
  boost::asio::awaitable<void> RunCandidate(std::shared_ptr<MirrorJob> job,
                                            MirrorCandidate& candidate);
  // Cards of what paths answered live.
  boost::asio::awaitable<void> AppendLive(std::shared_ptr<MirrorJob> job);
  boost::asio::awaitable<void> AppendLive(const MirrorJob& job, const v1::PathConfig& path,
                                          const v1::Observation& observation);
  // Appends every card that waits for nothing any more.
  void Settle(const std::shared_ptr<MirrorJob>& job);
  void AppendCard(const std::shared_ptr<MirrorJob>& job, MirrorCandidate& candidate);
  // Counts a drop of one candidate, which then is no longer awaited.
  void Drop(const MirrorJob& job, MirrorCandidate& candidate, std::string_view reason);

  const Clock& clock_;
  CardWriter& cards_;
  CoverageCounters& coverage_;
  Confirmations& confirmations_;
};

}  // namespace warmpath
