// Makes scorecards of what paths answered, and appends them.
#pragma once

#include <string>

#include "base/redact.h"
#include "boost/asio/awaitable.hpp"
#include "shadow/mirror_job.h"
#include "store/score_store.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A CardWriter scores one path's answer in one exchange and appends the card, with redacted bodies of
// a divergent case where the workflow keeps them.
//
//   const bool kept = co_await writer.Append(job, path, observation, v1::SCORE_SOURCE_MIRROR);
//   if (!kept) … dropped: store_error …
//
// Where the workflow has a plug-in judge, a card waits for its verdict, bounded by the judge's time-out.
//
// Thread safety: all methods may be called concurrently, each with a job of its own thread, on the
//   job's worker.
// Ownership: borrows the store, and what Append takes until it has ended.
// Blocking: scores on the calling thread; may wait for disk.
class CardWriter {
 public:
  // `replica` names this run of the process in every card.
  CardWriter(ScoreStore& store, std::string replica);

  // Returns whether the store took the card. REQUIRES: the job is prepared.
  boost::asio::awaitable<bool> Append(const MirrorJob& job, const v1::PathConfig& path,
                                      const v1::Observation& observation, v1::ScoreSource source);

 private:
  // Adds what the plug-in judge says to a card that is scored, and its version to the key's parts.
  boost::asio::awaitable<void> Judge(const MirrorJob& job, const v1::Observation& observation,
                                     v1::Scorecard& card) const;
  v1::Scorecard Describe(const MirrorJob& job, const v1::PathConfig& path,
                         const v1::Observation& observation, v1::ScoreSource source) const;

  ScoreStore& store_;
  const std::string replica_;
  const Redactor redactor_;
};

}  // namespace warmpath
