// Which paths may be tried now: the only thing of failover that the live path reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "warmpath/v1/failover.pb.h"
#include "warmpath/v1/plan.pb.h"

namespace warmpath {

// What live threads note about a path for others to see at once. Shared by all plans that name it.
struct PathSignal {
  // Failures since the last success that count against health.
  std::atomic<int> failures_in_row{0};
  // As many of them suggest a hard outage.
  std::atomic<int> alarm_at{3};
};

// When a workflow in downtime may try its primary again. Shared by all plans of the workflow.
struct ProbeTimer {
  std::atomic<int64_t> next_micros{0};
};

// One path that may be tried.
struct PlannedPath {
  std::string name{};
  // Position in the workflow's ladder.
  int index = 0;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  // What was known of it when the plan was made.
  v1::Conformance conformance = v1::CONFORMANCE_COLD;
  // Names the path within this process; for the controller.
  uint32_t id = 0;
  std::shared_ptr<PathSignal> signal{};
  // Why it is not GREEN, such as "unproven(tools), stale"; known of paths that may be tried.
  std::string reason{};
};

// A drill's share of the traffic.
struct PlannedDrill {
  std::string id{};
  PlannedPath path{};
  // Share of conversations, 0..1.
  double share = 0;
};

// A flip that moves traffic bit by bit: conversations outside its share keep to the old path.
struct PlannedRamp {
  // The flip's.
  std::string id{};
  PlannedPath from{};
  // Share of conversations that moved, 0..1. One that moved stays while the share grows.
  double share = 1;
};

// One workflow's part of the plan.
struct WorkflowPlan {
  std::string workflow;
  v1::FailoverMode mode = v1::FAILOVER_MODE_OBSERVE;
  // The paths that may be tried for one request, in order: the active one, then in enforce mode those
  // that may receive traffic now. Empty: DOWNTIME.
  std::vector<PlannedPath> paths;
  // A drill that moves conversations elsewhere, if one runs.
  std::optional<PlannedDrill> drill;
  // A ramp to the active path, if one runs; never together with a drill.
  std::optional<PlannedRamp> ramp;
  // Why nothing may serve, for people; set when `paths` is empty.
  std::string downtime_reason;
  // When a caller may ask again; set when `paths` is empty.
  absl::Duration retry_after = absl::Seconds(5);
  // In downtime: the primary, which one request a second may try, so that its recovery is noticed
  // even where nothing is mirrored. Unset if it is RED.
  std::optional<PlannedPath> probe;
  std::shared_ptr<ProbeTimer> probe_timer;
  // Every configured path's verdict, in ladder order, for answer headers.
  std::vector<PlannedPath> ladder;

  // The paths to try for a request of this conversation, in order: `paths`, with the drill's path in
  // front if the conversation belongs to the drill's share, or the path in front that a ramp has not yet
  // moved it from. A conversation stays in or out of a drill as a whole. The pointers live as long as
  // the plan.
  absl::InlinedVector<const PlannedPath*, 4> PathsFor(std::string_view conversation) const;

  // In downtime: the path that this request may try nevertheless, at most one request a second; null
  // for all others. Its outcome is to be reported like any other.
  const PlannedPath* TakeProbe(absl::Time now) const;

  // Whether a running drill has taken this conversation: its outcomes are reported as the drill's.
  bool InDrill(std::string_view conversation) const;

  // Whether a running ramp has moved this conversation: its live answers are the ramp's evidence.
  bool InRamp(std::string_view conversation) const;

  // The verdict on a path when the plan was made; COLD if there is no such path.
  v1::Conformance ConformanceOf(std::string_view path) const;
};

// An immutable snapshot of all workflows.
//
// Thread safety: immutable, so any thread may read it while it holds the shared_ptr.
struct Plan {
  // Grows with every change; 0: none was made yet.
  int64_t version = 0;
  absl::Time create_time = absl::InfinitePast();
  absl::flat_hash_map<std::string, WorkflowPlan> workflows;

  // Null if there is no such workflow.
  const WorkflowPlan* Find(std::string_view workflow) const;
};

// The plan as services that route for themselves are told it; workflows in the order of their names.
// Only paths that may be tried are named.
v1::Plan ToProto(const Plan& plan);
v1::WorkflowPlan ToProto(const WorkflowPlan& plan);

}  // namespace warmpath
