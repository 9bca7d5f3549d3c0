// The operator's gRPC service for rehearsing flips.
#pragma once

#include <utility>

#include "admin/admin_context.h"
#include "config/access.h"
#include "warmpath/v1/drill.grpc.pb.h"

namespace warmpath {

// DrillServiceImpl answers warmpath.v1.DrillService: it says who asks, failover/ does the rest.
//
// Thread safety: gRPC calls it from many threads.
// Ownership: borrows `context`. Blocking: changes are synced to disk, on gRPC's own threads.
class DrillServiceImpl final : public v1::DrillService::Service {
 public:
  DrillServiceImpl(const AdminContext& context, AccessTokens tokens)
      : context_(context), tokens_(std::move(tokens)) {}

  grpc::Status StartDrill(grpc::ServerContext* call, const v1::StartDrillRequest* request,
                          v1::StartDrillResponse* response) override;
  grpc::Status GetDrill(grpc::ServerContext* call, const v1::GetDrillRequest* request,
                        v1::GetDrillResponse* response) override;
  grpc::Status ListDrills(grpc::ServerContext* call, const v1::ListDrillsRequest* request,
                          v1::ListDrillsResponse* response) override;
  grpc::Status AbortDrill(grpc::ServerContext* call, const v1::AbortDrillRequest* request,
                          v1::AbortDrillResponse* response) override;

 private:
  const AdminContext& context_;
  const AccessTokens tokens_;
};

}  // namespace warmpath
