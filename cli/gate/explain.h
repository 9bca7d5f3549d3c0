// A path's history of states, for people and programs: `warmpath gate explain`.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/gate/workflow_replay.h"
#include "cli/style.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// What to say beside the events themselves.
struct ExplainHeading {
  std::string workflow, path;
  absl::Time start, end;
  int64_t cards = 0;
  // When the oldest card was stored that the judge began with; empty: there is none.
  std::optional<absl::Time> oldest_card;
};

// One event in a few lines: what changed, why, and the evidence at that moment. Times in the local zone.
std::string RenderEvent(const ReplayEvent& event, const Style& style);
// The same as one line of JSON.
std::string EventJson(const ReplayEvent& event);

std::string RenderHeading(const ExplainHeading& heading);
// How it stands at the end, and how long it was in which state.
std::string RenderEnd(const ExplainHeading& heading, const v1::PathVerdict& verdict,
                      const PathSummary& summary, const Style& style);

// "3 d 4 h", "12 min": the two largest units.
std::string LongSpan(absl::Duration span);

}  // namespace warmpath
