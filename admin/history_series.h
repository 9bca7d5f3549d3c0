// Conformance over time, from tallies.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {

// The narrowest round width that cuts `range` into at most 120 points; at least 10 s.
absl::Duration ChooseBucket(absl::Duration range);

// The config's key of a dimension, such as "tool_errors".
std::string DimensionKey(v1::Dimension dimension);

// Adds tallies up into points of width `bucket`, one series for each path and dimension that has
// samples, ordered by path and dimension; all evidence keys count together. A bucket begins at a
// multiple of its width since the epoch. Pure.
std::vector<v1::HistorySeries> BuildSeries(const std::vector<v1::TallyEntry>& tallies,
                                           absl::Duration bucket);

// One marker each time that a path's evidence begins anew under a key not seen before in `tallies`;
// the first key of a path is no change. `words` says what changed, by path and key, where it is known.
// REQUIRES: `tallies` are in time order. Pure.
std::vector<v1::HistoryMarker> EvidenceKeyMarkers(
    const std::vector<v1::TallyEntry>& tallies,
    const std::map<std::pair<std::string, std::string>, std::string>& words);

}  // namespace warmpath
