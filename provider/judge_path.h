// Where a set of shadow paths keeps the model of a workflow's judge.
#pragma once

#include <string_view>

namespace warmpath {

// Not a name that a configured path may have.
inline constexpr std::string_view kJudgePath = "(judge)";

}  // namespace warmpath
