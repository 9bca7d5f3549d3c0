#include "provider/stream_relay.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "provider/http_failures.h"
#include "provider/stream_pace.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;

// A preamble is a few small events. One that is longer counts as content to come.
constexpr size_t kMaxPreambleBytes = 64 * 1024;
constexpr absl::Duration kDrainTime = absl::Seconds(1);
constexpr size_t kDrainBytes = 64 * 1024;
// How long what comes after the end of the answer is waited for.
constexpr absl::Duration kTrailerTime = absl::Seconds(5);

v1::Failure FailureIn(const StreamDecoder& decoder) {
  const v1::Observation observation = decoder.Observation();
  v1::Failure failure = FailureOf(observation);
  // The event is an error, whatever the decoder makes of it.
  if (failure.failure_class() == v1::FAILURE_CLASS_INTERRUPTED) {
    failure.set_failure_class(v1::FAILURE_CLASS_SERVER_ERROR);
    failure.set_message("the path sent an error inside its stream");
  }
  return failure;
}

// Reads the little that follows a terminal event, so that the connection can carry another call. The
// caller, who has the whole answer, does not wait for it.
asio::awaitable<void> Drain(HttpResponseStream response, Deadlines& deadlines) {
  Deadline deadline(deadlines, [&response] { response.Cancel(); });
  deadline.Set(kDrainTime);
  for (size_t left = kDrainBytes;;) {
    const auto piece = co_await response.Read();
    if (!piece.ok() || piece->empty() || piece->size() > left) break;
    left -= piece->size();
  }
}

}  // namespace

size_t LastEventEnd(std::string_view bytes) {
  if (bytes.ends_with("\n\n") || bytes.ends_with("\n\r\n")) return bytes.size();
  size_t end = 0;
  for (const std::string_view blank : {"\n\n", "\n\r\n", "\r\r"}) {
    const size_t at = bytes.rfind(blank);
    if (at != std::string_view::npos) end = std::max(end, at + blank.size());
  }
  return end;
}

StreamRelay::Mode StreamRelay::ModeFor(const PathCall& call) {
  if (call.sink != nullptr) {
    return call.call.dialect == call.answer.dialect ? Mode::kVerbatim : Mode::kTranslated;
  }
  return call.call.stream || call.call.shadow ? Mode::kWatched : Mode::kCollected;
}

StreamRelay::StreamRelay(const Codec& codec, const VendorWire& wire, PathCall& call)
    : codec_(codec),
      wire_(wire),
      call_(call),
      mode_(ModeFor(call)),
      capture_(call.call.capture || mode_ == Mode::kWatched),
      parser_(call.limits.max_answer_bytes) {
  call.answer.streamed = true;
  if (mode_ == Mode::kTranslated || mode_ == Mode::kCollected) {
    decoder_ = codec.NewStreamDecoder();
    call.answer.content_type.clear();
  }
  if (mode_ == Mode::kTranslated) delta_stream_ = std::make_unique<DeltaStream>(call);
  if (capture_) captured_ = std::make_shared<std::string>();
}

bool StreamRelay::Within(std::string_view bytes) {
  taken_bytes_ += bytes.size();
  if (captured_ != nullptr && !call_.answer.native_truncated) {
    const size_t room = call_.limits.max_capture_bytes - captured_->size();
    captured_->append(bytes.substr(0, room));
    call_.answer.native_truncated = bytes.size() > room;
  }
  if (taken_bytes_ <= call_.limits.max_answer_bytes) return true;
  call_.Fail(v1::FAILURE_CLASS_MALFORMED_ANSWER,
             absl::StrCat("the stream is over the limit of ", call_.limits.max_answer_bytes,
                          " bytes (max_answer_bytes)"));
  return false;
}

asio::awaitable<bool> StreamRelay::Take(std::string_view bytes) {
  if (!Within(bytes)) co_return false;
  const absl::Status fed = parser_.Feed(bytes, [this](const SseEvent& event) { OnEvent(event); });
  if (!fed.ok()) {
    call_.Fail(v1::FAILURE_CLASS_MALFORMED_ANSWER, "an event of the stream is too long");
    co_return false;
  }
  bool more = true;
  if (mode_ == Mode::kVerbatim) {
    more = co_await GiveVerbatim(bytes);
  } else if (mode_ == Mode::kTranslated) {
    more = co_await GiveTranslated();
  } else {
    deltas_.clear();
  }
  co_return more && !finished_ && !call_.failed();
}

void StreamRelay::OnEvent(const SseEvent& event) {
  if (finished_ || call_.failed()) return;
  if (decoder_ != nullptr) decoder_->Feed(event.event, event.data, deltas_);
  const bool last = !wire_.last_event_data.empty() && event.data == wire_.last_event_data;
  if (last) {
    // Proves nothing by itself.
    finished_ = complete_;
    return;
  }
  // After the answer only trailers come.
  if (complete_) return;
  const PieceKind kind = codec_.Classify(event.event, event.data);
  kind_ = std::max(kind_, kind);
  switch (kind) {
    case PieceKind::kPreamble:
      break;
    case PieceKind::kContent:
      seen_content_ = true;
      call_.NoteContent();
      break;
    case PieceKind::kTerminal:
      call_.NoteContent();
      complete_ = true;
      finished_ = wire_.last_event_data.empty();
      break;
    case PieceKind::kError:
      FailByEvent(event);
      break;
  }
}

