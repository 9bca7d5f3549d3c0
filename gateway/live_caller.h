// Serves one live request over the paths that the plan allows.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/http/cancel_token.h"
#include "boost/asio/awaitable.hpp"
#include "failover/controller.h"
#include "gateway/commit_barrier.h"
#include "provider/answer.h"
#include "provider/path_set.h"
#include "shadow/mirror.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// What a live request came to.
struct LiveAnswer {
  Answer answer;
  ServedBy served;
  // No path may serve: `answer.failure` says why, and the caller may ask again after `retry_after`.
  bool downtime = false;
  absl::Duration retry_after;
  // The answer's content, or its beginning, was streamed to the caller.
  bool streamed = false;
};

// A LiveCaller tries the plan's paths in order until one answers, reports each outcome to the failover
// controller, and hands sampled exchanges to the mirror.
//
// A path is left for the next one only for a failure that may be tried elsewhere, and only before any
// content went to the caller. The plan holds the active path and paths that are GREEN, so nothing else
// is ever tried.
//
// Thread safety: belongs to the executor that its PathSet lives on.
// In downtime one request a second still tries the path that may serve again, or nobody would learn
// that it has recovered.
//
// Ownership: borrows controller, mirror and clock.
class LiveCaller {
 public:
  LiveCaller(FailoverController& controller, Mirror& mirror, const Clock& clock)
      : controller_(controller), mirror_(mirror), clock_(clock) {}

  // Takes the paths: before the first Serve, and after a reload; calls under way end on the old ones.
  void SetPaths(std::shared_ptr<PathSet> paths) { paths_ = std::move(paths); }

  // Serves `call`; `conversation` names it, `front` takes the stream if the caller asked for one; `cancel`
  // ends the call. Both may be null.
  boost::asio::awaitable<LiveAnswer> Serve(std::shared_ptr<ModelCall> call, uint64_t conversation,
                                           v1::TurnType turn_type, FrontStream* front,
                                           CancelToken* cancel);

 private:
  using PathsToTry = absl::InlinedVector<const PlannedPath*, 4>;

  // Tries `candidates` in order; at least one.
  boost::asio::awaitable<LiveAnswer> TryPaths(const ModelCall& call, const WorkflowPlan& plan,
                                              PathsToTry candidates, FrontStream* front,
                                              CancelToken* cancel);

  FailoverController& controller_;
  Mirror& mirror_;
  const Clock& clock_;
  std::shared_ptr<PathSet> paths_;
};

}  // namespace warmpath
