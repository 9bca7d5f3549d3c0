#include "absl/strings/ascii.h"
#include "base/http/sse.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/gemini/answer_builder.h"
#include "provider/gemini/codec.h"
#include "provider/gemini/stream_decoder.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

v1::Observation DecodeStream(std::string_view body) {
  GeminiStreamDecoder decoder;
  std::vector<v1::Delta> ignored;
  SseParser parser;
  const absl::Status read = parser.Feed(body, [&](const SseEvent& event) {
    decoder.Feed(event.event, event.data, ignored);
    ignored.clear();
  });
  v1::Observation observation = decoder.Observation();
  if (!read.ok()) {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER, "an event of the stream is too large"),
              &observation);
  }
  return observation;
}

v1::Observation DecodeWhole(const WireAnswer& answer) {
  v1::Observation observation;
  const bool success = answer.http_status >= 200 && answer.http_status < 300;
  const auto body = ParseJson(answer.body);
  GeminiError error;
  if (body.ok() && (success || FindGeminiError(*body, &error))) {
    GeminiAnswerBuilder builder(answer.http_status);
    std::vector<v1::Delta> ignored;
    builder.Add(*body, answer.body, &ignored);
    return builder.Build(/*streamed=*/false);
  }
  if (!success) {
    SetFailed(ClassifyGeminiError(answer.http_status, error), &observation);
  } else if (absl::StripAsciiWhitespace(ToAbsl(answer.body)).empty()) {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_EMPTY_ANSWER, "the provider's answer has no body"),
              &observation);
  } else {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER, "the provider's answer is not JSON"),
              &observation);
  }
  return observation;
}

}  // namespace

v1::Observation GeminiCodec::DecodeAnswer(const WireAnswer& answer) const {
  v1::Observation observation = answer.streamed ? DecodeStream(answer.body) : DecodeWhole(answer);
  observation.set_http_status(answer.http_status);
  if (observation.upstream_request_id().empty()) {
    observation.set_upstream_request_id(std::string(answer.request_id));
  }
  if (observation.has_failure()) SetRetryAfter(answer, observation.mutable_failure());
  return observation;
}

}  // namespace warmpath
