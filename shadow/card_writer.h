// Makes scorecards of what paths answered, and appends them.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/redact.h"
#include "boost/asio/awaitable.hpp"
#include "shadow/mirror_job.h"
#include "store/score_store.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A CardWriter scores one path's answer in one exchange and appends the card, with redacted bodies
// of a divergent case where the workflow keeps them.
//
//   v1::Scorecard card = co_await writer.Make(job, path, observation, v1::SCORE_SOURCE_MIRROR);
//   if (!writer.Append(job, card, observation).ok()) … dropped: store_error …
//
// Where the workflow has a plug-in judge, Make waits for its verdict, bounded by the judge's
// time-out.
//
// Thread safety: all methods may be called concurrently, each with a job of its own thread, on the
//   job's worker.
// Ownership: borrows the store, and what Make takes until it has ended.
// Blocking: Make scores on the calling thread; Append may wait for disk.
// Errors: those of ScoreStore::Append.
class CardWriter {
 public:
  // `replica` names this run of the process in every card.
  CardWriter(ScoreStore& store, std::string replica);

  // The card of what a path answered, scored against the live answer and the contract. REQUIRES:
  // the job is prepared.
  boost::asio::awaitable<v1::Scorecard> Make(const MirrorJob& job, const v1::PathConfig& path,
                                             const v1::Observation& observation,
                                             v1::ScoreSource source) const;

  // Appends a card that Make made of `observation`; returns its id.
  absl::StatusOr<std::string> Append(const MirrorJob& job, v1::Scorecard card,
                                     const v1::Observation& observation);

  // Appends what asking again showed of `card`: no evidence, and without scores.
  absl::Status AppendConfirmation(const v1::Scorecard& card, const v1::Confirmation& confirmation,
                                  absl::Time now);

 private:
  // Adds what the plug-in judge says to a card that is scored, and its version to the key's parts.
  boost::asio::awaitable<void> Judge(const MirrorJob& job, const v1::Observation& observation,
                                     v1::Scorecard& card) const;

  ScoreStore& store_;
  const std::string replica_;
  const Redactor redactor_;
};

}  // namespace warmpath
