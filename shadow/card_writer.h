// Makes scorecards of what paths answered, and appends them.
#pragma once

#include <string>

#include "base/redact.h"
#include "shadow/mirror_job.h"
#include "store/score_store.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A CardWriter scores one path's answer in one exchange and appends the card, with redacted bodies of
// a divergent case where the workflow keeps them.
//
//   if (!writer.Append(job, path, observation, v1::SCORE_SOURCE_MIRROR)) … dropped: store_error …
//
// Thread safety: all methods may be called concurrently, each with a job of its own thread.
// Ownership: borrows the store.
// Blocking: scores on the calling thread; may wait for disk.
class CardWriter {
 public:
  // `replica` names this run of the process in every card.
  CardWriter(ScoreStore& store, std::string replica);

  // Returns whether the store took the card. REQUIRES: the job is prepared.
  bool Append(const MirrorJob& job, const v1::PathConfig& path, const v1::Observation& observation,
              v1::ScoreSource source);

 private:
  v1::Scorecard Describe(const MirrorJob& job, const v1::PathConfig& path,
                         const v1::Observation& observation, v1::ScoreSource source) const;

  ScoreStore& store_;
  const std::string replica_;
  const Redactor redactor_;
};

}  // namespace warmpath
