#include "failover/policy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

using Snapshot = PolicySnapshot;
using Parameters = FailoverParameters;

int PrimaryOf(const Snapshot& snapshot) {
  for (size_t i = 0; i < snapshot.paths.size(); ++i) {
    if (snapshot.paths[i].role == v1::ROLE_PRIMARY) return static_cast<int>(i);
  }
  return 0;
}

bool IsFailing(v1::Health health) {
  return health == v1::HEALTH_DOWN || health == v1::HEALTH_UNHEALTHY;
}

// The primary needs no proof to serve again: it is what serves without warmpath.
bool PrimaryMayServe(const PathFacts& primary) {
  return primary.health == v1::HEALTH_HEALTHY && primary.conformance != v1::CONFORMANCE_RED;
}

int Rank(v1::Role role) {
  return role == v1::ROLE_PRIMARY ? 0 : role == v1::ROLE_DEGRADED ? 2 : 1;
}

// As a target; ladder order decides between equals.
bool IsBetter(const PathFacts& path, const PathFacts& than) {
  if (path.role != than.role) return Rank(path.role) < Rank(than.role);
  return std::floor(path.margin) > std::floor(than.margin);
}

std::string Condition(const PathFacts& path) {
  switch (path.health) {
    case v1::HEALTH_DOWN:
      return absl::StrCat(path.name, " is DOWN");
    case v1::HEALTH_UNHEALTHY:
      return absl::StrCat(path.name, " burns its error budget");
    default:
      return absl::StrCat(path.name, " is RED");
  }
}

v1::FlipCause CauseOf(const PathFacts& path) {
  return IsFailing(path.health) ? v1::FLIP_CAUSE_UNHEALTHY : v1::FLIP_CAUSE_NONCONFORMING;
}

std::string Because(const Snapshot& snapshot, int target) {
  const PathFacts& path = snapshot.paths[target];
  if (path.conformance == v1::CONFORMANCE_GREEN) return absl::StrCat(path.name, " is GREEN");
  if (snapshot.ramp && snapshot.ramp->from == target) {
    return absl::StrCat("traffic still came from ", path.name);
  }
  return absl::StrCat(path.name, " is the primary and healthy again");
}

FlipDecision To(std::optional<int> to, v1::FlipCause cause, bool hard, std::string reason) {
  return {.to = to, .cause = cause, .hard = hard, .reason = std::move(reason)};
}

FlipDecision BitByBit(const Snapshot& snapshot, const Parameters& parameters,
                      FlipDecision decision) {
  decision.ramp = parameters.ramp && !snapshot.ramp && snapshot.active && decision.to;
  return decision;
}

// Where a ramp's traffic goes if its path turns out bad: best of all back, as most of it is still there.
std::optional<int> Refuge(const Snapshot& snapshot, const Parameters& parameters, bool forced) {
  const std::optional<int> best = BestTarget(snapshot, parameters);
  if (!snapshot.ramp) return best;
  const PathFacts& old = snapshot.paths[snapshot.ramp->from];
  if (MayReceive(parameters, old)) return snapshot.ramp->from;
  if (best) return best;
  if (old.health == v1::HEALTH_DOWN || old.conformance == v1::CONFORMANCE_RED) return std::nullopt;
  if (!forced && old.margin <= snapshot.ramp->margin) return std::nullopt;
  return snapshot.ramp->from;
}

std::optional<FlipDecision> OutOfRamp(const Snapshot& snapshot, const Parameters& parameters) {
  const PathFacts& active = snapshot.paths[*snapshot.active];
  const bool red = active.conformance == v1::CONFORMANCE_RED;
  const std::optional<int> target = Refuge(snapshot, parameters, /*forced=*/red);
  if (!target) return std::nullopt;
  const PathFacts& path = snapshot.paths[*target];
  return To(target, v1::FLIP_CAUSE_NONCONFORMING, true,
            absl::StrCat("the ramp to ", active.name, " was aborted: ",
                         red ? Condition(active) : "", red ? ", " : "", snapshot.ramp->words, "; ",
                         MayReceive(parameters, path)
                             ? Because(snapshot, *target)
                             : absl::StrCat(path.name, " conforms better")));
}

