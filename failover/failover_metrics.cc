#include "failover/failover_metrics.h"

#include "absl/strings/ascii.h"
#include "base/proto_time.h"

namespace warmpath {
namespace {

struct StateName {
  v1::Conformance conformance;
  const char* name;
};

constexpr StateName kStates[] = {{v1::CONFORMANCE_GREEN, "green"},
                                 {v1::CONFORMANCE_AMBER, "amber"},
                                 {v1::CONFORMANCE_RED, "red"},
                                 {v1::CONFORMANCE_COLD, "cold"}};

const char* ResultName(FlipResult result) {
  switch (result) {
    case FlipResult::kEnforced:
      return "enforced";
    case FlipResult::kObserved:
      return "observed";
    case FlipResult::kStoreError:
      return "store_error";
  }
  return "unknown";
}

}  // namespace

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

void FailoverMetrics::CountFlip(v1::FlipCause cause, FlipResult result) {
  if (metrics_ == nullptr) return;
  metrics_
      ->Counters("warmpath_flip_total", "Flips by what triggered them and what became of them.",
                 {"trigger", "result"})
      .With({CauseName(cause), ResultName(result)})
      .Increment();
}

void FailoverMetrics::CountStoreError(const std::string& operation) {
  if (metrics_ == nullptr) return;
  metrics_
      ->Counters("warmpath_failover_store_errors_total",
                 "Reads and writes of the store that failed for failover.", {"operation"})
      .With({operation})
      .Increment();
}

void FailoverMetrics::CountRefusedEvidence(const std::string& workflow, const std::string& path) {
  if (metrics_ == nullptr) return;
  metrics_
      ->Counters("warmpath_evidence_refused_total",
                 "Samples that were no evidence because too many conversations are open.",
                 {"workflow", "path"})
      .With({workflow, path})
      .Increment();
}

void FailoverMetrics::SetDroppedOutcomes(int64_t total) {
  dropped_outcomes_.Increment(static_cast<double>(total - dropped_shown_));
  dropped_shown_ = total;
}

void FailoverMetrics::Show(const WorkflowState& workflow, absl::Time now) {
  if (metrics_ == nullptr) return;
  metrics_
      ->Gauges("warmpath_downtime", "1 while no path may serve the workflow.", {"workflow"})
      .With({workflow.name()})
      .Set(workflow.state.active_path().empty() ? 1 : 0);
  for (const PathState& path : workflow.paths()) ShowPath(workflow, path, now);
}

void FailoverMetrics::ShowPath(const WorkflowState& workflow, const PathState& path,
                               absl::Time now) {
  const std::string& name = path.config.name();
  metrics_->Gauges("warmpath_active_path", "1 for the path that serves.", {"workflow", "path"})
      .With({workflow.name(), name})
      .Set(workflow.state.active_path() == name ? 1 : 0);
  metrics_->Gauges("warmpath_path_up", "0 while the path fails every request.", {"workflow", "path"})
      .With({workflow.name(), name})
      .Set(path.health.last() == v1::HEALTH_DOWN ? 0 : 1);
  GaugeFamily& states = metrics_->Gauges("warmpath_gate_state", "1 for the verdict that holds.",
                                         {"workflow", "path", "state"});
  for (const StateName& state : kStates) {
    states.With({workflow.name(), name, state.name}).Set(path.conformance == state.conformance);
  }
  const v1::PathVerdict verdict = workflow.VerdictOf(path, now);
  metrics_
      ->Gauges("warmpath_last_score_timestamp_seconds", "When the newest sample was asked for.",
               {"workflow", "path"})
      .With({workflow.name(), name})
      .Set(absl::ToDoubleSeconds(FromProto(verdict.evidence_time()) - absl::UnixEpoch()));
  GaugeFamily& ratios =
      metrics_->Gauges("warmpath_conformance_ratio", "Share of recent samples that conform.",
                       {"workflow", "path", "dimension"});
  GaugeFamily& samples = metrics_->Gauges("warmpath_samples", "Samples behind the ratio, fading.",
                                          {"workflow", "path", "dimension"});
  for (const v1::DimensionEvidence& evidence : verdict.dimensions()) {
    ratios.With({workflow.name(), name, evidence.dimension()}).Set(evidence.conforming_ratio());
    samples.With({workflow.name(), name, evidence.dimension()}).Set(evidence.samples());
  }
}

}  // namespace warmpath
