#include "cli/admin_client.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace warmpath {
namespace {

// Cards with many findings and bodies are larger than gRPC's own bound of 4 MB.
constexpr int kMaxAnswerBytes = 256 << 20;

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const CommandLine& line) {
  if (!line.Has("tls") && !line.Has("ca-file")) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  if (line.Has("ca-file")) {
    std::ifstream file(line.Get("ca-file"));
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot read --ca-file '", line.Get("ca-file"), "'"));
    }
    options.pem_root_certs = text.str();
  }
  return grpc::SslCredentials(options);
}

std::string FirstOf(const std::string& a, const std::string& b) { return a.empty() ? b : a; }

}  // namespace

std::vector<OptionSpec> ServerOptions() {
  return {
      {"server", "HOST:PORT",
       absl::StrCat("warmpathd's admin_grpc address; default WARMPATH_SERVER, else ",
                    kDefaultServer)},
      {"tls", "", "talk TLS, trusting the system's authorities"},
      {"ca-file", "FILE", "talk TLS, trusting the authorities in this PEM file"},
      {"json", "", "print protobuf's JSON, for programs"},
  };
}

absl::StatusOr<std::unique_ptr<AdminClient>> AdminClient::Connect(const CommandLine& line,
                                                                  const CliIo& io) {
  const std::string address =
      FirstOf(FirstOf(line.Get("server"), io.environment("WARMPATH_SERVER")), kDefaultServer);
  ASSIGN_OR_RETURN(auto credentials, Credentials(line));
  std::shared_ptr<grpc::Channel> channel;
  if (io.connect) {
    channel = io.connect(address);
  } else {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
    channel = grpc::CreateCustomChannel(address, credentials, arguments);
  }
  return std::unique_ptr<AdminClient>(new AdminClient(std::move(channel), address, io));
}

AdminClient::AdminClient(std::shared_ptr<grpc::Channel> channel, std::string address,
                         const CliIo& io)
    : address_(std::move(address)),
      token_(io.environment("WARMPATH_TOKEN")),
      actor_(FirstOf(io.environment("WARMPATH_ACTOR"), io.environment("USER"))),
      admin_(v1::AdminService::NewStub(channel)),
      failover_(v1::FailoverService::NewStub(channel)),
      drill_(v1::DrillService::NewStub(channel)) {}

void AdminClient::Prepare(grpc::ClientContext& context, absl::Duration timeout) const {
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  if (!token_.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token_));
  if (!actor_.empty()) context.AddMetadata("x-warmpath-actor", actor_);
}

absl::Status AdminClient::ToStatus(const grpc::Status& status) const {
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  // warmpathd always sends details; what has none comes from the transport or from something else.
  if (!status.error_details().empty()) return absl::Status(code, status.error_message());
  if (code == absl::StatusCode::kUnavailable) {
    return absl::UnavailableError(
        absl::StrCat("cannot reach warmpathd at ", address_, " (", status.error_message(),
                     "); is it running, and is this its admin_grpc address? Give another by "
                     "--server or WARMPATH_SERVER"));
  }
  if (code == absl::StatusCode::kDeadlineExceeded) {
    return absl::DeadlineExceededError(absl::StrCat("no answer from ", address_, " in time"));
  }
  if (code == absl::StatusCode::kUnimplemented) {
    return absl::UnimplementedError(absl::StrCat(
        address_,
        " answers, but does not know this command: it is another door than admin_grpc, or an "
        "older warmpathd"));
  }
  return absl::Status(code, absl::StrCat(address_, ": ", status.error_message()));
}

}  // namespace warmpath
