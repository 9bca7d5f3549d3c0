// TOOLS in truth mode: an answer's calls against labelled right ones.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "scorer/scorer.h"

namespace warmpath {

// One right call. Each argument lists its accepted values; "" among them means that it may be left out.
struct TrueCall {
  std::string name;
  std::vector<std::pair<std::string, boost::json::array>> arguments;
};

// What is right. No calls: to call nothing is right.
struct ToolTruth {
  std::vector<TrueCall> calls;
  // The calls must come in this order.
  bool ordered = false;
};

// Reads {"calls": [{"name", "args": {param: [accepted]}}], "ordered": false}.
// Errors: INVALID_ARGUMENT naming the member.
absl::StatusOr<ToolTruth> ParseToolTruth(const boost::json::value& value);

// Judges by the rules of the Berkeley Function-Calling Leaderboard, first version: as many calls as are right,
// each right call matched by another one; names alike but for separators; required arguments there, no
// argument that the truth does not name; types strictly as declared (an integer is taken where a
// number is declared, but not inside a list); strings compared without case, spaces and , . / - _ * ^; lists
// in order. Nothing else counts: the verdict is the published benchmark's.
DimensionResult ScoreToolTruth(const v1::ModelRequest& request, const ToolTruth& truth,
                               const v1::Observation& answer);

}  // namespace warmpath
