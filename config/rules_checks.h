// What the rules of an embedded path must hold.
#pragma once

#include <string>
#include <vector>

#include "base/config_problem.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Adds a problem for everything in `rules`, which stands at `at`, that cannot work.
void CheckRules(const std::string& at, const v1::RulesConfig& rules, const SourceMap& sources,
                std::vector<ConfigProblem>& problems);

}  // namespace warmpath
