#include "base/http/http_session.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"

namespace warmpath {
namespace {

namespace asio = boost::asio;

constexpr size_t kLeastRead = 1024;
constexpr size_t kLargeRead = 16 * 1024;
// A next request may come while one is being handled, up to here.
constexpr size_t kMaxPipelined = 64 * 1024;
// Strings above this are not kept for the connection's next request.
constexpr size_t kKeptCapacity = 16 * 1024;
constexpr size_t kMaxReserve = 1 << 20;
constexpr absl::Duration kLingerTime = absl::Seconds(2);
constexpr size_t kMaxLinger = 64 << 20;

asio::awaitable<void> RunOwned(std::unique_ptr<HttpSession> session) { co_await session->Run(); }

void Recycle(std::string& text) {
  text.clear();
  if (text.capacity() > kKeptCapacity) text.shrink_to_fit();
}

}  // namespace

void HttpSession::Start(std::shared_ptr<HttpServerCore> core, StreamPtr stream) {
  asio::io_context& io = core->io;
  auto session = std::make_unique<HttpSession>(std::move(core), std::move(stream));
  asio::co_spawn(io, RunOwned(std::move(session)), asio::detached);
}

HttpSession::HttpSession(std::shared_ptr<HttpServerCore> core, StreamPtr stream)
    : core_(std::move(core)),
      stream_(std::move(stream)),
      place_(core_->sessions.insert(core_->sessions.end(), this)),
      exchange_(*this),
      remote_(stream_->remote()),
      deadline_(core_->deadlines, [this] { OnDeadline(); }) {}

HttpSession::~HttpSession() {
  stream_->Close();
  core_->sessions.erase(place_);
  if (core_->sessions.empty()) core_->all_ended.WakeLater(core_->io.get_executor());
}

asio::awaitable<void> HttpSession::Run() {
  if (core_->options.tls != nullptr) {
    const bool shaken = co_await Handshake();
    if (!shaken) co_return;
  }
  stream_->SetOnReadable([this] { OnReadable(); });
  while (keep_alive_ && !stream_->closed()) {
    BeginRequest();
    Step step;
    while ((step = Advance()) == Step::kWait) {
      ArmForRead();
      co_await stream_->Readable();
    }
    if (step == Step::kEnd) break;
    ++core_->stats.requests;
    Watch();
    try {
      co_await core_->handler(exchange_);
    } catch (const std::exception&) {
      // Falls to the same end as a handler that gave no answer.
    }
    on_disconnect_ = nullptr;
    if (answer_ == Answer::kStreaming) Abort();
    if (answer_ == Answer::kNone) SendProblem(500, "the handler gave no answer");
    if (pending()) co_await Drain();
    parser_.Finish(in_);
  }
  if (pending()) co_await Drain();
  if (!stream_->closed()) co_await Linger();
  stream_->Close();
}

asio::awaitable<bool> HttpSession::Handshake() {
  handshaking_ = true;
  phase_ = Phase::kHead;
  deadline_.Set(core_->options.head_timeout);
  const absl::Status status = co_await stream_->HandshakeAsServer(core_->options.tls);
  deadline_.Clear();
  handshaking_ = false;
  if (!status.ok()) ++core_->stats.tls_failures;
  co_return status.ok();
}

void HttpSession::BeginRequest() {
  parser_.Start({.max_head_bytes = core_->options.max_head_bytes});
  Recycle(body_);
  answer_ = Answer::kNone;
  phase_ = in_.empty() ? Phase::kIdle : Phase::kHead;
  if (phase_ == Phase::kIdle && core_->stopping) keep_alive_ = false;
  head_armed_ = false;
  is_head_request_ = false;
  least_read_ = kLeastRead;
}

HttpSession::Step HttpSession::Advance() {
  for (;;) {
    switch (parser_.Next(in_)) {
      case ParseState::kHead:
        if (const Step step = OnHead(); step != Step::kWait) return step;
        continue;
      case ParseState::kBody:
        if (parser_.body().size() > body_limit_ - body_.size()) {
          return Refuse(413, absl::StrCat("the body is over the limit of ", body_limit_, " bytes"));
        }
        body_.append(parser_.body());
        continue;
      case ParseState::kDone:
        deadline_.Clear();
        return Step::kRequest;
      case ParseState::kNeedMore:
        break;
      case ParseState::kTooLarge:
        return Refuse(431, absl::StrCat("the head is over the limit of ",
                                        core_->options.max_head_bytes, " bytes"));
      case ParseState::kMalformed:
      case ParseState::kTruncated:
        return Refuse(400, absl::StrCat("malformed HTTP request: ", parser_.reason()));
    }
    if (Step step; !Fill(step)) return step;
  }
}

HttpSession::Step HttpSession::OnHead() {
  phase_ = Phase::kBody;
  const HttpHead& head = parser_.head();
  is_head_request_ = head.method == "HEAD";
  if (head.version == 11 && !head.Has("host")) {
    return Refuse(400, "malformed HTTP request: no Host header");
  }
  const HttpServerOptions& options = core_->options;
  body_limit_ = options.body_limit ? options.body_limit(head) : options.max_body_bytes;
  const uint64_t length = parser_.content_length().value_or(0);
  if (length > body_limit_) {
    return Refuse(413, absl::StrCat("the body of ", length, " bytes is over the limit of ",
                                    body_limit_, " bytes"));
  }
  body_.reserve(std::min<uint64_t>(length, kMaxReserve));
  if (!parser_.done() && in_.empty() && EqualsIgnoreCase(head.Find("expect"), "100-continue")) {
    Send({"HTTP/1.1 100 Continue\r\n\r\n"});
  }
  return Step::kWait;
}

bool HttpSession::Fill(Step& step) {
  step = Step::kWait;
  if (!stream_->MayRead()) return false;
  in_.Reserve(least_read_);
  const size_t room = in_.room_bytes();
  const IoResult io = stream_->TryRead(in_.room(), room);
  if (io.state == IoResult::kOk) {
    in_.Commit(io.bytes);
    least_read_ = io.bytes == room ? kLargeRead : kLeastRead;
    if (phase_ == Phase::kIdle) phase_ = Phase::kHead;
    return true;
  }
  if (io.state == IoResult::kWouldBlock) {
    if (phase_ == Phase::kIdle) in_.UnpinHead();  // Nothing there: gives the block back.
    return false;
  }
  if (phase_ != Phase::kIdle) ++core_->stats.disconnects;
  keep_alive_ = false;
  step = Step::kEnd;
  return false;
}

HttpSession::Step HttpSession::Refuse(int status, std::string_view reason) {
  keep_alive_ = false;
  linger_ = true;
  SendProblem(status, reason);
  return Step::kEnd;
}

void HttpSession::ArmForRead() {
  const HttpServerOptions& options = core_->options;
  if (phase_ == Phase::kIdle) {
    deadline_.Set(options.idle_timeout);
  } else if (phase_ == Phase::kBody) {
    deadline_.Set(options.body_timeout);
  } else if (!std::exchange(head_armed_, true)) {
    deadline_.Set(options.head_timeout);
  }
}

void HttpSession::Watch() {
  phase_ = Phase::kHandling;
  if (stream_->is_tls() && stream_->MayRead()) {
    OnReadable();  // What OpenSSL holds already would never wake us.
  } else {
    stream_->ArmRead();
  }
}

void HttpSession::OnReadable() {
  while (phase_ == Phase::kHandling && in_.data().size() < kMaxPipelined) {
    in_.Reserve(kLeastRead);
    const IoResult io = stream_->TryRead(in_.room(), in_.room_bytes());
    if (io.state == IoResult::kWouldBlock) return stream_->ArmRead();
    if (io.state != IoResult::kOk) return OnClientGone();
    in_.Commit(io.bytes);
  }
}

void HttpSession::OnClientGone() {
  keep_alive_ = false;
  if (std::exchange(client_gone_, true)) return;
  if (answer_ != Answer::kComplete) ++core_->stats.disconnects;
  if (auto callback = std::exchange(on_disconnect_, nullptr)) callback();
}

void HttpSession::OnDisconnect(absl::AnyInvocable<void()> callback) {
  if (client_gone_ && callback != nullptr) {
    callback();
  } else {
    on_disconnect_ = std::move(callback);
  }
}

void HttpSession::OnDeadline() {
  if (phase_ == Phase::kIdle || handshaking_) return stream_->Close();
  ++core_->stats.timeouts;
  if (phase_ == Phase::kHandling) {  // The client does not take its answer.
    OnClientGone();
    return stream_->Reset();
  }
  SendProblem(408, "the request did not arrive in time");
  stream_->ShutdownSend();
  stream_->Close();
}

void HttpSession::FinishUp() {
  if (phase_ == Phase::kIdle) stream_->Close();
}

void HttpSession::Kill() {
  OnClientGone();
  stream_->Reset();
}

void HttpSession::Abort() {
  answer_ = Answer::kComplete;
  keep_alive_ = false;
  stream_->Reset();
}

asio::awaitable<void> HttpSession::Drain() {
  while (pending() && !write_failed_) {
    const IoResult io = stream_->TryWrite({std::string_view(pending_).substr(pending_at_)});
    if (io.state == IoResult::kOk) {
      pending_at_ += io.bytes;
    } else if (io.state == IoResult::kWouldBlock) {
      phase_ = Phase::kHandling;
      deadline_.Set(core_->options.write_timeout);
      co_await stream_->Writable();
      deadline_.Clear();
    } else {
      write_failed_ = true;
    }
  }
  Recycle(pending_);
  pending_at_ = 0;
  if (write_failed_) keep_alive_ = false;
}

// Ends the sending side first and takes what the client still sends, as closing with unread input
// makes the system send a reset that can overtake the answer.
asio::awaitable<void> HttpSession::Linger() {
  stream_->ShutdownSend();
  if (!linger_) co_return;
  phase_ = Phase::kIdle;
  deadline_.Set(kLingerTime);
  std::array<char, 4096> discarded;
  for (size_t total = 0; total < kMaxLinger;) {
    const IoResult io = stream_->TryRead(discarded.data(), discarded.size());
    if (io.state == IoResult::kWouldBlock) {
      co_await stream_->Readable();
    } else if (io.state != IoResult::kOk) {
      break;
    }
    total += io.bytes;
  }
}

}  // namespace warmpath
