#include "gateway/grpc_errors.h"

#include <string>

#include "base/proto_time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "proto/failure_rules.h"

namespace warmpath {

grpc::Status GrpcError(const v1::Failure& failure, absl::Duration retry_after, bool downtime) {
  google::rpc::Status details;
  details.set_code(static_cast<int>(StatusCodeFor(failure.failure_class())));
  details.set_message(failure.message());
  google::rpc::ErrorInfo info;
  constexpr size_t kPrefix = sizeof("FAILURE_CLASS_") - 1;
  info.set_reason(downtime ? "DOWNTIME"
                           : v1::FailureClass_Name(failure.failure_class()).substr(kPrefix));
  info.set_domain("warmpath");
  if (!failure.native_code().empty()) (*info.mutable_metadata())["native_code"] = failure.native_code();
  details.add_details()->PackFrom(info);
  if (retry_after > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() = ToProto(retry_after);
    details.add_details()->PackFrom(retry);
  }
  return grpc::Status(static_cast<grpc::StatusCode>(details.code()), failure.message(),
                      details.SerializeAsString());
}

}  // namespace warmpath
