#include "failover/failover_metrics.h"

#include "absl/strings/ascii.h"

namespace warmpath {

std::string CauseName(v1::FlipCause cause) {
  return absl::AsciiStrToLower(v1::FlipCause_Name(cause).substr(sizeof("FLIP_CAUSE_") - 1));
}

FailoverMetrics::FailoverMetrics(Metrics* metrics) : metrics_(metrics) {
  if (metrics_ == nullptr) return;
  unknown_outcomes_ = metrics_
                          ->Counters("warmpath_unknown_outcomes_total",
                                     "Live outcomes reported for a workflow or path that is not "
                                     "configured.")
                          .With({});
  dropped_outcomes_ =
      metrics_
          ->Counters("warmpath_outcomes_dropped_total",
                     "Live outcomes dropped because too many came between two ticks.")
          .With({});
}

void FailoverMetrics::CountStoreError(const std::string& operation) {
  if (metrics_ == nullptr) return;
  metrics_
      ->Counters("warmpath_failover_store_errors_total",
                 "Reads and writes of the store that failed for failover.", {"operation"})
      .With({operation})
      .Increment();
}

void FailoverMetrics::CountDroppedEvidence(const std::string& workflow, const std::string& path,
                                           const std::string& reason, int64_t count) {
  if (metrics_ == nullptr || count == 0) return;
  metrics_
      ->Counters("warmpath_evidence_dropped_total",
                 "Samples that were no evidence: no room for a further open conversation, too late, "
                 "or seen before.",
                 {"workflow", "path", "reason"})
      .With({workflow, path, reason})
      .Increment(static_cast<double>(count));
}

void FailoverMetrics::SetDroppedOutcomes(int64_t total) {
  dropped_outcomes_.Increment(static_cast<double>(total - dropped_shown_));
  dropped_shown_ = total;
}

}  // namespace warmpath
