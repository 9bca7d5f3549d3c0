// What every gRPC call to the operator's services has in common.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "config/access.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

namespace warmpath {

// The same code and message, with google.rpc.ErrorInfo: reason = the code's name.
grpc::Status ToGrpcStatus(const absl::Status& status);

// OK if the call's `authorization` opens the door, else UNAUTHENTICATED.
absl::Status CheckAccess(const AccessTokens& tokens, const grpc::ServerContext& call);

// Who is calling: the metadata `x-warmpath-actor` (printable ASCII, cut at 200 bytes), else the
// peer's address. A name that the caller gives for itself: an aid for the audit, not a proof.
std::string ActorOf(const grpc::ServerContext& call);

// Checks access, then answers with what `read` gives.
template <typename Response, typename Read>
grpc::Status Answer(const AccessTokens& tokens, const grpc::ServerContext& call, Response* response,
                    const Read& read) {
  if (const absl::Status access = CheckAccess(tokens, call); !access.ok()) {
    return ToGrpcStatus(access);
  }
  absl::StatusOr<Response> result = read();
  if (!result.ok()) return ToGrpcStatus(result.status());
  *response = *std::move(result);
  return grpc::Status::OK;
}

}  // namespace warmpath
