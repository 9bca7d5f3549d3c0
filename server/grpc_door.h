// A listening gRPC server.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// A GrpcDoor serves services on one address, with health v1 and reflection beside them.
//
// Thread safety: methods from one thread. gRPC owns its own threads.
// Ownership: borrows the services, which must outlive it.
// Errors: UNAVAILABLE, with the remedy, if the address cannot be had; INVALID_ARGUMENT for TLS files
//   that cannot be read.
class GrpcDoor {
 public:
  static absl::StatusOr<std::unique_ptr<GrpcDoor>> Open(const v1::ListenerConfig& listener,
                                                        const std::vector<grpc::Service*>& services);
  ~GrpcDoor();

  // The bound "host:port".
  const std::string& address() const { return address_; }
  // Refuses new calls, lets those under way end within `grace`, then cancels them. Idempotent.
  void Stop(absl::Duration grace);

 private:
  GrpcDoor(std::unique_ptr<grpc::Server> server, std::string address)
      : server_(std::move(server)), address_(std::move(address)) {}

  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace warmpath
