#include "failover/plan.h"

#include <algorithm>

#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

constexpr int64_t kProbeIntervalMicros = 1'000'000;

void AddPath(const PlannedPath& path, v1::PlannedPath* proto) {
  proto->set_path(path.name);
  proto->set_conformance(path.conformance);
  proto->set_role(path.role);
  proto->set_reason(path.reason);
}

// Salted by the drill or the flip, so that it isn't always the same conversations that go first.
bool IsIn(const std::string& id, double share, std::string_view conversation) {
  return UnitInterval(StableHasher().Field(id).Field(conversation).Digest()) < share;
}

}  // namespace

bool WorkflowPlan::InDrill(std::string_view conversation) const {
  return drill && IsIn(drill->id, drill->share, conversation);
}

bool WorkflowPlan::InRamp(std::string_view conversation) const {
  return ramp && IsIn(ramp->id, ramp->share, conversation);
}

absl::InlinedVector<const PlannedPath*, 4> WorkflowPlan::PathsFor(
    std::string_view conversation) const {
  absl::InlinedVector<const PlannedPath*, 4> result;
  const PlannedPath* first = nullptr;
  if (InDrill(conversation)) {
    first = &drill->path;
  } else if (ramp && !InRamp(conversation)) {
    first = &ramp->from;
  }
  if (first != nullptr) result.push_back(first);
  for (const PlannedPath& path : paths) {
    if (first == nullptr || path.index != first->index) result.push_back(&path);
  }
  return result;
}

const PlannedPath* WorkflowPlan::TakeProbe(absl::Time now) const {
  if (!probe || !probe_timer) return nullptr;
  const int64_t micros = absl::ToUnixMicros(now);
  int64_t next = probe_timer->next_micros.load(std::memory_order_relaxed);
  if (micros < next && next - micros <= kProbeIntervalMicros) return nullptr;
  return probe_timer->next_micros.compare_exchange_strong(next, micros + kProbeIntervalMicros)
             ? &*probe
             : nullptr;
}

v1::Conformance WorkflowPlan::ConformanceOf(std::string_view path) const {
  for (const PlannedPath& candidate : ladder) {
    if (candidate.name == path) return candidate.conformance;
  }
  return v1::CONFORMANCE_COLD;
}

const WorkflowPlan* Plan::Find(std::string_view workflow) const {
  const auto found = workflows.find(ToAbsl(workflow));
  return found == workflows.end() ? nullptr : &found->second;
}

v1::WorkflowPlan ToProto(const WorkflowPlan& plan) {
  v1::WorkflowPlan proto;
  proto.set_workflow(plan.workflow);
  proto.set_mode(plan.mode);
  for (const PlannedPath& path : plan.paths) AddPath(path, proto.add_paths());
  if (plan.drill) {
    proto.mutable_drill()->set_drill_id(plan.drill->id);
    proto.mutable_drill()->set_path(plan.drill->path.name);
    proto.mutable_drill()->set_share(plan.drill->share);
  }
  if (plan.ramp && !plan.paths.empty()) {
    proto.mutable_ramp()->set_from_path(plan.ramp->from.name);
    proto.mutable_ramp()->set_to_path(plan.paths.front().name);
    proto.mutable_ramp()->set_share(plan.ramp->share);
  }
  if (plan.paths.empty()) {
    proto.set_downtime_reason(plan.downtime_reason);
    *proto.mutable_retry_after() = ToProto(plan.retry_after);
  }
  return proto;
}

v1::Plan ToProto(const Plan& plan) {
  v1::Plan proto;
  proto.set_version(plan.version);
  *proto.mutable_create_time() = ToProto(plan.create_time);
  std::vector<const WorkflowPlan*> workflows;
  for (const auto& [name, workflow] : plan.workflows) workflows.push_back(&workflow);
  std::sort(workflows.begin(), workflows.end(), [](const auto* left, const auto* right) {
    return left->workflow < right->workflow;
  });
  for (const WorkflowPlan* workflow : workflows) *proto.add_workflows() = ToProto(*workflow);
  return proto;
}

}  // namespace warmpath
