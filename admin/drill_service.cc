#include "admin/drill_service.h"

#include "admin/grpc_call.h"
#include "base/status_macros.h"

namespace warmpath {
namespace {

// A drill as the response that carries it.
template <typename Response>
absl::StatusOr<Response> Wrap(absl::StatusOr<v1::Drill> drill) {
  RETURN_IF_ERROR(drill.status());
  Response response;
  *response.mutable_drill() = *std::move(drill);
  return response;
}

}  // namespace

grpc::Status DrillServiceImpl::StartDrill(grpc::ServerContext* call,
                                          const v1::StartDrillRequest* request,
                                          v1::StartDrillResponse* response) {
  return Answer(tokens_, *call, response, [&] {
    return Wrap<v1::StartDrillResponse>(context_.failover.StartDrill(*request, ActorOf(*call)));
  });
}

grpc::Status DrillServiceImpl::GetDrill(grpc::ServerContext* call,
                                        const v1::GetDrillRequest* request,
                                        v1::GetDrillResponse* response) {
  return Answer(tokens_, *call, response, [&] {
    return Wrap<v1::GetDrillResponse>(context_.failover.GetDrill(request->id()));
  });
}

grpc::Status DrillServiceImpl::ListDrills(grpc::ServerContext* call,
                                          const v1::ListDrillsRequest* request,
                                          v1::ListDrillsResponse* response) {
  return Answer(tokens_, *call, response, [&] { return context_.failover.ListDrills(*request); });
}

grpc::Status DrillServiceImpl::AbortDrill(grpc::ServerContext* call,
                                          const v1::AbortDrillRequest* request,
                                          v1::AbortDrillResponse* response) {
  return Answer(tokens_, *call, response, [&] {
    return Wrap<v1::AbortDrillResponse>(context_.failover.AbortDrill(*request, ActorOf(*call)));
  });
}

}  // namespace warmpath
