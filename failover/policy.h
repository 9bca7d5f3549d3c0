// When does traffic move, and where to? A pure function of a snapshot, tested as a truth table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "failover/failover_parameters.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// What the policy knows of one path.
struct PathFacts {
  std::string name;
  v1::Role role = v1::ROLE_BACKUP;
  v1::Conformance conformance = v1::CONFORMANCE_COLD;
  // Since when it has been GREEN without a break; InfiniteFuture if it is not.
  absl::Time green_since = absl::InfiniteFuture();
  v1::Health health = v1::HEALTH_UNSPECIFIED;
  // Since when its health has been what it is.
  absl::Time health_since = absl::InfinitePast();
  // How far within its limits it certainly is, in nats; see MarginOf.
  double margin = 0;
  // A flip to it was practised and its answers come; see Readiness.
  bool flip_ready = false;
};

// A running ramp: traffic moves to the serving path bit by bit.
struct RampFacts {
  // Position of the path that it comes from.
  int from = 0;
  absl::Time start;
  v1::RampPhase phase = v1::RAMP_PHASE_RUNNING;
  // The serving path's, by live answers alone; see FlipRamp::Margin.
  double margin = 0;
  // The evidence, for people.
  std::string words;
};

// A flip that was acted on.
struct PastFlip {
  absl::Time time;
  // Nobody asked for it.
  bool automatic = true;
  // No hard outage forced it.
  bool discretionary = true;
};

// Everything that a decision rests on.
struct PolicySnapshot {
  absl::Time now;
  // In ladder order; exactly one is PRIMARY.
  std::vector<PathFacts> paths;
  // Position of the serving path; empty: DOWNTIME.
  std::optional<int> active;
  bool pinned = false;
  // Flips of the last dwell_memory that were acted on, oldest first.
  std::vector<PastFlip> flips;
  // If traffic still moves to the serving path.
  std::optional<RampFacts> ramp;
};

// What is to be done, or in observe mode what would be.
struct FlipDecision {
  // The path to serve; empty: DOWNTIME.
  std::optional<int> to;
  v1::FlipCause cause = v1::FLIP_CAUSE_UNSPECIFIED;
  // A hard outage forces it: no dwell was asked for.
  bool hard = false;
  // Traffic moves bit by bit.
  bool ramp = false;
  // The condition that fired, in a sentence.
  std::string reason;
};

// Decides on one workflow; empty: stay. Rules, the first that fits:
//  - pinned: stay.
//  - DOWNTIME: back to the primary once it is HEALTHY and may serve, else to the best path that may
//    receive. The primary may serve again unless it is RED: it is what served before any evidence.
//  - the serving path is DOWN, or stands in for the primary and is RED: to the best path that may
//    receive, at once; none: back to a HEALTHY primary that is not RED; none: DOWNTIME.
//  - a ramp to the serving path was aborted: back to where its traffic comes from if that may receive,
//    else to the best path that may, else back if the old path's margin is larger and it is neither
//    RED nor DOWN, else stay. Where a hard outage ends a ramp, the old path is preferred likewise.
//  - the serving path is UNHEALTHY, or is the primary and RED: the same after the dwell, but where
//    nothing may receive it stays.
//  - another path than the primary serves, and the primary has been HEALTHY and GREEN for
//    failback_after: back, after the dwell.
//  - a DEGRADED path serves and a BACKUP may receive: up to it, after the dwell.
// May receive: MayReceive(). Best: PRIMARY, BACKUP, DEGRADED, then the largest margin in whole nats,
// then ladder order. Decisions that nothing forces ramp, unless a ramp runs already: its traffic is
// mostly elsewhere, so it is moved at once.
std::optional<FlipDecision> Decide(const PolicySnapshot& snapshot,
                                   const FailoverParameters& parameters);

// Whether traffic may move to the path by itself: it is GREEN, neither DOWN nor UNHEALTHY, and with
// require_flip_ready it is flip-ready or the primary. (In an incident evidence does not age, so what was
// GREEN when it began stays so for incident_grace unless something speaks against it.)
bool MayReceive(const FailoverParameters& parameters, const PathFacts& path);

// The best path that may receive, other than the serving one; empty: none.
std::optional<int> BestTarget(const PolicySnapshot& snapshot, const FailoverParameters& parameters);

// Whether a running ramp has come to its end, so that everything is to go to the serving path: the
// evidence allows it, or ramp_max is over and nothing speaks against the path, or the old path is DOWN,
// or it stands in for the primary and is RED. A pinned workflow's ramp holds.
bool RampIsOver(const PolicySnapshot& snapshot, const FailoverParameters& parameters);

// How long the next discretionary flip still has to wait; zero or less: not any more.
// dwell * 2^(flips of the last day but the last), at most dwell_max, since the last; and at most
// max_flips_in_burst automatic ones within four times the dwell.
absl::Duration RemainingDwell(const PolicySnapshot& snapshot, const FailoverParameters& parameters);

}  // namespace warmpath
