// Talking to a warmpathd.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/cli_io.h"
#include "cli/command_line.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"
#include "grpcpp/support/sync_stream.h"
#include "warmpath/v1/admin.grpc.pb.h"
#include "warmpath/v1/drill.grpc.pb.h"
#include "warmpath/v1/failover.grpc.pb.h"

namespace warmpath {

inline constexpr char kDefaultServer[] = "127.0.0.1:8083";

// An AdminClient calls the operator's gRPC services of one warmpathd.
//
//   ASSIGN_OR_RETURN(auto client, AdminClient::Connect(line, io));
//   ASSIGN_OR_RETURN(auto status, client->Call(&v1::AdminService::Stub::GetStatus, request));
//
// The address comes from --server, else WARMPATH_SERVER, else kDefaultServer; the token from
// WARMPATH_TOKEN; the actor from WARMPATH_ACTOR, else USER. --tls or --ca-file FILE talk TLS.
// Thread safety: none.
// Errors: what the server says; UNAVAILABLE and DEADLINE_EXCEEDED name the address and the remedy.
class AdminClient {
 public:
  static absl::StatusOr<std::unique_ptr<AdminClient>> Connect(const CommandLine& line,
                                                              const CliIo& io);

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    Prepare(context);
    Response response;
    const grpc::Status status = (StubFor<Stub>().*method)(&context, request, &response);
    if (!status.ok()) return ToStatus(status);
    return response;
  }

  // Reads a stream to its end, or until `timeout` is over; `take` sees each response.
  template <typename Stub, typename Request, typename Response, typename Take>
  absl::Status ReadStream(
      std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(grpc::ClientContext*,
                                                                    const Request&),
      const Request& request, absl::Duration timeout,
      const Take& take) {
    grpc::ClientContext context;
    Prepare(context, timeout);
    const auto reader = (StubFor<Stub>().*method)(&context, request);
    for (Response response; reader->Read(&response);) take(response);
    const grpc::Status status = reader->Finish();
    return status.ok() ? absl::OkStatus() : ToStatus(status);
  }

 private:
  AdminClient(std::shared_ptr<grpc::Channel> channel, std::string address, const CliIo& io);

  template <typename Stub>
  Stub& StubFor() {
    if constexpr (std::is_same_v<Stub, v1::AdminService::Stub>) {
      return *admin_;
    } else if constexpr (std::is_same_v<Stub, v1::FailoverService::Stub>) {
      return *failover_;
    } else {
      return *drill_;
    }
  }

  void Prepare(grpc::ClientContext& context, absl::Duration timeout = kCallTimeout) const;
  absl::Status ToStatus(const grpc::Status& status) const;

  static constexpr absl::Duration kCallTimeout = absl::Seconds(20);

  const std::string address_;
  const std::string token_;
  const std::string actor_;
  const std::unique_ptr<v1::AdminService::Stub> admin_;
  const std::unique_ptr<v1::FailoverService::Stub> failover_;
  const std::unique_ptr<v1::DrillService::Stub> drill_;
};

// The options of every command that talks to a server, --json among them.
std::vector<OptionSpec> ServerOptions();

}  // namespace warmpath
