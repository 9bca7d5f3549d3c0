// Failures as gRPC callers expect them.
#pragma once

#include "absl/time/time.h"
#include "grpcpp/support/status.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// A gRPC status with google.rpc.ErrorInfo (reason = the failure class, or DOWNTIME), and with RetryInfo
// if `retry_after` is positive.
grpc::Status GrpcError(const v1::Failure& failure, absl::Duration retry_after, bool downtime);

}  // namespace warmpath
