#include "base/http/client_connection.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;

bool SendsLength(std::string_view method) { return method != "GET" && method != "HEAD"; }

// A space or control byte in the request line would begin another request.
bool IsCleanTarget(std::string_view target) {
  return !target.empty() && std::all_of(target.begin(), target.end(), [](unsigned char byte) {
    return byte > 0x20 && byte != 0x7f;
  });
}

}  // namespace

ClientConnection::ClientConnection(ClientOrigin& origin)
    : origin_(origin), deadline_(origin.deadlines, [this] { OnDeadline(); }) {}

ClientConnection::~ClientConnection() {
  if (stream_ != nullptr) stream_->Close();
}

void ClientConnection::Begin(const HttpRequest& request, Deadlines::TimePoint total_at) {
  idle_ = false;
  reused_ = stream_ != nullptr;
  got_bytes_ = false;
  request_sent_ = false;
  total_at_ = total_at;
  Attach(request.cancel);
}

asio::awaitable<absl::Status> ClientConnection::Open() {
  Arm(origin_.options.connect_timeout, HttpFailure::kConnectTimeout);
  if (!origin_.addresses->fresh()) {
    if (absl::Status status = co_await Resolve(); !status.ok()) co_return status;
  }
  if (absl::Status status = co_await Connect(); !status.ok()) co_return status;
  if (origin_.options.proxy.kind != ProxyOptions::Kind::kNone) {
    if (absl::Status status = co_await Tunnel(); !status.ok()) co_return status;
  }
  if (origin_.tls != nullptr) {
    const absl::Status status =
        co_await stream_->HandshakeAsClient(origin_.tls, origin_.options.host);
    if (!failure_.ok()) co_return failure_;
    if (!status.ok()) {
      Fail(HttpFailure::kTls, absl::StrCat("TLS with ", origin_.name, ": ", status.message()));
      co_return failure_;
    }
  }
  stream_->SetOnReadable([this] { OnReadable(); });
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> ClientConnection::Resolve() {
  AddressCache& cache = *origin_.addresses;
  cache.Join(resolve_waker_);
  co_await resolve_waker_.Wait();
  cache.Leave(resolve_waker_);
  if (!failure_.ok()) co_return failure_;
  if (cache.addresses() == nullptr) {
    if (cache.error().ok()) {
      Fail(HttpFailure::kCancelled, "the connection pool was closed");
    } else {
      const absl::string_view message = cache.error().message();
      Fail(HttpFailure::kResolve, {message.data(), message.size()});
    }
    co_return failure_;
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> ClientConnection::Connect() {
  const AddressCache::Addresses addresses = origin_.addresses->addresses();
  const Deadlines::TimePoint until =
      std::min(total_at_, DeadlineAfter(origin_.options.connect_timeout));
  std::string last_error;
  for (size_t i = 0; i < addresses->size(); ++i) {
    const size_t left = addresses->size() - i;
    trying_next_address_ = left > 1;
    // A silent address may use its share of the time only, so that each has its turn.
    if (until != Deadlines::TimePoint::max()) {
      Arm(absl::FromChrono(until - Deadlines::Now()) / left, HttpFailure::kConnectTimeout);
    }
    stream_.reset(new Stream(origin_.io));
    const absl::Status status = co_await stream_->Connect((*addresses)[i]);
    trying_next_address_ = false;
    if (!failure_.ok()) co_return failure_;
    if (status.ok()) {
      Arm(absl::FromChrono(until - Deadlines::Now()), HttpFailure::kConnectTimeout);
      co_return absl::OkStatus();
    }
    last_error = std::string(status.message());
    stream_->Close();
  }
  Fail(HttpFailure::kConnect, absl::StrCat("cannot connect to ", origin_.peer, ": ", last_error,
                                           "; check that it is running and reachable"));
  co_return failure_;
}

asio::awaitable<absl::Status> ClientConnection::Tunnel() {
  const HttpPoolOptions& options = origin_.options;
  const absl::Status status =
      co_await OpenTunnel(stream_, options.proxy, options.host, options.port);
  if (failure_.ok() && !status.ok()) {
    Fail(HttpFailure::kConnect, absl::StrCat("no way to ", origin_.name, " through ", origin_.peer,
                                             ": ", status.message()));
  }
  co_return failure_;
}

IoPieces ClientConnection::Render(const HttpRequest& request) {
  std::string& head = origin_.scratch;
  head.clear();
  head.append(request.method).append(1, ' ').append(request.target).append(" HTTP/1.1\r\n");
  head.append(origin_.host_line);
  for (std::string_view block : request.header_blocks) head.append(block);
  IoPieces pieces(1);
  size_t length = 0;
  for (std::string_view piece : request.body) {
    length += piece.size();
    if (!piece.empty()) pieces.push_back(piece);
  }
  if (length > 0 || SendsLength(request.method)) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof(digits), length).ptr;
    head.append("Content-Length: ").append(digits, end).append("\r\n");
  }
  head.append("\r\n");
  pieces[0] = head;
  return pieces;
}

asio::awaitable<absl::Status> ClientConnection::Exchange(const HttpRequest& request) {
  if (!failure_.ok()) co_return failure_;
  if (!IsCleanTarget(request.target)) {
    Fail(HttpFailure::kMalformed, "the request target has a blank or control character");
    co_return failure_;
  }
  const HttpResponseParser::Options parse_options = {
      .max_head_bytes = origin_.options.max_response_head_bytes,
      .head_only = request.method == "HEAD"};
  parser_.Start(parse_options);
  {
    IoPieces pieces = Render(request);
    const IoResult io = stream_->TryWrite(pieces);
    if (io.state == IoResult::kOk && io.bytes == TotalBytes(pieces)) {
      request_sent_ = true;
    } else {
      const std::string head(pieces[0]);  // The scratch is somebody else's from the next wait on.
      pieces[0] = head;
      if (io.state == IoResult::kOk) AdvancePieces(pieces, io.bytes);
      if (absl::Status status = co_await WriteRest(std::move(pieces)); !status.ok()) {
        co_return status;
      }
    }
  }
  Arm(origin_.options.first_byte_timeout, HttpFailure::kFirstByteTimeout);
  for (;;) {
    const ParseState state = parser_.Next(in_);
    if (state == ParseState::kHead) {
      if (parser_.head().status / 100 == 1 && parser_.head().status != 101) {
        parser_.Finish(in_);  // 100 Continue, 103 Early Hints: the answer is yet to come.
        parser_.Start(parse_options);
        continue;
      }
      Disarm();
      co_return absl::OkStatus();
    }
    if (state == ParseState::kTooLarge) {
      Fail(HttpFailure::kTooLarge, absl::StrCat(origin_.name, " sent a head of more than ",
                                                parse_options.max_head_bytes, " bytes"));
    } else if (state != ParseState::kNeedMore) {
      Fail(HttpFailure::kMalformed, absl::StrCat(origin_.name, ": ", parser_.reason()));
    }
    if (failure_.ok() && !Fill()) co_await stream_->Readable();
    if (!failure_.ok()) co_return failure_;
  }
}

asio::awaitable<absl::Status> ClientConnection::WriteRest(IoPieces pieces) {
  while (!pieces.empty()) {
    const IoResult io = stream_->TryWrite(pieces);
    if (io.state == IoResult::kOk) {
      AdvancePieces(pieces, io.bytes);
      continue;
    }
    // An answer that came before the request was complete (413, say) tells more than the error.
    if (io.state != IoResult::kWouldBlock) co_return absl::OkStatus();
    Arm(origin_.options.idle_timeout, HttpFailure::kIdleTimeout);
    stream_->ArmRead();
    co_await stream_->Writable();
    if (!failure_.ok()) co_return failure_;
    if (stream_->MayRead()) {
      Fill();
      if (!failure_.ok()) co_return failure_;
      if (!in_.empty()) co_return absl::OkStatus();
    }
  }
  request_sent_ = true;
  co_return absl::OkStatus();
}

asio::awaitable<absl::StatusOr<std::string_view>> ClientConnection::ReadBody() {
  for (;;) {
    if (!failure_.ok()) co_return failure_;
    const ParseState state = parser_.Next(in_);
    if (state == ParseState::kBody) co_return parser_.body();
    if (state == ParseState::kDone) co_return std::string_view();
    if (state != ParseState::kNeedMore) {
      Fail(HttpFailure::kMalformed, absl::StrCat(origin_.name, ": ", parser_.reason()));
      continue;
    }
    if (!Fill()) {
      Arm(origin_.options.idle_timeout, HttpFailure::kIdleTimeout);
      co_await stream_->Readable();
      if (failure_.ok()) Disarm();
    }
  }
}

bool ClientConnection::Fill() {
  if (!stream_->MayRead()) return false;
  in_.Reserve(least_read_);
  const size_t room = in_.room_bytes();
  const IoResult io = stream_->TryRead(in_.room(), room);
  switch (io.state) {
    case IoResult::kOk:
      got_bytes_ = true;
      least_read_ = io.bytes == room ? kLargeRead : kLeastRead;
      in_.Commit(io.bytes);
      return true;
    case IoResult::kWouldBlock:
      if (!parser_.has_head() && in_.empty()) in_.UnpinHead();  // A long wait needs no block.
      return false;
    case IoResult::kEof:
      OnEof("closed by the peer");
      return true;
    case IoResult::kError:
      if (parser_.has_head() && parser_.content_length() == std::nullopt && !parser_.chunked()) {
        Fail(HttpFailure::kTruncated, absl::StrCat(origin_.name, ": ", io.error));
      } else {
        OnEof(io.error);
      }
      return true;
  }
  return true;
}

void ClientConnection::OnEof(std::string_view why) {
  eof_ = true;
  if (!parser_.has_head()) {
    Fail(HttpFailure::kReset,
         absl::StrCat(origin_.name, " ended the connection before its answer: ",
                      absl::string_view(why.data(), why.size())));
  } else if (parser_.OnEof() != ParseState::kDone) {
    Fail(HttpFailure::kTruncated, absl::StrCat(origin_.name, " cut its answer short: ",
                                               absl::string_view(why.data(), why.size())));
  }
}

bool ClientConnection::End() {
  Detach();
  deadline_.Clear();
  total_at_ = Deadlines::TimePoint::max();
  const bool complete = failure_.ok() && parser_.done() && parser_.keep_alive() &&
                        request_sent_ && !eof_ && open() && parser_.head().status != 101;
  if (!complete) return false;
  parser_.Finish(in_);
  return in_.empty();  // Bytes beyond the answer: not a peer to be trusted with another request.
}

void ClientConnection::Idle() {
  idle_ = true;
  Arm(origin_.options.idle_keepalive, HttpFailure::kIdleTimeout);
  stream_->ArmRead();
}

void ClientConnection::SetOnIdleEnd(absl::AnyInvocable<void()> on_idle_end) {
  on_idle_end_ = std::move(on_idle_end);
}

void ClientConnection::OnReadable() {
  if (!idle_) {
    stream_->WakeWriter();
    return;
  }
  // Nothing may come now but TLS housekeeping; a close or data ends the connection.
  char byte;
  if (stream_->TryRead(&byte, 1).state == IoResult::kWouldBlock) {
    stream_->ArmRead();
  } else {
    on_idle_end_();
  }
}

void ClientConnection::OnDeadline() {
  if (idle_) {
    on_idle_end_();
  } else if (deadline_meaning_ == HttpFailure::kConnectTimeout && trying_next_address_) {
    stream_->Close();
  } else {
    const bool proxied = deadline_meaning_ == HttpFailure::kConnectTimeout &&
                         origin_.options.proxy.kind != ProxyOptions::Kind::kNone;
    Fail(deadline_meaning_,
         absl::StrCat(origin_.name, proxied ? " through " : "", proxied ? origin_.peer : "", ": ",
                      absl::string_view(HttpFailureName(deadline_meaning_).data(),
                                        HttpFailureName(deadline_meaning_).size())));
  }
}

void ClientConnection::OnCancel() { Fail(HttpFailure::kCancelled, "cancelled by the caller"); }

void ClientConnection::Fail(HttpFailure failure, std::string_view message) {
  if (!failure_.ok()) return;
  failure_ = MakeHttpError(failure, message);
  deadline_.Clear();
  if (stream_ != nullptr) stream_->Close();
  resolve_waker_.WakeLater(origin_.io.get_executor());
}

bool ClientConnection::stale() const {
  return reused_ && !got_bytes_ && HttpFailureOf(failure_) == HttpFailure::kReset;
}

void ClientConnection::Arm(absl::Duration after, HttpFailure meaning) {
  const Deadlines::TimePoint when = DeadlineAfter(after);
  deadline_meaning_ = when <= total_at_ ? meaning : HttpFailure::kTotalTimeout;
  deadline_.SetAt(std::min(when, total_at_));
}

void ClientConnection::Disarm() {
  deadline_meaning_ = HttpFailure::kTotalTimeout;
  deadline_.SetAt(total_at_);
}

}  // namespace warmpath
