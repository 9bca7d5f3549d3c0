// OpenAI Chat Completions, as OpenAI and the many servers that copy it speak it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "provider/codec.h"

namespace warmpath {

// The OpenAiChatCodec reads generously and writes strictly: finish reasons are never believed against
// the content, ids and indexes of tool calls may be missing or repeated, arguments may be objects;
// what it writes is what OpenAI's own SDKs take.
//
// `created` in answers is the dispatch time, or 0 in streams: codecs read no clock.
// Thread safety: stateless.
class OpenAiChatCodec final : public Codec {
 public:
  Dialect dialect() const override { return Dialect::kOpenAiChat; }
  absl::StatusOr<v1::ModelRequest> DecodeRequest(std::string_view body) const override;
  absl::StatusOr<EncodedRequest> EncodeRequest(const v1::ModelRequest& request,
                                               const PathTarget& target) const override;
  v1::Observation DecodeAnswer(const WireAnswer& answer) const override;
  std::string EncodeAnswer(const v1::Observation& observation,
                           const ReplyOptions& options) const override;
  std::unique_ptr<StreamDecoder> NewStreamDecoder() const override;
  std::unique_ptr<StreamEncoder> NewStreamEncoder(const ReplyOptions& options) const override;
  // A chunk with a finish_reason is kTerminal, content or not; [DONE] proves nothing and is kPreamble.
  PieceKind Classify(std::string_view event, std::string_view data) const override;
  v1::Failure ClassifyError(const WireAnswer& answer) const override;
  ErrorReply EncodeError(const v1::Failure& failure, std::string_view request_id) const override;
  std::string EncodeStreamError(const v1::Failure& failure,
                                std::string_view request_id) const override;
};

}  // namespace warmpath
