#include "base/http/http_failure.h"

#include <array>
#include <string>

#include "absl/strings/cord.h"

namespace warmpath {
namespace {

constexpr std::string_view kPayloadUrl = "warmpath/http_failure";

struct Row {
  std::string_view name;
  absl::StatusCode code;
};

// In the order of the enum.
constexpr std::array<Row, 13> kRows = {{
    {"connect", absl::StatusCode::kUnavailable},
    {"resolve", absl::StatusCode::kUnavailable},
    {"tls", absl::StatusCode::kUnavailable},
    {"connect_timeout", absl::StatusCode::kDeadlineExceeded},
    {"first_byte_timeout", absl::StatusCode::kDeadlineExceeded},
    {"idle_timeout", absl::StatusCode::kDeadlineExceeded},
    {"total_timeout", absl::StatusCode::kDeadlineExceeded},
    {"reset", absl::StatusCode::kUnavailable},
    {"truncated", absl::StatusCode::kDataLoss},
    {"malformed", absl::StatusCode::kDataLoss},
    {"too_large", absl::StatusCode::kResourceExhausted},
    {"pool_full", absl::StatusCode::kResourceExhausted},
    {"cancelled", absl::StatusCode::kCancelled},
}};
static_assert(static_cast<size_t>(HttpFailure::kCancelled) + 1 == kRows.size());

}  // namespace

std::string_view HttpFailureName(HttpFailure failure) {
  return kRows[static_cast<size_t>(failure)].name;
}

absl::Status MakeHttpError(HttpFailure failure, std::string_view message) {
  absl::Status status(kRows[static_cast<size_t>(failure)].code,
                      absl::string_view(message.data(), message.size()));
  const char payload = static_cast<char>(failure);
  status.SetPayload(absl::string_view(kPayloadUrl.data(), kPayloadUrl.size()),
                    absl::Cord(absl::string_view(&payload, 1)));
  return status;
}

std::optional<HttpFailure> HttpFailureOf(const absl::Status& status) {
  const auto payload =
      status.GetPayload(absl::string_view(kPayloadUrl.data(), kPayloadUrl.size()));
  if (!payload.has_value() || payload->size() != 1) return std::nullopt;
  return static_cast<HttpFailure>((*payload)[0]);
}

}  // namespace warmpath
