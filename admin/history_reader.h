// Conformance over time, with what happened meanwhile.
#pragma once

#include "absl/status/statusor.h"
#include "admin/admin_context.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// Reads tallies into points, and flips, drills, reloads and new evidence keys into markers, in time
// order, at most kMaxMarkers of them (the newest).
// Errors: NOT_FOUND for an unknown workflow; INVALID_ARGUMENT for an empty range, a bucket below 10
// s or one that makes more than 2,000 points.
absl::StatusOr<v1::GetHistoryResponse> ReadHistory(const AdminContext& context,
                                                   const v1::GetHistoryRequest& request);

inline constexpr int kMaxMarkers = 200;

}  // namespace warmpath
