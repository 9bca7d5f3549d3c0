#include "provider/http_failures.h"

#include "base/http/http_failure.h"
#include "base/string_view.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

v1::FailureClass ClassOf(HttpFailure failure, bool deadline_binds, bool in_stream) {
  switch (failure) {
    case HttpFailure::kConnect:
    case HttpFailure::kResolve:
      return v1::FAILURE_CLASS_CONNECT;
    case HttpFailure::kTls:
      return v1::FAILURE_CLASS_TLS;
    case HttpFailure::kTotalTimeout:
      return deadline_binds ? v1::FAILURE_CLASS_DEADLINE : v1::FAILURE_CLASS_TIMEOUT;
    case HttpFailure::kConnectTimeout:
    case HttpFailure::kFirstByteTimeout:
    case HttpFailure::kIdleTimeout:
      return v1::FAILURE_CLASS_TIMEOUT;
    case HttpFailure::kReset:
      return v1::FAILURE_CLASS_RESET;
    case HttpFailure::kTruncated:
      return in_stream ? v1::FAILURE_CLASS_INTERRUPTED : v1::FAILURE_CLASS_RESET;
    // An answer over the limit is a flood, not an answer; TOO_LARGE would blame the request.
    case HttpFailure::kTooLarge:
    case HttpFailure::kMalformed:
      return v1::FAILURE_CLASS_MALFORMED_ANSWER;
    case HttpFailure::kPoolFull:
      return v1::FAILURE_CLASS_LOCAL_LIMIT;
    case HttpFailure::kCancelled:
      return v1::FAILURE_CLASS_CANCELLED;
  }
  return v1::FAILURE_CLASS_INTERNAL;
}

}  // namespace

v1::Failure FailureFromHttp(const absl::Status& error, const PathCall& call, bool in_stream) {
  const std::optional<HttpFailure> failure = HttpFailureOf(error);
  const v1::FailureClass failure_class =
      failure.has_value() ? ClassOf(*failure, call.deadline_binds, in_stream)
                          : v1::FAILURE_CLASS_INTERNAL;
  return MakeFailure(failure_class, ToStd(error.message()));
}

}  // namespace warmpath
