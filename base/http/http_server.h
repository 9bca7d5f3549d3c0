// Incoming HTTP/1.1 on one io_context.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/http/deadlines.h"
#include "base/http/http_exchange.h"
#include "base/http/http_listener.h"
#include "base/http/tls.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"

namespace warmpath {

// Answers one request. An exception that leaves it becomes a 500, or a reset if the answer had
// begun.
using HttpHandler = std::function<boost::asio::awaitable<void>(HttpExchange&)>;

// A request that is answered without the handler.
struct HttpProblem {
  int status = 400;         // 400, 408, 413, 431, 500, 503
  std::string_view reason;  // e.g. "the body is over the limit of 1024 bytes"
  std::string_view target;  // "" if the head could not be read
};
struct HttpProblemBody {
  std::string content_type = "text/plain";
  std::string body = {};
};

// A time-out of InfiniteDuration() is off.
struct HttpServerOptions {
  TlsContext tls = nullptr;  // from MakeTlsServerContext; nullptr: plain
  size_t max_connections = 10'000;
  size_t max_head_bytes = 64 * 1024;
  size_t max_body_bytes = 16 << 20;
  // Overrides max_body_bytes for a request, by its head.
  std::function<size_t(const HttpHead&)> body_limit = nullptr;
  absl::Duration idle_timeout = absl::Seconds(75);   // between requests, and for a first one
  absl::Duration head_timeout = absl::Seconds(10);   // first byte → head complete; TLS handshake
  absl::Duration body_timeout = absl::Seconds(30);   // between reads of a body
  absl::Duration write_timeout = absl::Seconds(30);  // without the client taking anything
  // Words what HttpProblem says; plain text if not set.
  std::function<HttpProblemBody(const HttpProblem&)> render_problem = nullptr;
};

// Counts since the start, but for the gauge.
struct HttpServerStats {
  uint64_t accepted = 0;
  uint64_t refused = 0;        // over max_connections
  uint64_t accept_errors = 0;  // out of descriptors, for instance
  uint64_t tls_failures = 0;
  uint64_t requests = 0;       // that reached the handler
  uint64_t problems = 0;       // answered without it
  uint64_t timeouts = 0;       // head, body or write
  uint64_t disconnects = 0;    // the client left before its answer was complete
  size_t connections = 0;      // gauge
};

// Accepts from a listener and serves each connection by one coroutine.
//
//   ASSIGN_OR_RETURN(auto listener, HttpListener::Open("127.0.0.1:8080"));
//   ASSIGN_OR_RETURN(auto server, HttpServer::Start(io, deadlines, *listener, options, handler));
//   io.run();
//
// To use several cores make an io_context, a thread and an HttpServer for each, all from the same
// listener: a connection stays where it was accepted.
// Keep-alive and pipelining (answered in order), Expect: 100-continue, chunked bodies.
// Thread safety: none; start, use and destroy it on the thread that runs `io`.
// Ownership: borrows `io` and `deadlines`; copies the handler, which lives until the last session
// has ended. The listener may be closed after Start.
class HttpServer {
 public:
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(boost::asio::io_context& io,
                                                           Deadlines& deadlines,
                                                           const HttpListener& listener,
                                                           HttpServerOptions options,
                                                           HttpHandler handler);
  // Closes every connection at once; Stop() first is politer.
  ~HttpServer();

  // Accepts no more, closes idle connections, lets the others finish their request; after `grace`
  // tells their handlers that the client is gone and resets them. Ends when all have ended, or
  // one second after that.
  boost::asio::awaitable<void> Stop(absl::Duration grace);

  HttpServerStats stats() const;

 private:
  struct Acceptor;
  explicit HttpServer(std::shared_ptr<Acceptor> acceptor);

  std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace warmpath
