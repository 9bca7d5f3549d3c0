// What `warmpath gate replay --config` reads.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/gate/replay.h"

namespace warmpath {

// Reads YAML such as
//
//   gate: {alpha_green: 0.01, tau: 30m, t_cold: 6h, rho: 1}
//   dimensions: {schema: {theta: 0.995}, policy: {theta: 0.99, mode: paired, delta: 0.01}}
//
// Keys that are missing keep their defaults. INVALID_ARGUMENT names the file, the line and the remedy.
absl::StatusOr<ReplayOptions> ReadReplayConfig(std::string_view text, const std::string& file);

}  // namespace warmpath
