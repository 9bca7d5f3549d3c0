// Serves one live request over the paths that the plan allows.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/http/cancel_token.h"
#include "boost/asio/awaitable.hpp"
#include "failover/controller.h"
#include "gateway/commit_barrier.h"
#include "gateway/gateway_metrics.h"
#include "gateway/live_rules.h"
#include "gateway/signers.h"
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
  // The caller's own credentials went to the path.
  bool with_callers_key = false;
  // Answers that were complete but not given, as they broke the contract or refused.
  std::vector<Answer> rejected;
};

// What all live threads share.
struct LiveShared {
  FailoverController& failover;
  Mirror& mirror;
  const Clock& clock;
  GatewayMetrics& metrics;
  Signers& signers;
};

// A LiveCaller tries the plan's paths in order until one answers, reports each outcome to the failover
// controller, and hands sampled exchanges to the mirror.
//
// A path is left for the next one only for a failure that may be tried elsewhere, and only before any
// content went to the caller. The plan holds the active path and paths that are GREEN, so nothing else
// is ever tried. An answer that the workflow wants looked at first (LiveRules) and that is found
// wanting is such a failure, too.
//
// In downtime one request a second still tries the path that may serve again, or nobody would learn
// that it has recovered.
//
// Thread safety: belongs to the executor that its PathSet lives on.
// Ownership: borrows what is shared.
class LiveCaller {
 public:
  explicit LiveCaller(const LiveShared& shared) : shared_(shared) {}

  // Takes the paths and rules: before the first Serve, and after a reload; calls under way end on the
  // old ones.
  void Configure(std::shared_ptr<PathSet> paths, std::shared_ptr<const LiveRules> rules) {
    paths_ = std::move(paths);
    rules_ = std::move(rules);
  }

  // Serves `call`; `conversation` names it, `front` takes the stream if the caller asked for one; `cancel`
  // ends the call. Both may be null.
  boost::asio::awaitable<LiveAnswer> Serve(std::shared_ptr<ModelCall> call, uint64_t conversation,
                                           v1::TurnType turn_type, FrontStream* front,
                                           CancelToken* cancel);

  // Counts a request that a front door refused because only one vendor could answer it.
  void NoteStateful(std::string_view workflow, v1::TurnType turn_type, bool streaming,
                    std::string_view field);

 private:
  using PathsToTry = absl::InlinedVector<const PlannedPath*, 4>;
  struct Attempt;

  // Tries `candidates` in order; at least one.
  boost::asio::awaitable<LiveAnswer> TryPaths(const ModelCall& call, const WorkflowPlan& plan,
                                              PathsToTry candidates, FrontStream* front,
                                              CancelToken* cancel);
  // Calls one path, and looks at its answer if the workflow wants that.
  boost::asio::awaitable<void> Try(Attempt& attempt, const std::string& path);
  // Judges a complete answer; one that is found wanting becomes a failure.
  void Look(Attempt& attempt, const std::string& path);
  void Report(const Attempt& attempt, const std::string& path);

  const LiveShared shared_;
  std::shared_ptr<PathSet> paths_;
  std::shared_ptr<const LiveRules> rules_;
};

}  // namespace warmpath
