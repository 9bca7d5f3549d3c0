// Scorecards and divergences, for people.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "cli/style.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// Clusters, biggest first, then the newest cards, one line each. Pure.
std::string RenderDivergences(const v1::ListDivergencesResponse& divergences, absl::Time now,
                              const Style& style);

// Everything that is known of each card, with the bodies where they are kept. Pure.
std::string RenderCards(const v1::GetScorecardResponse& cards, absl::Time now, const Style& style);

}  // namespace warmpath
