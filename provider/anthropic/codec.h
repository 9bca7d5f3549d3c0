// Anthropic Messages.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "provider/codec.h"

namespace warmpath {

// The AnthropicCodec knows both API versions (2023-06-01 and 2026-10-21) by what each model takes:
// the target's capabilities. The anthropic-version header is the transport's.
//
// Usage: canonical input tokens include those that went to and came from the cache, as OpenAI counts
// them; Anthropic counts the three apart.
// Thread safety: stateless.
class AnthropicCodec final : public Codec {
 public:
  Dialect dialect() const override { return Dialect::kAnthropicMessages; }
  absl::StatusOr<v1::ModelRequest> DecodeRequest(std::string_view body) const override;
  absl::StatusOr<EncodedRequest> EncodeRequest(const v1::ModelRequest& request,
                                               const PathTarget& target) const override;
  v1::Observation DecodeAnswer(const WireAnswer& answer) const override;
  std::string EncodeAnswer(const v1::Observation& observation,
                           const ReplyOptions& options) const override;
  std::unique_ptr<StreamDecoder> NewStreamDecoder() const override;
  std::unique_ptr<StreamEncoder> NewStreamEncoder(const ReplyOptions& options) const override;
  // message_stop is kTerminal. Thinking commits to nothing: it is kPreamble.
  PieceKind Classify(std::string_view event, std::string_view data) const override;
  v1::Failure ClassifyError(const WireAnswer& answer) const override;
  ErrorReply EncodeError(const v1::Failure& failure, std::string_view request_id) const override;
  std::string EncodeStreamError(const v1::Failure& failure,
                                std::string_view request_id) const override;
};

}  // namespace warmpath
