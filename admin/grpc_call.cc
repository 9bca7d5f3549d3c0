#include "admin/grpc_call.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "base/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace warmpath {
namespace {

constexpr size_t kMaxActorBytes = 200;

std::string_view Metadata(const grpc::ServerContext& call, const char* key) {
  const auto found = call.client_metadata().find(key);
  if (found == call.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message(ToStd(status.message()));
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_reason(absl::StatusCodeToString(status.code()));
  info.set_domain("warmpath");
  details.add_details()->PackFrom(info);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      details.SerializeAsString());
}

absl::Status CheckAccess(const AccessTokens& tokens, const grpc::ServerContext& call) {
  if (tokens.Admits(Metadata(call, "authorization"))) return absl::OkStatus();
  return absl::UnauthenticatedError(
      "this door asks for a bearer token: send the metadata 'authorization: Bearer TOKEN' "
      "(warmpath "
      "reads it from WARMPATH_TOKEN)");
}

std::string ActorOf(const grpc::ServerContext& call) {
  std::string actor(Metadata(call, "x-warmpath-actor").substr(0, kMaxActorBytes));
  std::replace_if(
      actor.begin(), actor.end(), [](char c) { return !absl::ascii_isprint(c); }, '?');
  return actor.empty() ? call.peer() : actor;
}

}  // namespace warmpath