std::optional<FlipDecision> OutOfDowntime(const Snapshot& snapshot, const Parameters& parameters) {
  const int primary = PrimaryOf(snapshot);
  const PathFacts& facts = snapshot.paths[primary];
  if (facts.health == v1::HEALTH_HEALTHY && MayReceive(parameters, facts)) {
    return To(primary, v1::FLIP_CAUSE_RECOVERY, true,
              absl::StrCat("out of downtime: ", facts.name, " is healthy and GREEN"));
  }
  if (const std::optional<int> target = BestTarget(snapshot, parameters)) {
    return To(target, v1::FLIP_CAUSE_RECOVERY, true,
              absl::StrCat("out of downtime: ", Because(snapshot, *target)));
  }
  if (!PrimaryMayServe(facts)) return std::nullopt;
  return To(primary, v1::FLIP_CAUSE_RECOVERY, true,
            absl::StrCat("out of downtime: ", Because(snapshot, primary)));
}

std::optional<FlipDecision> AwayFromFailing(const Snapshot& snapshot,
                                            const Parameters& parameters) {
  const PathFacts& active = snapshot.paths[*snapshot.active];
  const int primary = PrimaryOf(snapshot);
  const bool stands_in = *snapshot.active != primary;
  const bool stands_in_red = stands_in && active.conformance == v1::CONFORMANCE_RED;
  // Nothing RED serves in the primary's place, not even for a dwell; its own hold-down keeps it from
  // coming back too soon.
  const bool hard = active.health == v1::HEALTH_DOWN || stands_in_red;
  if (!hard && RemainingDwell(snapshot, parameters) > absl::ZeroDuration()) return std::nullopt;
  std::optional<int> target =
      hard ? Refuge(snapshot, parameters, /*forced=*/true) : BestTarget(snapshot, parameters);
  if (!target && stands_in && PrimaryMayServe(snapshot.paths[primary])) target = primary;
  if (target) {
    const FlipDecision decision =
        To(target, CauseOf(active), hard,
           absl::StrCat(Condition(active), "; ", Because(snapshot, *target)));
    return hard ? decision : BitByBit(snapshot, parameters, decision);
  }
  if (!hard) return std::nullopt;
  return To(std::nullopt, v1::FLIP_CAUSE_NOTHING_GREEN, hard,
            absl::StrCat(Condition(active), " and no other path is GREEN"));
}

std::optional<FlipDecision> Upwards(const Snapshot& snapshot, const Parameters& parameters) {
  const int primary = PrimaryOf(snapshot);
  const PathFacts& facts = snapshot.paths[primary];
  if (RemainingDwell(snapshot, parameters) > absl::ZeroDuration()) return std::nullopt;
  const absl::Time settled = snapshot.now - parameters.failback_after;
  if (parameters.auto_failback && facts.health == v1::HEALTH_HEALTHY &&
      facts.health_since <= settled && facts.conformance == v1::CONFORMANCE_GREEN &&
      facts.green_since <= settled) {
    return BitByBit(snapshot, parameters,
                    To(primary, v1::FLIP_CAUSE_FAILBACK, false,
                       absl::StrCat(facts.name, " has been healthy and GREEN for ",
                                    absl::FormatDuration(parameters.failback_after))));
  }
  const PathFacts& active = snapshot.paths[*snapshot.active];
  if (active.role != v1::ROLE_DEGRADED) return std::nullopt;
  std::optional<int> best;
  for (int i = 0; i < static_cast<int>(snapshot.paths.size()); ++i) {
    const PathFacts& path = snapshot.paths[i];
    if (path.role != v1::ROLE_BACKUP || !MayReceive(parameters, path)) continue;
    if (!best || IsBetter(path, snapshot.paths[*best])) best = i;
  }
  if (!best) return std::nullopt;
  return BitByBit(snapshot, parameters,
                  To(best, v1::FLIP_CAUSE_RECOVERY, false,
                     absl::StrCat(active.name, " is a degraded path; ",
                                  Because(snapshot, *best))));
}

}  // namespace

