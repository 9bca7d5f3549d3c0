// Thresholds to judge by, from a file.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/gate/replay.h"

namespace warmpath {

// Reads what one workflow is judged by: from YAML as `gate replay` takes it, or from warmpathd's own
// config, whichever the file is. A file of the first kind that names no dimensions, or no bucket, gets
// the service's.
// INVALID_ARGUMENT names the file, the line and the remedy; NOT_FOUND that the config lacks the
// workflow.
absl::StatusOr<ReplayOptions> ReadThresholds(const std::string& file, const std::string& workflow);

}  // namespace warmpath
