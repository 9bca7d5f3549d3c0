// The figures of failover for Prometheus.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "base/metrics.h"
#include "failover/workflow_state.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// What became of a decision to flip.
enum class FlipResult { kEnforced, kObserved, kStoreError };

// FailoverMetrics shows verdicts, health, who serves, and what was decided.
//
// Thread safety: thread-compatible; the handles behind it may be read at any time.
// Ownership: borrows `metrics`; null: nothing is shown.
class FailoverMetrics {
 public:
  explicit FailoverMetrics(Metrics* metrics);

  void CountFlip(v1::FlipCause cause, FlipResult result);
  void CountStoreError(const std::string& operation);
  void CountRefusedEvidence(const std::string& workflow, const std::string& path);
  void CountUnknownOutcome() const { unknown_outcomes_.Increment(); }
  void SetDroppedOutcomes(int64_t total);

  // Shows one workflow as of its last Refresh.
  void Show(const WorkflowState& workflow, absl::Time now);

 private:
  void ShowPath(const WorkflowState& workflow, const PathState& path, absl::Time now);

  Metrics* metrics_;
  Counter unknown_outcomes_, dropped_outcomes_;
  int64_t dropped_shown_ = 0;
};

// "unhealthy", "failback", ...
std::string CauseName(v1::FlipCause cause);

}  // namespace warmpath
