// How one dialect is written and read: pure functions, no I/O, no clock.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "provider/answer.h"
#include "provider/dialect.h"
#include "provider/provider.h"
#include "warmpath/v1/chat.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// A request in a dialect, and what was lost on the way there.
struct EncodedRequest {
  std::string body;
  v1::FidelityReport fidelity;
};

// An answer as it came over the wire.
struct WireAnswer {
  int http_status = 200;
  // The body is an event stream (canonical: a sequence of length-prefixed Deltas).
  bool streamed = false;
  std::string_view body = {};
  // Header values that decoding uses, empty if absent.
  std::string_view retry_after = {};
  std::string_view request_id = {};
};

// Reads a streamed answer event by event.
//
// Feed takes one event (SSE dialects: its name, possibly empty, and data; canonical: data = one
// serialised Delta) and appends the canonical pieces it holds, never one that carries an Observation:
// who reads the stream asks for Observation() once it has ended. It may be asked at any time; without
// the dialect's terminal event its outcome is INTERRUPTED.
class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  virtual void Feed(std::string_view event, std::string_view data, std::vector<v1::Delta>& out) = 0;
  virtual v1::Observation Observation() const = 0;
};

// Writes a streamed answer in a dialect, ready for the wire. A Delta that carries an Observation ends
// the stream: whatever the Observation holds that no Delta before it did is written too, and one that
// FAILED or was INTERRUPTED becomes the dialect's error event.
class StreamEncoder {
 public:
  virtual ~StreamEncoder() = default;
  virtual void Encode(const v1::Delta& delta, std::string& out) = 0;
};

// An error in a dialect's own form.
struct ErrorReply {
  // The HTTP status that the dialect's SDKs expect for it.
  int http_status = 500;
  std::string body;
};

// What an answer in a dialect tells beside what the Observation holds.
struct ReplyOptions {
  // Names the answer where the Observation has no upstream id.
  std::string_view id;
  // What the caller asked for; told where the Observation has no served model.
  std::string_view model;
  // When the answer was made, in seconds since 1970, for dialects that say so.
  int64_t created = 0;
  // The caller wants usage in a stream, in dialects where that is a choice.
  bool include_usage = false;
};

// A Codec knows one dialect.
//
// Thread safety: stateless; all methods may be called concurrently. StreamDecoder and StreamEncoder
// belong to one stream.
// Errors: DecodeRequest gives INVALID_ARGUMENT naming the field. EncodeRequest gives UNIMPLEMENTED for
// what cannot be expressed, naming it. DecodeAnswer and Classify never fail: what cannot be read is an
// Observation with a Failure.
class Codec {
 public:
  virtual ~Codec() = default;
  virtual Dialect dialect() const = 0;

  virtual absl::StatusOr<v1::ModelRequest> DecodeRequest(std::string_view body) const = 0;
  // Writes `request` for `target` (its model replaces request.model).
  virtual absl::StatusOr<EncodedRequest> EncodeRequest(const v1::ModelRequest& request,
                                                       const PathTarget& target) const = 0;

  // Decodes a whole answer, an error answer included.
  virtual v1::Observation DecodeAnswer(const WireAnswer& answer) const = 0;
  virtual std::string EncodeAnswer(const v1::Observation& observation,
                                   const ReplyOptions& options) const = 0;

  virtual std::unique_ptr<StreamDecoder> NewStreamDecoder() const = 0;
  // Copies what it needs of `options`.
  virtual std::unique_ptr<StreamEncoder> NewStreamEncoder(const ReplyOptions& options) const = 0;
  // Tells what one event of a stream is without decoding it; cheap, for the live path.
  virtual PieceKind Classify(std::string_view event, std::string_view data) const = 0;

  // Classifies an answer whose status is not 2xx.
  virtual v1::Failure ClassifyError(const WireAnswer& answer) const = 0;
  // Writes a failure as the dialect's error body.
  virtual ErrorReply EncodeError(const v1::Failure& failure, std::string_view request_id) const = 0;
  // Writes a failure as an event inside a stream that has begun.
  virtual std::string EncodeStreamError(const v1::Failure& failure,
                                        std::string_view request_id) const = 0;
};

// The codec of a dialect; lives for ever. Defined in provider/codecs.cc.
const Codec& CodecFor(Dialect dialect);

}  // namespace warmpath
