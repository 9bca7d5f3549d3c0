// The other replicas of this service: their evidence counts here as well.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "store/score_store.h"
#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Replicas follows the scorecards that other replicas make and appends them to this one's store, each
// once, under an id of its own. The judge reads them like cards made here: equal cards give equal
// states, in whatever order they come (docs/gate.md, "Replicas").
//
//   ASSIGN_OR_RETURN(auto replicas, Replicas::Start(config.replicas(), own_name, store, clock));
//   … each tick: replicas->Watermark() …
//   replicas->Stop();
//
// A replica that cannot be reached is tried again, every second at first and every 30 seconds at last. At
// the start, and after a longer gap, cards of the last 20 minutes are asked for: older ones would come
// too late for their buckets.
// Thread safety: all methods may be called concurrently. Threads: one for each peer, its own.
// Ownership: borrows store and clock.
// Errors: INVALID_ARGUMENT for a CA file or a token that cannot be read.
class Replicas {
 public:
  static absl::StatusOr<std::unique_ptr<Replicas>> Start(const v1::ReplicasConfig& config,
                                                         const std::string& own_name,
                                                         ScoreStore& store, const Clock& clock);
  ~Replicas();

  // Every card that was asked for earlier, by any of the others, is in the store. InfiniteFuture if
  // there are no others; InfinitePast while one of them was never reached.
  absl::Time Watermark() const;

  std::vector<v1::ReplicaStatus> Statuses() const;

  // Ends all following. Idempotent.
  void Stop();

 private:
  class Link;

  explicit Replicas(std::vector<std::unique_ptr<Link>> links);

  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace warmpath
