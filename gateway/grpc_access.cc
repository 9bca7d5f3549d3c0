#include "gateway/grpc_access.h"

#include <string>

namespace warmpath {

std::string_view Metadata(const grpc::CallbackServerContext& context, const char* name) {
  auto it = context.client_metadata().find(name);
  return it == context.client_metadata().end()
             ? std::string_view()
             : std::string_view(it->second.data(), it->second.size());
}

absl::Status CheckDoor(const AccessTokens& tokens, const grpc::CallbackServerContext& context) {
  if (tokens.Admits(Metadata(context, "authorization"))) return absl::OkStatus();
  return absl::UnauthenticatedError(
      "this door asks for a bearer token; send it in the metadata 'authorization'");
}

grpc::Status GrpcStatusOf(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace warmpath
