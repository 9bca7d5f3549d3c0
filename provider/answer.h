// One call of a path, and what came of it, as bytes: the live path moves these and decodes neither.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "provider/dialect.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// A part of a request body: body.substr(offset, size).
struct BodySpan {
  size_t offset = 0;
  size_t size = 0;
};

// A ModelCall is one request as a front door took it, addressed to no path yet. The same object is
// sent to the path that serves and, later, to every shadow.
//
// Thread safety: immutable once it is shared.
struct ModelCall {
  std::string request_id;
  std::string workflow;
  Dialect dialect = Dialect::kOpenAiChat;
  // The request as received, byte for byte.
  std::shared_ptr<const std::string> body;
  // JSON dialects: where the value of the top-level "model" stands, its quotes included.
  std::optional<BodySpan> model;
  // Whether the caller asked for a stream.
  bool stream = false;
  // Whether the caller wants usage in the stream, in dialects where that is a choice.
  bool include_usage = false;
  // The caller wants the request's tokens counted and no answer (Anthropic's count_tokens). Only paths
  // of the caller's dialect can; the count is passed through.
  bool count_tokens = false;
  // Nobody waits for the answer: shadow credentials, own pool, marked on the wire.
  bool shadow = false;
  // Keep the bytes of a streamed answer in Answer::native, so that it can be decoded later.
  bool capture = false;
  // The conversation holds blocks that only the one who issued them takes back, such as signed
  // thinking (BodyFields::has_signed_blocks).
  bool has_signed_blocks = false;
  // The provider that issued them, by its name in the config. Empty: nobody knows, and they are sent
  // as they are.
  std::string signed_by;
  // The caller's headers that a path of the same dialect gets as they are, such as anthropic-beta.
  HeaderList headers;
  // The caller's own credentials: the value of its authorization header, such as "Bearer …", or a bare
  // key from x-api-key. Used only for live calls to a provider of the same dialect that has no key of
  // its own. Always empty for shadows.
  std::string caller_authorization;
  // The call ends by then, whatever else is configured.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

// What a path gave: an answer or a failure, never an exception and never a Status.
struct Answer {
  std::string path;
  std::string requested_model;
  // Why there is no usable answer. Unset: success.
  std::optional<v1::Failure> failure;
  // HTTP status as the path sent it; 0 where there was none.
  int http_status = 0;
  // The dialect of `native`.
  Dialect dialect = Dialect::kOpenAiChat;
  // Whether the path streamed.
  bool streamed = false;
  // The answer as the path sent it. Streams: only with ModelCall::capture, up to a limit. Never null
  // after a complete answer that was not streamed.
  std::shared_ptr<const std::string> native;
  // `native` was cut at the capture limit and cannot be judged.
  bool native_truncated = false;
  // The answer in the caller's dialect, where it was not streamed. The same object as `native` where
  // the dialects are the same. Also holds the vendor's own error body in the caller's dialect, if any.
  std::shared_ptr<const std::string> reply;
  std::string content_type;
  // The path's headers that the caller gets, such as request ids and rate limits.
  HeaderList headers;
  // Something of the answer's content went to the AnswerSink: no other path may be tried any more.
  bool committed = false;
  // The sink also got the failure, as the path itself told it inside the stream: say no more.
  bool failure_sent = false;
  absl::Time dispatch_time;
  absl::Duration time_to_first_content;
  absl::Duration duration;
  // A degraded path wants a person to decide. Null: it does not.
  std::shared_ptr<const v1::Handover> handover;
  // Null: EXACT.
  std::shared_ptr<const v1::FidelityReport> fidelity;
};

// What a piece of a streamed answer is.
enum class PieceKind {
  kPreamble,  // nothing that commits, such as message_start, a role, a ping
  kContent,   // text, refusal, or a tool call: from here on no other path may be tried
  kTerminal,  // the dialect's sign that the answer is complete
  kError,     // an error inside the stream
};

// An AnswerSink takes a streamed answer, piece by piece, in the caller's dialect.
//
// Write may suspend: that is the back-pressure towards the path. It returns false once the caller is
// gone; the provider then ends the call with FAILURE_CLASS_CANCELLED. Pieces come in order, and none
// after a false.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual boost::asio::awaitable<bool> Write(std::string_view bytes, PieceKind kind) = 0;
  // The request had to be translated for the path. Comes before the first Write, if at all.
  virtual void NoteFidelity(const v1::FidelityReport&) {}
};

}  // namespace warmpath
