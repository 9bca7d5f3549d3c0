// Scorecards in the order in which the judge reads them.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "admin/admin_context.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// Streams the cards that were stored in [start_time, end_time), oldest first: ScoreStore's order,
// which is the judge's. Findings below SEVERE are left out, as the judge does not look at them.
//
//   const auto send = [&](const auto& batch) { return writer.Write(batch); };
//   RETURN_IF_ERROR(StreamCards(context, request, send));
//
// `send` takes one batch and may block for as long as the reader is slow; false ends the stream
// early, with OK. It is also called with no cards while others' cards are skipped, so that a reader
// that has gone is noticed.
// Memory: one batch, about kCardBatchBytes; the store is not held between batches.
// Errors: NOT_FOUND for an unknown workflow; INVALID_ARGUMENT for an empty range; what the store says.
absl::Status StreamCards(const AdminContext& context, const v1::StreamScorecardsRequest& request,
                         const std::function<bool(const v1::StreamScorecardsResponse&)>& send);

inline constexpr size_t kCardBatchBytes = size_t{256} << 10;
// Cards looked at, of all workflows, between two calls of `send`.
inline constexpr int kCardBatchVisits = 4096;

}  // namespace warmpath
