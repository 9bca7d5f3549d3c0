#include "admin/admin_service.h"

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "admin/card_follow.h"
#include "admin/card_stream.h"
#include "admin/budget_reader.h"
#include "admin/divergence_reader.h"
#include "admin/grpc_call.h"
#include "admin/history_reader.h"
#include "admin/record_reader.h"
#include "admin/status_reader.h"

namespace warmpath {

grpc::Status AdminServiceImpl::GetStatus(grpc::ServerContext* call,
                                         const v1::GetStatusRequest* request,
                                         v1::GetStatusResponse* response) {
  return Answer(tokens_, *call, response, [&] { return ReadStatus(context_, *request); });
}

grpc::Status AdminServiceImpl::GetHistory(grpc::ServerContext* call,
                                          const v1::GetHistoryRequest* request,
                                          v1::GetHistoryResponse* response) {
  return Answer(tokens_, *call, response, [&] { return ReadHistory(context_, *request); });
}

grpc::Status AdminServiceImpl::ListDivergences(grpc::ServerContext* call,
                                               const v1::ListDivergencesRequest* request,
                                               v1::ListDivergencesResponse* response) {
  return Answer(tokens_, *call, response, [&] { return ReadDivergences(context_, *request); });
}

grpc::Status AdminServiceImpl::GetScorecard(grpc::ServerContext* call,
                                            const v1::GetScorecardRequest* request,
                                            v1::GetScorecardResponse* response) {
  return Answer(tokens_, *call, response, [&] { return ReadScorecard(context_, *request); });
}

grpc::Status AdminServiceImpl::ListReviews(grpc::ServerContext* call,
                                           const v1::ListReviewsRequest* request,
                                           v1::ListReviewsResponse* response) {
  return Answer(tokens_, *call, response, [&] { return ReadReviews(context_, *request); });
}

grpc::Status AdminServiceImpl::ListAuditEntries(grpc::ServerContext* call,
                                                const v1::ListAuditEntriesRequest* request,
                                                v1::ListAuditEntriesResponse* response) {
  return Answer(tokens_, *call, response, [&] { return ReadAuditEntries(context_, *request); });
}

grpc::Status AdminServiceImpl::GetBudget(grpc::ServerContext* call,
                                         const v1::GetBudgetRequest* request,
                                         v1::GetBudgetResponse* response) {
  return Answer(tokens_, *call, response, [&] { return ReadBudget(context_, *request); });
}

grpc::Status AdminServiceImpl::StreamScorecards(
    grpc::ServerContext* call, const v1::StreamScorecardsRequest* request,
    grpc::ServerWriter<v1::StreamScorecardsResponse>* writer) {
  if (const absl::Status access = CheckAccess(tokens_, *call); !access.ok()) {
    return ToGrpcStatus(access);
  }
  std::atomic<int>& open = request->follow() ? card_followers_ : card_streams_;
  const int limit = request->follow() ? kMaxCardFollowers : kMaxCardStreams;
  const absl::Cleanup done = [&open] { --open; };
  if (++open > limit) {
    return ToGrpcStatus(absl::ResourceExhaustedError(absl::StrCat(
        limit, " streams of scorecards are open already; try again when one has ended")));
  }
  const auto send = [&](const v1::StreamScorecardsResponse& batch) {
    // A passed deadline cancels the call as well.
    if (call->IsCancelled()) return false;
    const bool news = batch.cards_size() > 0 || batch.has_watermark_time();
    return !news || writer->Write(batch);
  };
  const absl::Status status = request->follow() ? FollowCards(context_, *request, send)
                                                : StreamCards(context_, *request, send);
  return status.ok() ? grpc::Status::OK : ToGrpcStatus(status);
}

}  // namespace warmpath
