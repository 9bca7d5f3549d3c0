#include "provider/gemini/codec.h"

#include "base/http/sse.h"
#include "base/json.h"
#include "provider/gemini/errors.h"
#include "provider/gemini/stream_decoder.h"
#include "provider/gemini/stream_encoder.h"
#include "provider/wire/failures.h"

namespace warmpath {

std::unique_ptr<StreamDecoder> GeminiCodec::NewStreamDecoder() const {
  return std::make_unique<GeminiStreamDecoder>();
}

std::unique_ptr<StreamEncoder> GeminiCodec::NewStreamEncoder(const ReplyOptions& options) const {
  return std::make_unique<GeminiStreamEncoder>(options.id, options.model);
}

v1::Failure GeminiCodec::ClassifyError(const WireAnswer& answer) const {
  GeminiError error;
  const auto body = ParseJson(answer.body);
  if (body.ok()) FindGeminiError(*body, &error);
  v1::Failure failure = ClassifyGeminiError(answer.http_status, error);
  SetRetryAfter(answer, &failure);
  return failure;
}

ErrorReply GeminiCodec::EncodeError(const v1::Failure& failure, std::string_view) const {
  return {GeminiStatus(failure.failure_class()).http, GeminiErrorBody(failure)};
}

std::string GeminiCodec::EncodeStreamError(const v1::Failure& failure, std::string_view) const {
  std::string out;
  AppendSse(out, "", GeminiErrorBody(failure));
  return out;
}

}  // namespace warmpath
