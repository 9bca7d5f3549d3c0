// The status as every operator's view shows it.
#pragma once

#include "absl/status/statusor.h"
#include "admin/admin_context.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// Reads what serves, what may, how mirroring covers the traffic, and the state of store and config:
// the one source of `warmpath status`, the dashboard and /metrics.
// Errors: NOT_FOUND, with the closest name, for an unknown workflow.
absl::StatusOr<v1::GetStatusResponse> ReadStatus(const AdminContext& context,
                                                 const v1::GetStatusRequest& request);

// OK if there is such a workflow, else NOT_FOUND with the closest name.
absl::Status CheckWorkflow(const AdminContext& context, const std::string& workflow);

}  // namespace warmpath
