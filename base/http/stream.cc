#include "base/http/stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/http/socket_bio.h"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/socket_base.hpp"

namespace warmpath {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxTlsRecord = 16 * 1024;

absl::Status ClosedError() { return absl::CancelledError("closed"); }

IoResult ErrnoResult(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) {
    return {.state = IoResult::kWouldBlock};
  }
  return {.state = IoResult::kError, .error = strerror(error)};
}

}  // namespace

void AdvancePieces(IoPieces& pieces, size_t bytes) {
  size_t done = 0;
  while (done < pieces.size() && bytes >= pieces[done].size()) bytes -= pieces[done++].size();
  pieces.erase(pieces.begin(), pieces.begin() + done);
  if (bytes > 0 && !pieces.empty()) pieces[0].remove_prefix(bytes);
}

size_t TotalBytes(const IoPieces& pieces) {
  size_t total = 0;
  for (std::string_view piece : pieces) total += piece.size();
  return total;
}

Stream::Stream(Socket socket)
    : io_(socket.get_executor().context()), socket_(std::move(socket)) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Stream::Stream(asio::io_context& io) : io_(io), socket_(io.get_executor()) {}

Stream::~Stream() {
  if (ssl_ != nullptr) SSL_free(ssl_);
}

asio::awaitable<absl::Status> Stream::Connect(Endpoint endpoint) {
  const StreamPtr self(this);
  boost::system::error_code error;
  socket_.open(endpoint.protocol(), error);
  if (!error) socket_.set_option(asio::ip::tcp::no_delay(true), error);
  if (!error) socket_.native_non_blocking(true, error);
  if (error) co_return absl::UnavailableError(error.message());
  if (::connect(socket_.native_handle(), endpoint.data(), endpoint.size()) != 0) {
    if (errno != EINPROGRESS) co_return absl::UnavailableError(strerror(errno));
    co_await Writable();
    if (closed_) co_return ClosedError();
    int result = 0;
    socklen_t size = sizeof(result);
    ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &result, &size);
    if (result != 0) co_return absl::UnavailableError(strerror(result));
  }
  co_return absl::OkStatus();
}

bool Stream::MakeSsl(const TlsContext& context) {
  tls_ = context;
  ssl_ = SSL_new(context->native_handle());
  BIO* const bio = ssl_ == nullptr ? nullptr : NewSocketBio(socket_.native_handle());
  if (bio == nullptr) return false;
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_read_ahead(ssl_, 1);  // One recv for a record's head and body.
  return true;
}

asio::awaitable<absl::Status> Stream::HandshakeAsClient(TlsContext context, std::string host) {
  if (!MakeSsl(context)) co_return absl::ResourceExhaustedError("no memory for TLS");
  boost::system::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address) {
    SSL_set_tlsext_host_name(ssl_, host.c_str());
    SSL_set1_host(ssl_, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str());
  }
  SSL_set_connect_state(ssl_);
  co_return co_await Handshake();
}

asio::awaitable<absl::Status> Stream::HandshakeAsServer(TlsContext context) {
  if (!MakeSsl(context)) co_return absl::ResourceExhaustedError("no memory for TLS");
  SSL_set_accept_state(ssl_);
  co_return co_await Handshake();
}

asio::awaitable<absl::Status> Stream::Handshake() {
  const StreamPtr self(this);
  for (;;) {
    if (closed_) co_return ClosedError();
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) co_return absl::OkStatus();
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ:
        co_await Readable();
        break;
      case SSL_ERROR_WANT_WRITE:
        co_await Writable();
        break;
      default: {
        const long verify = SSL_get_verify_result(ssl_);
        if (verify != X509_V_OK) {
          ERR_clear_error();
          co_return absl::UnavailableError(absl::StrCat("certificate check failed: ",
                                                        X509_verify_cert_error_string(verify)));
        }
        if (ERR_peek_error() == 0) co_return absl::UnavailableError("closed in the handshake");
        co_return absl::UnavailableError(TakeTlsError());
      }
    }
  }
}

IoResult Stream::TryRead(char* into, size_t bytes) {
  if (closed_) return {.state = IoResult::kError, .error = "closed"};
  if (ssl_ == nullptr) {
    const ssize_t got = ::recv(socket_.native_handle(), into, bytes, MSG_DONTWAIT);
    if (got > 0) return {.state = IoResult::kOk, .bytes = static_cast<size_t>(got)};
    if (got == 0) return {.state = IoResult::kEof};
    return ErrnoResult(errno);
  }
  ERR_clear_error();
  size_t got = 0;
  const int result = SSL_read_ex(ssl_, into, bytes, &got);
  if (result == 1) {
    drained_ = false;
    return {.state = IoResult::kOk, .bytes = got};
  }
  return SslResult(result);
}

