#include "provider/openai_responses/codec.h"

#include "base/json.h"
#include "proto/failure_rules.h"
#include "provider/openai/errors.h"
#include "provider/openai_responses/stream_decoder.h"
#include "provider/openai_responses/stream_encoder.h"
#include "provider/wire/failures.h"

namespace warmpath {

std::unique_ptr<StreamDecoder> OpenAiResponsesCodec::NewStreamDecoder() const {
  return std::make_unique<ResponsesStreamDecoder>();
}

std::unique_ptr<StreamEncoder> OpenAiResponsesCodec::NewStreamEncoder(
    const ReplyOptions& options) const {
  return std::make_unique<ResponsesStreamEncoder>(options);
}

v1::Failure OpenAiResponsesCodec::ClassifyError(const WireAnswer& answer) const {
  OpenAiError error;
  const auto body = ParseJson(answer.body);
  if (body.ok()) FindOpenAiError(*body, &error);
  v1::Failure failure = ClassifyOpenAiError(answer.http_status, error);
  SetRetryAfter(answer, &failure);
  return failure;
}

ErrorReply OpenAiResponsesCodec::EncodeError(const v1::Failure& failure, std::string_view) const {
  // The request id travels in the x-request-id header, where the SDK looks for it.
  return {HttpStatusFor(failure.failure_class()), OpenAiErrorBody(failure)};
}

std::string OpenAiResponsesCodec::EncodeStreamError(const v1::Failure& failure,
                                                    std::string_view) const {
  std::string event;
  AppendResponsesError(failure, /*sequence_number=*/0, event);
  return event;
}

}  // namespace warmpath
