// Hands an event stream of a path on to the caller.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/deadlines.h"
#include "base/http/http_client.h"
#include "base/http/sse.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "provider/codec.h"
#include "provider/deliver.h"
#include "provider/path_call.h"
#include "provider/vendor.h"

namespace warmpath {

// A StreamRelay takes the bytes of an event stream as they come, cut anywhere, and gives the caller
// what the caller asked for:
//   - verbatim: a stream in the path's own dialect gets the path's bytes, whole events at a time, in
//     one Write for all that came at once;
//   - translated: a stream in another dialect;
//   - collected: a caller who asked for no stream gets the whole answer at its end;
//   - watched: nobody takes it (a shadow), and only its end is looked for.
// An error in the stream becomes the call's failure. Before anything was committed no byte of what
// came with it goes to the sink, so that another path can be tried.
//
//   StreamRelay relay(codec, wire, call);
//   while (... bytes come ...) if (!co_await relay.Take(bytes)) break;
//   co_await relay.End();
//
// Thread safety: none; one per call. Ownership: borrows the call.
class StreamRelay {
 public:
  StreamRelay(const Codec& codec, const VendorWire& wire, PathCall& call);

  // False: the stream has had its last event or the call has failed; take no more.
  boost::asio::awaitable<bool> Take(std::string_view bytes);
  // Nothing more comes: without its terminal event, the stream is INTERRUPTED. To be called once, and
  // after a failure as well.
  boost::asio::awaitable<void> End();

  // The answer is complete. What may still come, such as a count of tokens, is not missed.
  bool complete() const { return complete_; }
  bool seen_content() const { return seen_content_; }
  // The last event has come.
  bool finished() const { return finished_; }

 private:
  enum class Mode { kVerbatim, kTranslated, kCollected, kWatched };

  static Mode ModeFor(const PathCall& call);
  bool Within(std::string_view bytes);
  void OnEvent(const SseEvent& event);
  void FailByEvent(const SseEvent& event);
  bool HasNothing(std::string_view last_bytes) const;
  boost::asio::awaitable<bool> GiveVerbatim(std::string_view bytes);
  boost::asio::awaitable<bool> GiveTranslated();

  const Codec& codec_;
  const VendorWire& wire_;
  PathCall& call_;
  const Mode mode_;
  const bool capture_;
  SseParser parser_;
  // Translated and collected only.
  std::unique_ptr<StreamDecoder> decoder_;
  std::unique_ptr<DeltaStream> delta_stream_;
  std::vector<v1::Delta> deltas_;
  // Verbatim: the beginning of an event whose end has not come.
  std::string pending_;
  // Verbatim: what came before any content, to tell at the end whether there was an answer at all.
  std::string preamble_;
  std::shared_ptr<std::string> captured_;
  size_t taken_bytes_ = 0;
  // Verbatim: the strongest kind among the events that the sink has not got yet.
  PieceKind kind_ = PieceKind::kPreamble;
  bool seen_content_ = false;
  bool complete_ = false;
  bool finished_ = false;
};

// Where the last complete event in `bytes` ends: after its last blank line; 0 without one.
size_t LastEventEnd(std::string_view bytes);

// An HTTP answer whose head has arrived.
struct HttpAnswerSource {
  HttpResponseStream& response;
  const Codec& codec;  // the path's
  const VendorWire& wire;
  boost::asio::io_context& io;
  Deadlines& deadlines;
};

// Reads the source's response to the end of its stream and relays it.
boost::asio::awaitable<void> RelayEventStream(HttpAnswerSource source, PathCall& call);

}  // namespace warmpath
