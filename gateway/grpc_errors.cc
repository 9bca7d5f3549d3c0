#include "gateway/grpc_errors.h"

#include <string>

#include "absl/strings/ascii.h"
#include "base/proto_time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "provider/failure_rules.h"

namespace warmpath {

grpc::Status GrpcError(const v1::Failure& failure, absl::Duration retry_after, bool downtime) {
  google::rpc::Status details;
  details.set_code(static_cast<int>(StatusCodeFor(failure.failure_class())));
  details.set_message(failure.message());
  google::rpc::ErrorInfo info;
  info.set_reason(downtime ? "DOWNTIME"
                           : absl::AsciiStrToUpper(FailureName(failure.failure_class())));
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
