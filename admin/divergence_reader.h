// Cases in which a candidate did not conform.
#pragma once

#include "absl/status/statusor.h"
#include "admin/admin_context.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// Clusters rest on at most so many of the newest divergent cards of the range.
inline constexpr int kMaxClusteredCards = 20'000;
inline constexpr int kMaxClusters = 100;

// Lists divergent cards, newest first, and on the first page the clusters over the range.
// Errors: NOT_FOUND for an unknown workflow; INVALID_ARGUMENT for a foreign page token.
absl::StatusOr<v1::ListDivergencesResponse> ReadDivergences(
    const AdminContext& context, const v1::ListDivergencesRequest& request);

// Reads one card by its id, or all of an exchange by its request id, with bodies where they are
// kept. Errors: NOT_FOUND if there is neither.
absl::StatusOr<v1::GetScorecardResponse> ReadScorecard(const AdminContext& context,
                                                       const v1::GetScorecardRequest& request);

}  // namespace warmpath
