#include "admin/failover_service.h"

#include "admin/grpc_call.h"

namespace warmpath {

grpc::Status FailoverServiceImpl::Flip(grpc::ServerContext* call, const v1::FlipRequest* request,
                                       v1::FlipResponse* response) {
  return Answer(tokens_, *call, response,
                [&] { return context_.failover.Flip(*request, ActorOf(*call)); });
}

grpc::Status FailoverServiceImpl::Pin(grpc::ServerContext* call, const v1::PinRequest* request,
                                      v1::PinResponse* response) {
  return Answer(tokens_, *call, response,
                [&] { return context_.failover.Pin(*request, ActorOf(*call)); });
}

grpc::Status FailoverServiceImpl::Unpin(grpc::ServerContext* call, const v1::UnpinRequest* request,
                                        v1::UnpinResponse* response) {
  return Answer(tokens_, *call, response,
                [&] { return context_.failover.Unpin(*request, ActorOf(*call)); });
}

grpc::Status FailoverServiceImpl::SetMode(grpc::ServerContext* call,
                                          const v1::SetModeRequest* request,
                                          v1::SetModeResponse* response) {
  return Answer(tokens_, *call, response,
                [&] { return context_.failover.SetMode(*request, ActorOf(*call)); });
}

grpc::Status FailoverServiceImpl::AcknowledgeSevere(grpc::ServerContext* call,
                                                    const v1::AcknowledgeSevereRequest* request,
                                                    v1::AcknowledgeSevereResponse* response) {
  return Answer(tokens_, *call, response,
                [&] { return context_.failover.AcknowledgeSevere(*request, ActorOf(*call)); });
}

grpc::Status FailoverServiceImpl::Hint(grpc::ServerContext* call, const v1::HintRequest* request,
                                       v1::HintResponse* response) {
  return Answer(tokens_, *call, response,
                [&] { return context_.failover.Hint(*request, ActorOf(*call)); });
}

grpc::Status FailoverServiceImpl::ListFlips(grpc::ServerContext* call,
                                            const v1::ListFlipsRequest* request,
                                            v1::ListFlipsResponse* response) {
  return Answer(tokens_, *call, response, [&] { return context_.failover.ListFlips(*request); });
}

}  // namespace warmpath
