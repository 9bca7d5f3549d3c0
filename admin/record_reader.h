// Lists of what the store keeps, a page at a time.
#pragma once

#include "absl/status/statusor.h"
#include "admin/admin_context.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// Newest first. Errors: INVALID_ARGUMENT for a foreign page token.
absl::StatusOr<v1::ListReviewsResponse> ReadReviews(const AdminContext& context,
                                                    const v1::ListReviewsRequest& request);
absl::StatusOr<v1::ListAuditEntriesResponse> ReadAuditEntries(
    const AdminContext& context, const v1::ListAuditEntriesRequest& request);

}  // namespace warmpath
