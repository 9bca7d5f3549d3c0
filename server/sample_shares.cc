#include "server/sample_shares.h"

#include <algorithm>
#include <cmath>

namespace warmpath {
namespace {

constexpr double kEpochsPerMinute = 6;

}  // namespace

SampleShares SharesOf(const v1::GetBudgetResponse& plan) {
  SampleShares shares;
  for (const v1::PathBudget& path : plan.paths()) {
    if (path.fixed()) continue;
    const double per_epoch = std::max(path.rate(), path.floor()) / kEpochsPerMinute;
    shares[path.workflow()].push_back(
        {path.path(), path.share(), static_cast<int>(std::ceil(2 * per_epoch)) + 3});
  }
  return shares;
}

}  // namespace warmpath
