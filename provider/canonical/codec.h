// warmpath's own dialect: serialised warmpath.v1 messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "provider/codec.h"

namespace warmpath {

// The CanonicalCodec reads and writes ModelRequest, Observation and Delta as serialised protos.
//
// A streamed answer is a sequence of frames, in a WireAnswer as well as out of a StreamEncoder and
// EncodeStreamError; see AppendDeltaFrame and NextDeltaFrame. StreamDecoder and Classify take one
// serialised Delta. An error body is a serialised Observation with outcome FAILED.
//
// DecodeRequest refuses fields that are to hold JSON and do not, but for the arguments of calls, and
// extra_json for what has a field of its own.
//
// Thread safety: stateless.
class CanonicalCodec final : public Codec {
 public:
  Dialect dialect() const override { return Dialect::kCanonical; }
  absl::StatusOr<v1::ModelRequest> DecodeRequest(std::string_view body) const override;
  absl::StatusOr<EncodedRequest> EncodeRequest(const v1::ModelRequest& request,
                                               const PathTarget& target) const override;
  v1::Observation DecodeAnswer(const WireAnswer& answer) const override;
  std::string EncodeAnswer(const v1::Observation& observation,
                           const ReplyOptions& options) const override;
  std::unique_ptr<StreamDecoder> NewStreamDecoder() const override;
  std::unique_ptr<StreamEncoder> NewStreamEncoder(const ReplyOptions& options) const override;
  PieceKind Classify(std::string_view event, std::string_view data) const override;
  v1::Failure ClassifyError(const WireAnswer& answer) const override;
  ErrorReply EncodeError(const v1::Failure& failure, std::string_view request_id) const override;
  std::string EncodeStreamError(const v1::Failure& failure,
                                std::string_view request_id) const override;
};

// Appends one serialised Delta to a stream in memory: its length in four bytes, big-endian, then it.
void AppendDeltaFrame(std::string_view serialised_delta, std::string* out);

// Takes the first frame off `frames` into `serialised_delta`. False, with nothing taken, if there is no
// whole frame.
bool NextDeltaFrame(std::string_view& frames, std::string_view& serialised_delta);

}  // namespace warmpath
