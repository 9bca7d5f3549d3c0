// What the services on the gRPC front door have in common.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "config/access.h"
#include "gateway/workflow_directory.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

namespace warmpath {

// What may change under a service at a reload.
struct GrpcDoorSettings {
  WorkflowDirectory directory;
  AccessTokens tokens;
};

// The caller's metadata of this name; empty if there is none.
std::string_view Metadata(const grpc::CallbackServerContext& context, const char* name);

// OK if the call's `authorization` opens the door, else UNAUTHENTICATED.
absl::Status CheckDoor(const AccessTokens& tokens, const grpc::CallbackServerContext& context);

// The same code and message.
grpc::Status GrpcStatusOf(const absl::Status& status);

}  // namespace warmpath
