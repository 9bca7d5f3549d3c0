// A non-blocking byte stream over TCP, plain or TLS.
#pragma once

#include <openssl/ossl_typ.h>

#include <span>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "base/http/tls.h"
#include "base/http/waker.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/basic_stream_socket.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/smart_ptr/intrusive_ptr.hpp"
#include "boost/smart_ptr/intrusive_ref_counter.hpp"

namespace warmpath {

// What a read or write attempt came to.
struct IoResult {
  enum State {
    kOk,          // `bytes` were moved
    kWouldBlock,  // nothing now; wait for Readable() or Writable()
    kEof,         // the peer has closed its side
    kError,       // `error` says why; the stream is useless
  };
  State state = kOk;
  size_t bytes = 0;
  std::string error = {};
};

// The pieces of one write, in order; AdvancePieces drops what was written.
using IoPieces = absl::InlinedVector<std::string_view, 8>;
void AdvancePieces(IoPieces& pieces, size_t bytes);
size_t TotalBytes(const IoPieces& pieces);

// Reads and writes are attempted at once and only waited for when they cannot proceed, so that a
// message that is there costs one system call and no event. One wait for input may stay armed all
// the time: it tells of the next message as well as of the peer's leaving.
//
//   while ((io = stream->TryRead(p, n)).state == IoResult::kWouldBlock) {
//     co_await stream->Readable();
//   }
//
// Thread safety: none; belongs to the thread that runs its io_context.
// Ownership: reference-counted, as pending waits keep it alive; owners must Close() it.
class Stream : public boost::intrusive_ref_counter<Stream, boost::thread_unsafe_counter> {
 public:
  using Executor = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
  using Endpoint = boost::asio::ip::tcp::endpoint;

  // Takes over an accepted socket.
  explicit Stream(Socket socket);
  // Not connected yet: call Connect.
  explicit Stream(boost::asio::io_context& io);
  ~Stream();

  // Connects; ends early with CANCELLED when closed meanwhile.
  boost::asio::awaitable<absl::Status> Connect(Endpoint endpoint);

  // TLS from here on. The client checks `host` against the certificate, unless the context skips
  // verification, and sends it as SNI.
  boost::asio::awaitable<absl::Status> HandshakeAsClient(TlsContext context, std::string host);
  boost::asio::awaitable<absl::Status> HandshakeAsServer(TlsContext context);

  IoResult TryRead(char* into, size_t bytes);
  IoResult TryWrite(const IoPieces& pieces);

  // Whether TryRead may have something: false while a wait that is armed has not fired.
  bool MayRead() const { return !read_armed_ || (ssl_ != nullptr && !drained_); }

  // Awaitable: ends when reading or writing may be tried again, or the stream was closed.
  // REQUIRES: no other coroutine waits for the same.
  auto Readable() {
    ArmRead();
    return read_waker_.Wait();
  }
  auto Writable() {
    ArmWrite();
    return write_waker_.Wait();
  }

  // Arms the wait for input without a coroutine: `on_readable`, set once, is called each time it
  // fires and nobody waits in Readable().
  void SetOnReadable(absl::AnyInvocable<void()> on_readable);
  void ArmRead();

  // Ends a wait in Writable() although nothing has changed.
  void WakeWriter();

  // Tells the peer that nothing more comes (and TLS's close notification).
  void ShutdownSend();
  // Closes; who waits is woken from the event loop. Idempotent.
  void Close();
  // Closes so that the peer sees a reset.
  void Reset();
  bool closed() const { return closed_; }
  bool is_tls() const { return ssl_ != nullptr; }

  Endpoint remote() const;
  boost::asio::io_context& io() { return io_; }

 private:
  template <bool is_read>
  struct WaitHandler;

  void ArmWrite();
  void OnReadable();
  void OnWritable();
  boost::asio::awaitable<absl::Status> Handshake();
  bool MakeSsl(const TlsContext& context);
  IoResult SslResult(int result);
  IoResult WritePlain(const IoPieces& pieces);
  IoResult WriteTls(const IoPieces& pieces);

  boost::asio::io_context& io_;
  Socket socket_;
  TlsContext tls_;
  SSL* ssl_ = nullptr;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool drained_ = false;          // TLS: the last read found nothing
  bool read_wants_write_ = false;  // TLS: reading waits for room to send
  bool closed_ = false;
  Waker read_waker_;
  Waker write_waker_;
  absl::AnyInvocable<void()> on_readable_;
};

using StreamPtr = boost::intrusive_ptr<Stream>;

}  // namespace warmpath
