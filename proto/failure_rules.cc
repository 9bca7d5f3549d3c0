#include "proto/failure_rules.h"

namespace warmpath {
namespace {

using Code = absl::StatusCode;

struct Rule {
  bool another_path;
  bool against_health;
  Code code;
};

// An unset or unknown class is a fault of ours, so it is treated as INTERNAL.
constexpr Rule RuleFor(v1::FailureClass failure_class) {
  switch (failure_class) {
    case v1::FAILURE_CLASS_CONNECT:
    case v1::FAILURE_CLASS_TLS:
    case v1::FAILURE_CLASS_RESET:
    case v1::FAILURE_CLASS_SERVER_ERROR:
    case v1::FAILURE_CLASS_AUTH:
    case v1::FAILURE_CLASS_NOT_FOUND:
    case v1::FAILURE_CLASS_MALFORMED_ANSWER:
    case v1::FAILURE_CLASS_EMPTY_ANSWER:
    case v1::FAILURE_CLASS_INTERRUPTED:
    case v1::FAILURE_CLASS_TIMEOUT:
    case v1::FAILURE_CLASS_OVERLOADED:
    case v1::FAILURE_CLASS_LOCAL_LIMIT:
    case v1::FAILURE_CLASS_CONTRACT:
      return {true, true, Code::kUnavailable};
    case v1::FAILURE_CLASS_RATE_LIMITED:
    case v1::FAILURE_CLASS_QUOTA:
      return {true, true, Code::kResourceExhausted};
    case v1::FAILURE_CLASS_PATH_LIMIT:
      return {true, false, Code::kResourceExhausted};
    case v1::FAILURE_CLASS_INVALID_REQUEST:
    case v1::FAILURE_CLASS_TOO_LARGE:
      return {false, false, Code::kInvalidArgument};
    case v1::FAILURE_CLASS_CANCELLED:
      return {false, false, Code::kCancelled};
    case v1::FAILURE_CLASS_DEADLINE:
      return {false, true, Code::kDeadlineExceeded};
    case v1::FAILURE_CLASS_UNTRANSLATABLE:
      return {true, false, Code::kUnimplemented};
    case v1::FAILURE_CLASS_CONTEXT_WINDOW:
    case v1::FAILURE_CLASS_HISTORY:
    case v1::FAILURE_CLASS_REFUSED:
      return {true, false, Code::kFailedPrecondition};
    default:
      return {true, false, Code::kInternal};
  }
}

}  // namespace

bool MayTryAnotherPath(v1::FailureClass failure_class) {
  return RuleFor(failure_class).another_path;
}

bool CountsAgainstHealth(v1::FailureClass failure_class) {
  return RuleFor(failure_class).against_health;
}

int HttpStatusFor(v1::FailureClass failure_class) {
  switch (failure_class) {
    case v1::FAILURE_CLASS_INVALID_REQUEST:
    case v1::FAILURE_CLASS_CONTEXT_WINDOW:
    case v1::FAILURE_CLASS_HISTORY:
    case v1::FAILURE_CLASS_UNTRANSLATABLE: return 400;
    case v1::FAILURE_CLASS_AUTH: return 401;
    case v1::FAILURE_CLASS_NOT_FOUND: return 404;
    case v1::FAILURE_CLASS_TOO_LARGE: return 413;
    case v1::FAILURE_CLASS_PATH_LIMIT:
    case v1::FAILURE_CLASS_RATE_LIMITED:
    case v1::FAILURE_CLASS_QUOTA: return 429;
    // Nobody reads it; the number is nginx's for a client that went away.
    case v1::FAILURE_CLASS_CANCELLED: return 499;
    case v1::FAILURE_CLASS_CONNECT:
    case v1::FAILURE_CLASS_TLS:
    case v1::FAILURE_CLASS_RESET:
    case v1::FAILURE_CLASS_SERVER_ERROR:
    case v1::FAILURE_CLASS_MALFORMED_ANSWER:
    case v1::FAILURE_CLASS_EMPTY_ANSWER:
    case v1::FAILURE_CLASS_CONTRACT:
    case v1::FAILURE_CLASS_REFUSED:
    case v1::FAILURE_CLASS_INTERRUPTED: return 502;
    case v1::FAILURE_CLASS_OVERLOADED:
    case v1::FAILURE_CLASS_LOCAL_LIMIT: return 503;
    case v1::FAILURE_CLASS_TIMEOUT:
    case v1::FAILURE_CLASS_DEADLINE: return 504;
    default: return 500;
  }
}

absl::StatusCode StatusCodeFor(v1::FailureClass failure_class) {
  return RuleFor(failure_class).code;
}

}  // namespace warmpath
