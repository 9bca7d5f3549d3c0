#include "proto/failure_rules.h"

#include <iterator>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

struct Row {
  v1::FailureClass failure_class;
  bool another_path;
  bool against_health;
  int http_status;
  absl::StatusCode code;
};

using enum absl::StatusCode;

// The words of observation.proto, one row for each.
constexpr Row kRows[] = {
    {v1::FAILURE_CLASS_CONNECT, true, true, 502, kUnavailable},
    {v1::FAILURE_CLASS_TLS, true, true, 502, kUnavailable},
    {v1::FAILURE_CLASS_TIMEOUT, true, true, 504, kUnavailable},
    {v1::FAILURE_CLASS_RESET, true, true, 502, kUnavailable},
    {v1::FAILURE_CLASS_SERVER_ERROR, true, true, 502, kUnavailable},
    {v1::FAILURE_CLASS_OVERLOADED, true, true, 503, kUnavailable},
    {v1::FAILURE_CLASS_RATE_LIMITED, true, true, 429, kResourceExhausted},
    {v1::FAILURE_CLASS_QUOTA, true, true, 429, kResourceExhausted},
    {v1::FAILURE_CLASS_AUTH, true, true, 401, kUnavailable},
    {v1::FAILURE_CLASS_NOT_FOUND, true, true, 404, kUnavailable},
    {v1::FAILURE_CLASS_INVALID_REQUEST, false, false, 400, kInvalidArgument},
    {v1::FAILURE_CLASS_TOO_LARGE, false, false, 413, kInvalidArgument},
    {v1::FAILURE_CLASS_MALFORMED_ANSWER, true, true, 502, kUnavailable},
    {v1::FAILURE_CLASS_EMPTY_ANSWER, true, true, 502, kUnavailable},
    {v1::FAILURE_CLASS_INTERRUPTED, true, true, 502, kUnavailable},
    {v1::FAILURE_CLASS_CANCELLED, false, false, 499, kCancelled},
    {v1::FAILURE_CLASS_LOCAL_LIMIT, true, true, 503, kUnavailable},
    {v1::FAILURE_CLASS_UNTRANSLATABLE, true, false, 400, kUnimplemented},
    {v1::FAILURE_CLASS_CONTEXT_WINDOW, true, false, 400, kFailedPrecondition},
    {v1::FAILURE_CLASS_CONTRACT, true, true, 502, kUnavailable},
    {v1::FAILURE_CLASS_REFUSED, true, false, 502, kFailedPrecondition},
    {v1::FAILURE_CLASS_HISTORY, true, false, 400, kFailedPrecondition},
    {v1::FAILURE_CLASS_PATH_LIMIT, true, false, 429, kResourceExhausted},
    {v1::FAILURE_CLASS_INTERNAL, true, false, 500, kInternal},
    {v1::FAILURE_CLASS_DEADLINE, false, true, 504, kDeadlineExceeded},
    // A fault of ours.
    {v1::FAILURE_CLASS_UNSPECIFIED, true, false, 500, kInternal},
};

TEST(FailureRules, AreTheTable) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(v1::FailureClass_Name(row.failure_class));
    EXPECT_EQ(MayTryAnotherPath(row.failure_class), row.another_path);
    EXPECT_EQ(CountsAgainstHealth(row.failure_class), row.against_health);
    EXPECT_EQ(HttpStatusFor(row.failure_class), row.http_status);
    EXPECT_EQ(StatusCodeFor(row.failure_class), row.code);
  }
}

TEST(FailureRules, CoverEveryClass) {
  EXPECT_EQ(v1::FailureClass_descriptor()->value_count(), static_cast<int>(std::size(kRows)));
}

}  // namespace
}  // namespace warmpath
