// Scorecards as they are made, for other replicas.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "admin/admin_context.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// Streams the cards after request.after_id, else those stored since request.start_time, whole and oldest
// first, and goes on with new ones as they come, until `send` returns false. Each second it tells the
// watermark: no card that was asked for earlier will come any more.
//
//   RETURN_IF_ERROR(FollowCards(context, request, [&](const auto& batch) { return writer.Write(batch); }));
//
// `send` takes one batch, at times an empty one, and may block for as long as the reader is slow.
// Blocking: sleeps between looks at the store, kFollowInterval each.
// Errors: NOT_FOUND for an unknown workflow; what the store says.
absl::Status FollowCards(const AdminContext& context, const v1::StreamScorecardsRequest& request,
                         const std::function<bool(const v1::StreamScorecardsResponse&)>& send);

inline constexpr absl::Duration kFollowInterval = absl::Milliseconds(200);

}  // namespace warmpath
