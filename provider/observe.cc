#include "provider/observe.h"

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "provider/codec.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

// The rep of protobuf's two time types: seconds and 0 <= nanos < 1e9.
template <typename Message>
void SetSeconds(absl::Duration value, Message* message) {
  absl::Duration rest;
  int64_t seconds = absl::IDivDuration(value, absl::Seconds(1), &rest);
  if (rest < absl::ZeroDuration()) {
    --seconds;
    rest += absl::Seconds(1);
  }
  message->set_seconds(seconds);
  message->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

std::string_view FindHeader(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

v1::Observation Decode(const Answer& answer) {
  std::string_view request_id = FindHeader(answer.headers, "x-request-id");
  if (request_id.empty()) request_id = FindHeader(answer.headers, "request-id");
  return CodecFor(answer.dialect)
      .DecodeAnswer({.http_status = answer.http_status == 0 ? 200 : answer.http_status,
                     .streamed = answer.streamed,
                     .body = *answer.native,
                     .retry_after = FindHeader(answer.headers, "retry-after"),
                     .request_id = request_id});
}

v1::Observation WithoutBytes() {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_FAILED);
  *observation.mutable_failure() =
      MakeFailure(v1::FAILURE_CLASS_LOCAL_LIMIT, "the answer was longer than what is kept of one");
  return observation;
}

}  // namespace

void StampObservation(const Answer& answer, v1::Observation& observation) {
  observation.set_path(answer.path);
  observation.set_requested_model(answer.requested_model);
  observation.set_http_status(answer.http_status);
  SetSeconds(answer.dispatch_time - absl::UnixEpoch(), observation.mutable_dispatch_time());
  SetSeconds(answer.time_to_first_content, observation.mutable_time_to_first_content());
  SetSeconds(answer.duration, observation.mutable_duration());
  if (answer.fidelity != nullptr) {
    *observation.mutable_fidelity() = *answer.fidelity;
  } else {
    observation.mutable_fidelity()->set_fidelity(v1::FIDELITY_EXACT);
  }
}

v1::Observation Observe(const Answer& answer) {
  v1::Observation observation;
  if (answer.native != nullptr && !answer.native_truncated) {
    observation = Decode(answer);
  } else if (!answer.failure.has_value()) {
    observation = WithoutBytes();
  }
  if (answer.failure.has_value()) {
    *observation.mutable_failure() = *answer.failure;
    observation.set_outcome(answer.failure->failure_class() == v1::FAILURE_CLASS_INTERRUPTED
                                ? v1::OUTCOME_INTERRUPTED
                                : v1::OUTCOME_FAILED);
  }
  StampObservation(answer, observation);
  return observation;
}

}  // namespace warmpath
