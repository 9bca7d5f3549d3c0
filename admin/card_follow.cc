#include "admin/card_follow.h"

#include <algorithm>
#include <string>

#include "absl/time/clock.h"
#include "admin/card_stream.h"
#include "admin/status_reader.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "store/store_ids.h"

namespace warmpath {
namespace {

constexpr absl::Duration kWatermarkInterval = absl::Seconds(1);

// Whoever reads it first and the store's cards then misses none from before.
absl::Time WatermarkOf(const AdminContext& context) {
  absl::Time watermark = context.clock.Now();
  for (const std::string& workflow : context.failover.Workflows()) {
    const absl::StatusOr<v1::WorkflowStatus> status = context.failover.Status(workflow);
    if (!status.ok()) continue;  // removed meanwhile
    for (const v1::PathStatus& path : status->paths()) {
      watermark = std::min(watermark, context.mirror.OldestPending(workflow, path.path()));
    }
  }
  return watermark;
}

bool IsWanted(const v1::StreamScorecardsRequest& request, const v1::Scorecard& card) {
  return (request.workflow().empty() || card.workflow() == request.workflow()) &&
         (request.path().empty() || card.candidate_path() == request.path()) &&
         (!request.own_only() || card.origin_id().empty());
}

// One batch of cards after `after`, which it moves on. True: there may be more at once.
absl::StatusOr<bool> ReadBatch(const AdminContext& context,
                               const v1::StreamScorecardsRequest& request, std::string& after,
                               v1::StreamScorecardsResponse& batch) {
  size_t bytes = 0;
  int visits = 0;
  bool more = false;
  RETURN_IF_ERROR(context.store.VisitCardsAfter(after, [&](const v1::Scorecard& card) {
    after = card.id();
    if (IsWanted(request, card)) {
      bytes += card.ByteSizeLong();
      *batch.add_cards() = card;
    }
    more = bytes >= kCardBatchBytes || ++visits >= kCardBatchVisits;
    return !more;
  }));
  batch.set_last_id(after);
  return more;
}

}  // namespace

absl::Status FollowCards(const AdminContext& context, const v1::StreamScorecardsRequest& request,
                         const std::function<bool(const v1::StreamScorecardsResponse&)>& send) {
  if (!request.workflow().empty()) RETURN_IF_ERROR(CheckWorkflow(context, request.workflow()));
  const absl::Time start =
      request.has_start_time() ? FromProto(request.start_time()) : context.clock.Now();
  std::string after = request.after_id().empty() ? IdBefore(start) : request.after_id();
  absl::Time told = absl::InfinitePast();
  while (true) {
    const absl::Time now = context.clock.Now();
    const bool tell = now - told >= kWatermarkInterval || now < told;
    const absl::Time watermark = tell ? WatermarkOf(context) : now;
    v1::StreamScorecardsResponse batch;
    batch.set_replica(context.replica);
    ASSIGN_OR_RETURN(const bool more, ReadBatch(context, request, after, batch));
    // Only who has read everything has read everything from before the watermark.
    if (tell && !more) {
      *batch.mutable_watermark_time() = ToProto(watermark);
      told = now;
    }
    if (!send(batch)) return absl::OkStatus();
    if (!more) absl::SleepFor(kFollowInterval);
  }
}

}  // namespace warmpath
