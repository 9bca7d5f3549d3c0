#include "provider/anthropic/codec.h"

#include "base/http/sse.h"
#include "base/json.h"
#include "provider/anthropic/errors.h"
#include "provider/anthropic/stream_decoder.h"
#include "provider/anthropic/stream_encoder.h"
#include "provider/wire/failures.h"

namespace warmpath {

std::unique_ptr<StreamDecoder> AnthropicCodec::NewStreamDecoder() const {
  return std::make_unique<AnthropicStreamDecoder>();
}

std::unique_ptr<StreamEncoder> AnthropicCodec::NewStreamEncoder(
    const ReplyOptions& options) const {
  return std::make_unique<AnthropicStreamEncoder>(options.id, options.model);
}

v1::Failure AnthropicCodec::ClassifyError(const WireAnswer& answer) const {
  AnthropicError error;
  const auto body = ParseJson(answer.body);
  if (body.ok()) FindAnthropicError(*body, &error);
  v1::Failure failure = ClassifyAnthropicError(answer.http_status, error);
  SetRetryAfter(answer, &failure);
  return failure;
}

ErrorReply AnthropicCodec::EncodeError(const v1::Failure& failure,
                                       std::string_view request_id) const {
  return {AnthropicStatus(failure.failure_class()), AnthropicErrorBody(failure, request_id)};
}

std::string AnthropicCodec::EncodeStreamError(const v1::Failure& failure,
                                              std::string_view request_id) const {
  std::string out;
  AppendSse(out, "error", AnthropicErrorBody(failure, request_id));
  return out;
}

}  // namespace warmpath
