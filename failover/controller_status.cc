// What operators see of a workflow.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "failover/controller_core.h"
#include "failover/policy.h"
#include "failover/verdict.h"

namespace warmpath {
namespace {

std::string WithThousands(double count) {
  std::string digits = absl::StrFormat("%.0f", count);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), 1, ',');
  return digits;
}

std::string Age(absl::Duration age) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(age));
  if (seconds < 120) return absl::StrCat(seconds, " s");
  if (seconds < 7200) return absl::StrCat(seconds / 60, " min");
  return absl::StrCat(seconds / 3600, " h");
}

}  // namespace

std::vector<std::string> FailoverController::Core::Workflows() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, workflow] : workflows_) names.push_back(name);
  return names;
}

std::string FailoverController::Core::Outlook(const WorkflowState& workflow,
                                              std::optional<int> target, absl::Time now) const {
  if (target) {
    const PathState& path = workflow.paths()[*target];
    const v1::PathVerdict verdict = workflow.VerdictOf(path, now);
    return absl::StrCat("Failover would go to ", path.config.name(), ": ",
                        ConformanceName(path.conformance), ", ",
                        WithThousands(verdict.effective_samples()), " samples, newest ",
                        Age(now - FromProto(verdict.evidence_time())), " ago");
  }
  std::map<std::string, int> counts;
  for (const PathState& path : workflow.paths()) {
    if (path.config.name() == workflow.state.active_path()) continue;
    const bool fails = path.health.last() == v1::HEALTH_DOWN ||
                       path.health.last() == v1::HEALTH_UNHEALTHY;
    const char* const name = path.conformance == v1::CONFORMANCE_GREEN
                                 ? (fails ? "failing" : "not flip-ready")
                             : path.conformance == v1::CONFORMANCE_RED         ? "red"
                             : path.conformance == v1::CONFORMANCE_AMBER
                                 ? (path.only_aged ? "stale" : "amber")
                                 : "cold";
    ++counts[name];
  }
  if (counts.empty()) return "No safe standby: no other path is configured";
  std::vector<std::string> parts;
  for (const char* name : {"not flip-ready", "failing", "red", "amber", "stale", "cold"}) {
    if (counts.contains(name)) parts.push_back(absl::StrCat(counts[name], " ", name));
  }
  return absl::StrCat("No safe standby: ", absl::StrJoin(parts, ", "));
}

absl::StatusOr<v1::WorkflowStatus> FailoverController::Core::Status(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = workflows_.find(name);
  if (found == workflows_.end()) {
    return absl::NotFoundError(absl::StrCat("no workflow is named \"", name, "\""));
  }
  const WorkflowState& workflow = found->second;
  const absl::Time now = clock_.Now();
  v1::WorkflowStatus status;
  status.set_workflow(name);
  status.set_mode(workflow.mode());
  status.set_active_path(workflow.state.active_path());
  if (workflow.state.has_since_time()) *status.mutable_active_since() = workflow.state.since_time();
  if (workflow.last_flip) *status.mutable_last_flip() = *workflow.last_flip;
  status.set_pinned(workflow.state.pinned());
  status.set_pin_reason(workflow.state.pin_reason());
  if (workflow.drill) *status.mutable_drill() = *workflow.drill;
  if (workflow.ramp) *status.mutable_ramp() = workflow.RampProto();
  const std::optional<int> target =
      BestTarget(workflow.Snapshot(now), workflow.parameters().failover);
  status.set_failover_outlook(Outlook(workflow, target, now));
  if (target) status.set_failover_path(workflow.paths()[*target].config.name());
  for (v1::VerdictReason& reason : workflow.ReferenceReasons()) {
    *status.add_reference_reasons() = std::move(reason);
  }
  status.set_primary_served_model(workflow.primary().served_model);
  for (const PathState& path : workflow.paths()) {
    v1::PathStatus* entry = status.add_paths();
    entry->set_path(path.config.name());
    entry->set_role(path.config.role());
    entry->set_provider(path.config.provider());
    entry->set_model(path.config.model());
    *entry->mutable_verdict() = workflow.VerdictOf(path, now);
    *entry->mutable_health() = path.health.ToProto(now);
    entry->mutable_health()->set_path(path.config.name());
    entry->set_served(path.served);
    *entry->mutable_readiness() = path.readiness.ToProto(now);
  }
  return status;
}

}  // namespace warmpath
