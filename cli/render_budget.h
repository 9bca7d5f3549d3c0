// Where mirrored requests are spent, for people.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "cli/style.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// A table of the paths with what each gets and why, and what was spent of the limits. Pure.
std::string RenderBudget(const v1::GetBudgetResponse& budget, absl::Time now, const Style& style);

}  // namespace warmpath
