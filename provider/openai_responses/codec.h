// OpenAI Responses: the part of it that needs no state at the vendor.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "provider/codec.h"

namespace warmpath {

// The OpenAiResponsesCodec reads and writes text, function calls, structured output and streams.
//
// Requests that rest on what the vendor keeps are INVALID_ARGUMENT with the words of
// StatefulField() (stateless.h). `store` is taken either way and means nothing to other dialects:
// warmpath stores no answers, and a request that it writes itself always says store: false.
//
// Thread safety: stateless.
class OpenAiResponsesCodec final : public Codec {
 public:
  Dialect dialect() const override { return Dialect::kOpenAiResponses; }
  absl::StatusOr<v1::ModelRequest> DecodeRequest(std::string_view body) const override;
  absl::StatusOr<EncodedRequest> EncodeRequest(const v1::ModelRequest& request,
                                               const PathTarget& target) const override;
  v1::Observation DecodeAnswer(const WireAnswer& answer) const override;
  std::string EncodeAnswer(const v1::Observation& observation,
                           const ReplyOptions& options) const override;
  std::unique_ptr<StreamDecoder> NewStreamDecoder() const override;
  std::unique_ptr<StreamEncoder> NewStreamEncoder(const ReplyOptions& options) const override;
  // response.completed and response.incomplete are kTerminal, response.failed and error are kError;
  // lifecycle, items' beginnings, reasoning and whatever is unknown are kPreamble.
  PieceKind Classify(std::string_view event, std::string_view data) const override;
  v1::Failure ClassifyError(const WireAnswer& answer) const override;
  ErrorReply EncodeError(const v1::Failure& failure, std::string_view request_id) const override;
  std::string EncodeStreamError(const v1::Failure& failure,
                                std::string_view request_id) const override;
};

}  // namespace warmpath
