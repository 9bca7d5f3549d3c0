// What a config must hold beyond its syntax.
#pragma once

#include <vector>

#include "base/config_problem.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Adds a problem for everything in `config` (defaults filled in) that does not fit together, each
// with its line and the remedy.
void CheckConfig(const v1::Config& config, const SourceMap& sources,
                 std::vector<ConfigProblem>& problems);

}  // namespace warmpath
