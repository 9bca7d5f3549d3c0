#include "provider/openai/codec.h"

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "proto/failure_rules.h"
#include "provider/openai/errors.h"
#include "provider/openai/stream_decoder.h"
#include "provider/openai/stream_encoder.h"
#include "provider/wire/failures.h"

namespace warmpath {

std::unique_ptr<StreamDecoder> OpenAiChatCodec::NewStreamDecoder() const {
  return std::make_unique<OpenAiStreamDecoder>();
}

std::unique_ptr<StreamEncoder> OpenAiChatCodec::NewStreamEncoder(
    const ReplyOptions& options) const {
  return std::make_unique<OpenAiStreamEncoder>(options);
}

v1::Failure OpenAiChatCodec::ClassifyError(const WireAnswer& answer) const {
  OpenAiError error;
  const auto body = ParseJson(answer.body);
  if (body.ok()) FindOpenAiError(*body, &error);
  v1::Failure failure = ClassifyOpenAiError(answer.http_status, error);
  SetRetryAfter(answer, &failure);
  return failure;
}

ErrorReply OpenAiChatCodec::EncodeError(const v1::Failure& failure, std::string_view) const {
  // The request id travels in the x-request-id header, where the SDK looks for it.
  return {HttpStatusFor(failure.failure_class()), OpenAiErrorBody(failure)};
}

std::string OpenAiChatCodec::EncodeStreamError(const v1::Failure& failure,
                                               std::string_view) const {
  return absl::StrCat("data: ", OpenAiErrorBody(failure), "\n\n");
}

}  // namespace warmpath