bool MayReceive(const FailoverParameters& parameters, const PathFacts& path) {
  if (IsFailing(path.health) || path.conformance != v1::CONFORMANCE_GREEN) return false;
  return !parameters.require_flip_ready || path.flip_ready || path.role == v1::ROLE_PRIMARY;
}

std::optional<int> BestTarget(const PolicySnapshot& snapshot,
                              const FailoverParameters& parameters) {
  std::optional<int> best;
  for (int i = 0; i < static_cast<int>(snapshot.paths.size()); ++i) {
    const PathFacts& path = snapshot.paths[i];
    if (snapshot.active == i || !MayReceive(parameters, path)) continue;
    if (!best || IsBetter(path, snapshot.paths[*best])) best = i;
  }
  return best;
}

bool RampIsOver(const PolicySnapshot& snapshot, const FailoverParameters& parameters) {
  if (!snapshot.ramp || snapshot.pinned) return false;
  const RampFacts& ramp = *snapshot.ramp;
  const PathFacts& old = snapshot.paths[ramp.from];
  const bool old_red =
      old.conformance == v1::CONFORMANCE_RED && ramp.from != PrimaryOf(snapshot);
  return ramp.phase == v1::RAMP_PHASE_FULL || old.health == v1::HEALTH_DOWN || old_red ||
         (ramp.phase == v1::RAMP_PHASE_RUNNING && snapshot.now - ramp.start >= parameters.ramp_max);
}

absl::Duration RemainingDwell(const PolicySnapshot& snapshot,
                              const FailoverParameters& parameters) {
  if (snapshot.flips.empty()) return absl::ZeroDuration();
  int earlier = -1;
  int burst = 0;
  absl::Time oldest_of_burst = absl::InfiniteFuture();
  const absl::Duration burst_span = 4 * parameters.dwell;
  for (const PastFlip& flip : snapshot.flips) {
    if (snapshot.now - flip.time <= parameters.dwell_memory) ++earlier;
    if (!flip.automatic || !flip.discretionary || snapshot.now - flip.time >= burst_span) continue;
    ++burst;
    oldest_of_burst = std::min(oldest_of_burst, flip.time);
  }
  absl::Duration dwell = parameters.dwell;
  for (int i = 0; i < earlier && dwell < parameters.dwell_max; ++i) dwell *= 2;
  // A dwell that is configured longer than the limit is taken at its word.
  dwell = std::min(dwell, std::max(parameters.dwell, parameters.dwell_max));
  absl::Duration remaining = snapshot.flips.back().time + dwell - snapshot.now;
  if (burst >= parameters.max_flips_in_burst) {
    remaining = std::max(remaining, oldest_of_burst + burst_span - snapshot.now);
  }
  return remaining;
}

std::optional<FlipDecision> Decide(const PolicySnapshot& snapshot,
                                   const FailoverParameters& parameters) {
  if (snapshot.pinned || snapshot.paths.empty()) return std::nullopt;
  if (!snapshot.active) return OutOfDowntime(snapshot, parameters);
  const PathFacts& active = snapshot.paths[*snapshot.active];
  const bool red = active.conformance == v1::CONFORMANCE_RED;
  const bool forced = active.health == v1::HEALTH_DOWN ||
                      (red && *snapshot.active != PrimaryOf(snapshot));
  if (snapshot.ramp && !forced && (red || snapshot.ramp->phase == v1::RAMP_PHASE_ABORTED)) {
    return OutOfRamp(snapshot, parameters);
  }
  if (IsFailing(active.health) || red) return AwayFromFailing(snapshot, parameters);
  if (*snapshot.active == PrimaryOf(snapshot)) return std::nullopt;
  return Upwards(snapshot, parameters);
}

}  // namespace warmpath
