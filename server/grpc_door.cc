#include "server/grpc_door.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "config/address.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"

namespace warmpath {
namespace {

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot read '", path, "'"));
  return text.str();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(
    const v1::ListenerConfig& listener) {
  if (!listener.has_tls()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  ASSIGN_OR_RETURN(std::string key, ReadPem(listener.tls().key_file()));
  ASSIGN_OR_RETURN(std::string certificate, ReadPem(listener.tls().certificate_file()));
  options.pem_key_cert_pairs.push_back({std::move(key), std::move(certificate)});
  return grpc::SslServerCredentials(options);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcDoor>> GrpcDoor::Open(
    const v1::ListenerConfig& listener, const std::vector<grpc::Service*>& services) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  ASSIGN_OR_RETURN(auto credentials, Credentials(listener));
  grpc::ServerBuilder builder;
  // Without this a second process could share the port unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(static_cast<int>(listener.max_body_bytes()));
  int port = 0;
  builder.AddListeningPort(listener.address(), credentials, &port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", listener.address(), " for gRPC: is the port in use by "
                     "another process, or the address not this machine's?"));
  }
  ASSIGN_OR_RETURN(Address address, ParseAddress(listener.address()));
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return std::unique_ptr<GrpcDoor>(new GrpcDoor(
      std::move(server), is_v6 ? absl::StrCat("[", address.host, "]:", port)
                               : absl::StrCat(address.host, ":", port)));
}

GrpcDoor::~GrpcDoor() { Stop(absl::ZeroDuration()); }

void GrpcDoor::Stop(absl::Duration grace) {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(grace));
  server_->Wait();
  server_.reset();
}

}  // namespace warmpath