void StreamRelay::FailByEvent(const SseEvent& event) {
  if (decoder_ != nullptr) return call_.Fail(FailureIn(*decoder_));
  const std::unique_ptr<StreamDecoder> decoder = codec_.NewStreamDecoder();
  decoder->Feed(event.event, event.data, deltas_);
  deltas_.clear();
  call_.Fail(FailureIn(*decoder));
}

// A complete stream without content may be a refusal, or nothing at all: this decodes it to tell.
bool StreamRelay::HasNothing(std::string_view last_bytes) const {
  const std::unique_ptr<StreamDecoder> decoder = codec_.NewStreamDecoder();
  std::vector<v1::Delta> ignored;
  SseParser parser(call_.limits.max_answer_bytes);
  const auto feed = [&](const SseEvent& event) {
    decoder->Feed(event.event, event.data, ignored);
    ignored.clear();
  };
  if (!parser.Feed(preamble_, feed).ok() || !parser.Feed(last_bytes, feed).ok()) return false;
  const v1::Observation observation = decoder->Observation();
  if (!IsFailure(observation)) return false;
  call_.Fail(FailureOf(observation));
  return true;
}

asio::awaitable<bool> StreamRelay::GiveVerbatim(std::string_view bytes) {
  Answer& answer = call_.answer;
  // What came with an error before anything was committed is kept from the caller.
  if (call_.failed() && !answer.committed) co_return false;
  if (complete_ && !seen_content_) {
    if (HasNothing(bytes)) co_return false;
    seen_content_ = true;
  }
  if (!seen_content_) {
    if (preamble_.size() + bytes.size() > kMaxPreambleBytes) seen_content_ = true;
    if (!seen_content_) preamble_.append(bytes);
  }
  const bool from_pending = !pending_.empty();
  if (from_pending) pending_.append(bytes);
  const std::string_view all = from_pending ? std::string_view(pending_) : bytes;
  const size_t end = finished_ ? all.size() : LastEventEnd(all);
  if (end > 0) {
    // Set before the suspension: from here on the caller may have seen it.
    if (kind_ != PieceKind::kPreamble) answer.committed = true;
    if (call_.failed()) answer.failure_sent = true;
    const PieceKind kind = std::exchange(
        kind_, complete_ ? PieceKind::kTerminal : PieceKind::kPreamble);
    const bool taken = co_await call_.sink->Write(all.substr(0, end), kind);
    if (!taken) {
      call_.Fail(v1::FAILURE_CLASS_CANCELLED, "the caller went away");
      co_return false;
    }
  }
  if (from_pending) {
    pending_.erase(0, end);
  } else {
    pending_.assign(all.substr(end));
  }
  co_return true;
}

asio::awaitable<bool> StreamRelay::GiveTranslated() {
  if (call_.failed() && !call_.answer.committed) co_return false;
  std::vector<v1::Delta> deltas = std::move(deltas_);
  deltas_.clear();
  // The Observation, which ends the caller's stream, waits for the trailers.
  std::erase_if(deltas, [](const v1::Delta& delta) { return delta.has_observation(); });
  co_return co_await delta_stream_->Write(deltas);
}

asio::awaitable<void> StreamRelay::End() {
  if (captured_ != nullptr) call_.answer.native = captured_;
  // Some servers leave out the blank line after the last event.
  if (parser_.mid_event() && !complete_ && !call_.failed()) co_await Take("\n\n");
  if (call_.failed()) co_return;
  if (!complete_) {
    call_.Fail(v1::FAILURE_CLASS_INTERRUPTED, "the stream ended without its terminal event");
  } else if (mode_ == Mode::kTranslated) {
    std::vector<v1::Delta> deltas(1);
    *deltas[0].mutable_observation() = decoder_->Observation();
    co_await delta_stream_->Write(deltas);
  } else if (mode_ == Mode::kCollected) {
    co_await DeliverWhole(call_, decoder_->Observation());
  }
}

asio::awaitable<void> RelayEventStream(HttpAnswerSource source, PathCall& call) {
  StreamRelay relay(source.codec, source.wire, call);
  Deadline trailer(source.deadlines, [&source] { source.response.Cancel(); });
  Deadline first_content(source.deadlines, [&source] { source.response.Cancel(); });
  first_content.Set(call.limits.first_content_timeout);
  StreamPace pace(call.limits.min_stream_bytes_per_second);
  for (bool more = true; more;) {
    if (relay.complete()) trailer.Set(kTrailerTime);
    const auto asked = Deadlines::Now();
    const auto bytes = co_await source.response.Read();
    trailer.Clear();
    if (first_content.expired()) {
      call.Fail(v1::FAILURE_CLASS_TIMEOUT, "the stream had no content within first_content_timeout");
      break;
    }
    if (!bytes.ok()) {
      const bool cancelled = call.cancel != nullptr && call.cancel->cancelled();
      if (cancelled || !relay.complete()) call.Fail(FailureFromHttp(bytes.status(), call, true));
      break;
    }
    if (bytes->empty()) break;
    if (pace.TooSlow(absl::FromChrono(Deadlines::Now() - asked), bytes->size()) &&
        !relay.complete()) {
      call.Fail(v1::FAILURE_CLASS_TIMEOUT,
                "the stream came more slowly than min_stream_bytes_per_second");
      break;
    }
    more = co_await relay.Take(*bytes);
    if (relay.seen_content() || relay.complete()) first_content.Clear();
  }
  co_await relay.End();
  if (relay.finished() && !call.failed()) {
    asio::co_spawn(source.io, Drain(std::move(source.response), source.deadlines), asio::detached);
  }
}

}  // namespace warmpath
