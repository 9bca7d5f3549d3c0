// Conformance over time, for people.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "cli/style.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// One line for each path and dimension: its share over the range against the threshold, the sample
// count, and how it went (on a terminal); with `points`, a line for each point. Then what happened.
// Pure.
std::string RenderHistory(const v1::GetHistoryResponse& history, absl::Time now, const Style& style,
                          bool points);

}  // namespace warmpath
