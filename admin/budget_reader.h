// Where mirrored requests are spent, as every operator's view shows it.
#pragma once

#include "absl/status/statusor.h"
#include "admin/admin_context.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// What each path gets and why, and what all of them took in the last hour: the one source of
// `warmpath status --budget`, the dashboard and /metrics. Errors: NOT_FOUND, with the closest name,
// for an unknown workflow.
absl::StatusOr<v1::GetBudgetResponse> ReadBudget(const AdminContext& context,
                                                 const v1::GetBudgetRequest& request);

}  // namespace warmpath
