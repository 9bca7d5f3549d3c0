// Outgoing HTTP/1.1: a bounded pool of keep-alive connections to one origin.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/http/cancel_token.h"
#include "base/http/deadlines.h"
#include "base/http/http_failure.h"
#include "base/http/http_parser.h"
#include "base/http/proxy.h"
#include "base/http/tls.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"

namespace warmpath {

class ClientConnection;
class HttpResponseStream;

// Where to, and how much. A time-out of InfiniteDuration() is off.
struct HttpPoolOptions {
  std::string host = {};           // name or address, without brackets
  uint16_t port = 0;               // 0: 80, or 443 with TLS
  bool tls = false;                // https
  TlsClientOptions tls_options = {};
  ProxyOptions proxy = {};         // every connection is a tunnel through it; default: none
  size_t max_connections = 64;     // open at once, busy and idle
  size_t max_idle = 64;            // kept open unused
  size_t max_waiting = 1024;       // requests waiting for a connection, if acquire_timeout > 0
  absl::Duration acquire_timeout = absl::ZeroDuration();  // 0: kPoolFull at once
  absl::Duration connect_timeout = absl::Seconds(5);      // name + TCP + proxy + TLS
  absl::Duration first_byte_timeout = absl::Seconds(60);  // request sent → head complete
  absl::Duration idle_timeout = absl::Seconds(60);        // between reads, and between writes
  absl::Duration idle_keepalive = absl::Seconds(60);      // an unused connection is closed
  absl::Duration resolve_ttl = absl::Seconds(10);         // how long a name's addresses are kept
  size_t max_response_head_bytes = 64 * 1024;
};

// One request. Everything viewed must outlive the Send() that it is given to.
struct HttpRequest {
  std::string_view method = "POST";
  std::string_view target = "/";
  // Whole header lines, each ending in CRLF, written as they are: one piece may hold many. Host
  // and Content-Length are added and must not be among them.
  absl::InlinedVector<std::string_view, 4> header_blocks = {};
  // The body, written piece after piece without being copied.
  absl::InlinedVector<std::string_view, 4> body = {};
  // From Send() to the last byte of the answer.
  absl::Duration total_timeout = absl::InfiniteDuration();
  // Takes the request back at any time up to the stream's end. May be nullptr.
  CancelToken* cancel = nullptr;
};

// Counts since the pool was made, but for the two gauges.
struct HttpPoolStats {
  uint64_t requests = 0;
  uint64_t opened = 0;         // connections made
  uint64_t reused = 0;         // requests on a kept-alive connection
  uint64_t stale_retries = 0;  // repeated, as the kept-alive connection turned out dead
  uint64_t pool_full = 0;      // refused with kPoolFull
  size_t open = 0;             // gauge
  size_t idle = 0;             // gauge
};

// Keep-alive connections to one origin.
//
//   auto pool = HttpPool::Create(io, deadlines, {.host = "127.0.0.1", .port = 9000});
//   HttpRequest request{.target = "/v1/chat/completions"};
//   request.body = {head, model, tail};
//   auto answer = co_await (*pool)->Send(request);
//   if (answer.ok()) auto body = co_await answer->ReadAll(1 << 20);
//
// GCC 12 cannot build lists inside a co_await expression: fill a variable first.
// A request that was sent on a kept-alive connection and got not one byte back before it was
// closed is sent once more, on a fresh connection: the usual race with the peer's idle time-out.
// Thread safety: none; every call, and every stream from it, on the thread that runs `io`.
// Ownership: borrows `io` and `deadlines`, which must outlive it. Requests in flight and streams
// may outlive the pool: they finish and then close. Those still waiting for a connection or a
// name when it is destroyed end in kCancelled.
// Blocking: names are resolved on Asio's own resolver thread.
class HttpPool {
 public:
  // INVALID_ARGUMENT on an empty host, a proxy without one, or unusable TLS files.
  static absl::StatusOr<std::unique_ptr<HttpPool>> Create(boost::asio::io_context& io,
                                                          Deadlines& deadlines,
                                                          HttpPoolOptions options);
  ~HttpPool();

  // Sends and returns once the answer's head is there, whatever its status. Errors: HttpFailure.
  boost::asio::awaitable<absl::StatusOr<HttpResponseStream>> Send(const HttpRequest& request);

  HttpPoolStats stats() const;
  // e.g. "http://127.0.0.1:9000"
  const std::string& origin() const;

 private:
  friend class HttpResponseStream;
  struct Core;
  struct Waiter;
  explicit HttpPool(std::shared_ptr<Core> core);

  std::shared_ptr<Core> core_;
};

// An answer whose head has arrived and whose body is read step by step.
//
// Dropping it returns the connection to the pool if the body was read to its end and keep-alive
// is allowed, and otherwise closes it, which is how an upstream is told to stop.
// Thread safety: none; belongs to the pool's io_context. Must not be dropped by a CancelToken's or
// Deadline's callback while a Read() is waiting: cancel instead.
// Errors: those of HttpFailure; after one, every further Read() returns it again.
class HttpResponseStream {
 public:
  HttpResponseStream(HttpResponseStream&&) noexcept;
  HttpResponseStream& operator=(HttpResponseStream&&) noexcept;
  ~HttpResponseStream();

  int status() const;
  // Views, here and in head(), live as long as this object.
  std::string_view Header(std::string_view name) const;
  const HttpHead& head() const;

  // The next bytes of the body, "" at its end. Valid until the next Read() or ReadAll().
  boost::asio::awaitable<absl::StatusOr<std::string_view>> Read();

  // The whole rest of the body, without a copy if it is already there; lives as long as this
  // object. kTooLarge if it is longer than `limit_bytes`.
  boost::asio::awaitable<absl::StatusOr<std::string_view>> ReadAll(size_t limit_bytes);

  // Gives up the rest of the body now: closes the connection; a waiting Read() ends in kCancelled.
  void Cancel();

 private:
  friend class HttpPool;
  HttpResponseStream(std::shared_ptr<HttpPool::Core> core,
                     std::unique_ptr<ClientConnection> connection);
  void Release();

  std::shared_ptr<HttpPool::Core> core_;
  std::unique_ptr<ClientConnection> connection_;
  std::string collected_;  // ReadAll's copy, if it needed one
};

}  // namespace warmpath
