// What Prometheus scrapes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "store/score_store.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// A FlipCounter counts the flips that were recorded since the process started.
//
//   FlipCounter flips(start_time);
//   RETURN_IF_ERROR(flips.Update(store));   // before each scrape: reads only what is new
//
// Thread safety: thread-compatible.
class FlipCounter {
 public:
  // Workflow, trigger ("unhealthy", "operator", ...) and result ("enforced" or "observed").
  using Key = std::tuple<std::string, std::string, std::string>;

  explicit FlipCounter(absl::Time start) : start_(start) {}

  absl::Status Update(ScoreStore& store);
  const std::map<Key, int64_t>& counts() const { return counts_; }

 private:
  const absl::Time start_;
  std::string last_id_;
  std::map<Key, int64_t> counts_;
};

// The whole page in the Prometheus text format (0.0.4). Everything comes from the status and the budget,
// so that the metrics cannot differ from what `warmpath status` shows. Pure.
std::string MetricsPage(const v1::GetStatusResponse& status, const v1::GetBudgetResponse& budget,
                        const FlipCounter& flips, int64_t mirror_queue_depth);

}  // namespace warmpath