IoResult Stream::SslResult(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_WRITE:
      read_wants_write_ = true;
      [[fallthrough]];
    case SSL_ERROR_WANT_READ:
      drained_ = true;
      return {.state = IoResult::kWouldBlock};
    case SSL_ERROR_ZERO_RETURN:
      return {.state = IoResult::kEof};
    case SSL_ERROR_SYSCALL:
      return {.state = IoResult::kError, .error = errno != 0 ? strerror(errno) : "closed"};
    default:
      return {.state = IoResult::kError, .error = TakeTlsError()};
  }
}

IoResult Stream::TryWrite(const IoPieces& pieces) {
  if (closed_) return {.state = IoResult::kError, .error = "closed"};
  return ssl_ == nullptr ? WritePlain(pieces) : WriteTls(pieces);
}

IoResult Stream::WritePlain(const IoPieces& pieces) {
  constexpr size_t kMaxPieces = 64;
  std::array<iovec, kMaxPieces> vectors;
  const size_t count = std::min(pieces.size(), kMaxPieces);
  for (size_t i = 0; i < count; ++i) {
    vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
  }
  msghdr message = {};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  const ssize_t sent =
      ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) return {.state = IoResult::kOk, .bytes = static_cast<size_t>(sent)};
  return ErrnoResult(errno);
}

// Gathers the pieces into whole records: a record each would cost a system call each. After
// kWouldBlock OpenSSL must be given the same bytes again, which callers do.
IoResult Stream::WriteTls(const IoPieces& pieces) {
  thread_local std::array<char, kMaxTlsRecord> record;
  IoPieces left = pieces;
  size_t written = 0;
  for (;;) {
    size_t length = 0;
    for (std::string_view piece : left) {
      const size_t part = std::min(piece.size(), kMaxTlsRecord - length);
      memcpy(record.data() + length, piece.data(), part);
      length += part;
    }
    if (length == 0) return {.state = IoResult::kOk, .bytes = written};
    ERR_clear_error();
    size_t sent = 0;
    const int result = SSL_write_ex(ssl_, record.data(), length, &sent);
    if (result != 1) {
      const int why = SSL_get_error(ssl_, result);
      if (why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ) {
        if (written > 0) return {.state = IoResult::kOk, .bytes = written};
        return {.state = IoResult::kWouldBlock};
      }
      if (why == SSL_ERROR_SYSCALL) {
        return {.state = IoResult::kError, .error = errno != 0 ? strerror(errno) : "closed"};
      }
      return {.state = IoResult::kError, .error = TakeTlsError()};
    }
    written += sent;
    AdvancePieces(left, sent);
  }
}

void Stream::SetOnReadable(absl::AnyInvocable<void()> on_readable) {
  on_readable_ = std::move(on_readable);
}

// Completes a wait. If it is destroyed instead, with the io_context, so is the coroutine that
// waits, which would otherwise own itself by way of this stream.
template <bool is_read>
struct Stream::WaitHandler {
  explicit WaitHandler(Stream* stream) : self(stream) {}
  WaitHandler(WaitHandler&&) = default;
  ~WaitHandler() {
    if (self != nullptr) Waker dropped = std::move(is_read ? self->read_waker_ : self->write_waker_);
  }
  void operator()(boost::system::error_code) {
    const StreamPtr stream = std::move(self);
    is_read ? stream->OnReadable() : stream->OnWritable();
  }

  StreamPtr self;
};

void Stream::ArmRead() {
  if (read_wants_write_) ArmWrite();
  if (read_armed_) return;
  read_armed_ = true;
  socket_.async_wait(Socket::wait_read, WaitHandler<true>(this));
}

void Stream::OnReadable() {
  read_armed_ = false;
  drained_ = false;
  if (read_waker_.waiting()) {
    read_waker_.Wake();
  } else if (!closed_ && on_readable_) {
    on_readable_();
  }
}

void Stream::ArmWrite() {
  if (write_armed_) return;
  write_armed_ = true;
  socket_.async_wait(Socket::wait_write, WaitHandler<false>(this));
}

void Stream::OnWritable() {
  write_armed_ = false;
  if (std::exchange(read_wants_write_, false)) read_waker_.Wake();
  write_waker_.Wake();
}

void Stream::WakeWriter() { write_waker_.Wake(); }

void Stream::ShutdownSend() {
  if (closed_) return;
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_)) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::Close() {
  if (std::exchange(closed_, true)) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Stream::Reset() {
  if (closed_) return;
  boost::system::error_code ignored;
  socket_.set_option(Socket::linger(true, 0), ignored);
  Close();
}

Stream::Endpoint Stream::remote() const {
  boost::system::error_code ignored;
  return socket_.remote_endpoint(ignored);
}

}  // namespace warmpath
