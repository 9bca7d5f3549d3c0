// From what the controller plans to what the sampler draws by.
#pragma once

#include "shadow/sampler.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// The shares of a plan; workflows with a fixed share are left out. A path may take, in each 10 s,
// twice what its rate or floor comes to and three more: chance gathers arrivals, a surge is another
// thing.
SampleShares SharesOf(const v1::GetBudgetResponse& plan);

}  // namespace warmpath
