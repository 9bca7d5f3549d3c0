// The operator's gRPC service for reading.
#pragma once

#include <atomic>
#include <utility>

#include "admin/admin_context.h"
#include "config/access.h"
#include "warmpath/v1/admin.grpc.pb.h"

namespace warmpath {

// AdminServiceImpl answers warmpath.v1.AdminService. Changes nothing.
//
// Thread safety: gRPC calls it from many threads.
// Ownership: borrows `context`. Blocking: reads of the store, on gRPC's own threads.
class AdminServiceImpl final : public v1::AdminService::Service {
 public:
  AdminServiceImpl(const AdminContext& context, AccessTokens tokens)
      : context_(context), tokens_(std::move(tokens)) {}

  grpc::Status GetStatus(grpc::ServerContext* call, const v1::GetStatusRequest* request,
                         v1::GetStatusResponse* response) override;
  grpc::Status GetHistory(grpc::ServerContext* call, const v1::GetHistoryRequest* request,
                          v1::GetHistoryResponse* response) override;
  grpc::Status ListDivergences(grpc::ServerContext* call, const v1::ListDivergencesRequest* request,
                               v1::ListDivergencesResponse* response) override;
  grpc::Status GetScorecard(grpc::ServerContext* call, const v1::GetScorecardRequest* request,
                            v1::GetScorecardResponse* response) override;
  grpc::Status ListReviews(grpc::ServerContext* call, const v1::ListReviewsRequest* request,
                           v1::ListReviewsResponse* response) override;
  grpc::Status ListAuditEntries(grpc::ServerContext* call,
                                const v1::ListAuditEntriesRequest* request,
                                v1::ListAuditEntriesResponse* response) override;
  grpc::Status GetBudget(grpc::ServerContext* call, const v1::GetBudgetRequest* request,
                         v1::GetBudgetResponse* response) override;
  grpc::Status StreamScorecards(
      grpc::ServerContext* call, const v1::StreamScorecardsRequest* request,
      grpc::ServerWriter<v1::StreamScorecardsResponse>* writer) override;

 private:
  const AdminContext& context_;
  const AccessTokens tokens_;
  // Each keeps one of gRPC's threads for as long as its reader takes.
  std::atomic<int> card_streams_{0};
  std::atomic<int> card_followers_{0};
};

// More streams of scorecards at once are refused with RESOURCE_EXHAUSTED.
inline constexpr int kMaxCardStreams = 4;
inline constexpr int kMaxCardFollowers = 16;

}  // namespace warmpath
