// Checks of what the config says of models, and what their vendors cannot do for its contracts.
#pragma once

#include <vector>

#include "base/config_problem.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Adds a problem for each server that is no known one and each limit that contradicts another, in
// providers, in the config's own rows, and in paths, whose capabilities are looked at as merged.
void CheckCapabilities(const v1::Config& config, const SourceMap& sources,
                       std::vector<ConfigProblem>& problems);

// Adds a warning for each path whose vendor cannot hold the workflow's output schema natively: its
// answers are judged by the schema, but not constrained to it.
void WarnOfSchemas(const v1::Config& config, const SourceMap& sources,
                   std::vector<ConfigProblem>& warnings);

}  // namespace warmpath
