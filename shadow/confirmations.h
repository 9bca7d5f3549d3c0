// Settles possible severe violations by asking again.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "boost/asio/awaitable.hpp"
#include "shadow/card_writer.h"
#include "shadow/mirror_job.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// What the counts show. CONFIRMED: the candidate goes ahead and the primary refuses, each at least four
// times of five. NOT_CONFIRMED: not so. INCONCLUSIVE: fewer than four answers of either.
v1::ConfirmationResult ResultOf(const v1::Confirmation& counts);

// Confirmations ask a candidate that went ahead where the primary refused, and the primary, five times
// each, and append what came of it as a card of source CONFIRMATION (gate.md section 7, S2).
//
//   confirmations.Start(job, path, card, observation);
//
// Both are asked side by side, each one answer after the other, as shadows within their budgets. Where no
// answer comes, a further try follows after a pause, ten tries at most: it ends by 10 * (timeout + pause).
// Counted in warmpath_confirmations_total{workflow,path,result}: confirmed, not_confirmed, inconclusive;
// dropped: confirmation_pending, workflow_gone, store_error.
// Thread safety: all methods may be called concurrently; each confirmation runs on its job's worker.
// Ownership: borrows all that it is made with; shares the job until it has ended.
// Limits: one open for each path, further ones are dropped; two running for each workflow, others wait.
class Confirmations {
 public:
  struct Dependencies {
    const Clock& clock;
    CardWriter& cards;
    // Null: nothing is counted.
    Metrics* metrics = nullptr;
    absl::Duration pause = absl::Seconds(1);
  };

  explicit Confirmations(Dependencies dependencies);

  // Takes the workflows of a config; what waits for one that is gone is dropped.
  void Configure(const v1::Config& config) ABSL_LOCKS_EXCLUDED(mutex_);

  // Begins with `card`, as stored, of what `path` answered. REQUIRES: IsPossiblySevere(job, card).
  void Start(std::shared_ptr<const MirrorJob> job, const v1::PathConfig& path, v1::Scorecard card,
             v1::Observation observation) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Round;
  // Lives as long as a round of it. Guarded by mutex_.
  struct Workflow {
    std::set<std::string> open_paths;
    int running = 0;
    std::deque<std::shared_ptr<Round>> waiting;
  };

  void Run(std::shared_ptr<Round> round);
  // Asks `path` until it has answered five times.
  boost::asio::awaitable<void> Ask(std::shared_ptr<Round> round, const v1::PathConfig* path);
  boost::asio::awaitable<void> Pause() const;
  void Finish(const Round& round) ABSL_LOCKS_EXCLUDED(mutex_);
  void Count(std::string_view workflow, std::string_view path, std::string_view result) const;

  const Dependencies dependencies_;
  CounterFamily* const counts_;
  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Workflow>, std::less<>> workflows_ ABSL_GUARDED_BY(mutex_);
};

// Whether a card shows what has to be asked again: a shadow that goes ahead where the primary refused,
// and the workflow wants it confirmed.
bool IsPossiblySevere(const MirrorJob& job, const v1::Scorecard& card);

}  // namespace warmpath
