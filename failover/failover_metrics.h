// The figures of failover for Prometheus.
#pragma once

#include <cstdint>
#include <string>

#include "base/metrics.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// FailoverMetrics counts what failover could not use or keep. Verdicts, health and flips are shown from
// its status and the store, where /metrics is made (admin/metrics_page.h).
//
// Thread safety: thread-compatible; the handles behind it may be read at any time.
// Ownership: borrows `metrics`; null: nothing is counted.
class FailoverMetrics {
 public:
  explicit FailoverMetrics(Metrics* metrics);

  void CountStoreError(const std::string& operation);
  // Samples that were no evidence; `reason` is no_room, late or duplicate.
  void CountDroppedEvidence(const std::string& workflow, const std::string& path,
                            const std::string& reason, int64_t count);
  void CountUnknownOutcome() const { unknown_outcomes_.Increment(); }
  void SetDroppedOutcomes(int64_t total);

 private:
  Metrics* metrics_;
  Counter unknown_outcomes_, dropped_outcomes_;
  int64_t dropped_shown_ = 0;
};

// "unhealthy", "failback", ...
std::string CauseName(v1::FlipCause cause);

}  // namespace warmpath
