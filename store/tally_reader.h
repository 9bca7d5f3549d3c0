// Reading tallies back.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/database_view.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {

// The tallies of `workflow` (and `path`, unless it is empty) whose bucket starts in [start, end), by
// bucket time, then path, evidence key and dimension. Reads no bucket outside of that but one for each
// series. DATA_LOSS if one can't be parsed.
absl::StatusOr<std::vector<v1::TallyEntry>> ReadTallies(const DatabaseView& view,
                                                        const std::string& workflow,
                                                        const std::string& path, absl::Time start,
                                                        absl::Time end);

}  // namespace warmpath
