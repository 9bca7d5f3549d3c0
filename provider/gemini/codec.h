// Gemini generateContent.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "provider/codec.h"

namespace warmpath {

// The GeminiCodec knows Google's generateContent and its stream (`?alt=sse`). Model and streaming are
// in the URL, not in the body: a decoded request has neither, an encoded one names none.
//
// A call of a tool ends with STOP, so calls are told by the parts. A stream has no terminal event:
// the chunk with the finishReason completes it. Signatures of thoughts stay with the blocks that they
// came on; where the current turn has a call without one, as after a swap, the stand-in that Google
// documents for it goes out, with a note.
//
// Usage: canonical output tokens include those of thoughts, as OpenAI counts them.
// Thread safety: stateless.
class GeminiCodec final : public Codec {
 public:
  Dialect dialect() const override { return Dialect::kGemini; }
  absl::StatusOr<v1::ModelRequest> DecodeRequest(std::string_view body) const override;
  absl::StatusOr<EncodedRequest> EncodeRequest(const v1::ModelRequest& request,
                                               const PathTarget& target) const override;
  v1::Observation DecodeAnswer(const WireAnswer& answer) const override;
  std::string EncodeAnswer(const v1::Observation& observation,
                           const ReplyOptions& options) const override;
  std::unique_ptr<StreamDecoder> NewStreamDecoder() const override;
  std::unique_ptr<StreamEncoder> NewStreamEncoder(const ReplyOptions& options) const override;
  // A chunk with a finishReason, or with a block of the prompt, is kTerminal. Thoughts are kPreamble.
  PieceKind Classify(std::string_view event, std::string_view data) const override;
  v1::Failure ClassifyError(const WireAnswer& answer) const override;
  ErrorReply EncodeError(const v1::Failure& failure, std::string_view request_id) const override;
  std::string EncodeStreamError(const v1::Failure& failure,
                                std::string_view request_id) const override;
};

}  // namespace warmpath
