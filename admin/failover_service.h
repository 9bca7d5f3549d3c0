// The operator's gRPC service for moving traffic.
#pragma once

#include <utility>

#include "admin/admin_context.h"
#include "config/access.h"
#include "warmpath/v1/failover.grpc.pb.h"

namespace warmpath {

// FailoverServiceImpl answers warmpath.v1.FailoverService: it says who asks, failover/ does the
// rest.
//
// Thread safety: gRPC calls it from many threads.
// Ownership: borrows `context`. Blocking: changes are synced to disk, on gRPC's own threads.
class FailoverServiceImpl final : public v1::FailoverService::Service {
 public:
  FailoverServiceImpl(const AdminContext& context, AccessTokens tokens)
      : context_(context), tokens_(std::move(tokens)) {}

  grpc::Status Flip(grpc::ServerContext* call, const v1::FlipRequest* request,
                    v1::FlipResponse* response) override;
  grpc::Status Pin(grpc::ServerContext* call, const v1::PinRequest* request,
                   v1::PinResponse* response) override;
  grpc::Status Unpin(grpc::ServerContext* call, const v1::UnpinRequest* request,
                     v1::UnpinResponse* response) override;
  grpc::Status SetMode(grpc::ServerContext* call, const v1::SetModeRequest* request,
                       v1::SetModeResponse* response) override;
  grpc::Status AcknowledgeSevere(grpc::ServerContext* call,
                                 const v1::AcknowledgeSevereRequest* request,
                                 v1::AcknowledgeSevereResponse* response) override;
  grpc::Status Hint(grpc::ServerContext* call, const v1::HintRequest* request,
                    v1::HintResponse* response) override;
  grpc::Status ListFlips(grpc::ServerContext* call, const v1::ListFlipsRequest* request,
                         v1::ListFlipsResponse* response) override;

 private:
  const AdminContext& context_;
  const AccessTokens tokens_;
};

}  // namespace warmpath
