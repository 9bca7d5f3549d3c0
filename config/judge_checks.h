// What a plug-in judge must be configured with.
#pragma once

#include <string>
#include <vector>

#include "base/config_problem.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Adds a problem for everything in the workflow's judge, which stands at `at`, that cannot work.
// REQUIRES: defaults are filled in.
void CheckJudge(const std::string& at, const v1::JudgeConfig& judge, const v1::Config& config,
                const SourceMap& sources, std::vector<ConfigProblem>& problems);

}  // namespace warmpath
