// What the operator's doors read and act on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "failover/controller.h"
#include "shadow/mirror.h"
#include "store/score_store.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// How the last loads of the config went.
struct ConfigState {
  // When one was last taken; the epoch: none was yet.
  absl::Time load_time;
  // Why the last reload was refused; empty: it was not.
  std::string error;
};

// An AdminContext names everything that the doors of admin/ may touch. Built once by server/.
//
// Thread safety: everything in it may be called concurrently.
// Ownership: borrows all of it; whoever is given the context borrows the context too.
struct AdminContext {
  FailoverController& failover;
  Mirror& mirror;
  ScoreStore& store;
  const Clock& clock;
  // When the process started.
  absl::Time start_time;
  // Figures that are shown on /metrics beside what is read from the parts above.
  const Metrics& metrics;
  std::function<ConfigState()> config_state;
  // This run of the process, as its cards name it.
  std::string replica{};
  // The other replicas; null: there are none.
  std::function<std::vector<v1::ReplicaStatus>()> replicas{};
};

}  // namespace warmpath
