// What other thresholds would have done: `warmpath gate replay --from-store`.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cli/gate/workflow_replay.h"
#include "cli/style.h"

namespace warmpath {

// The paths of one replay, under the name of the thresholds that they were judged by.
struct ThresholdOutcome {
  std::string thresholds;
  std::map<std::string, PathSummary> paths;
};

// How long each path was in which state, by thresholds: one line for each, paths in order; `path` alone
// unless it is empty.
std::string RenderOutcomes(const std::vector<ThresholdOutcome>& outcomes, const std::string& path,
                           const Style& style);

}  // namespace warmpath
