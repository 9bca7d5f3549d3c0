// One request to an HttpServer and its answer, as a handler sees them.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "base/http/deadlines.h"
#include "base/http/http_parser.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"

namespace warmpath {

class HttpSession;

// A whole answer. Views need to live until Respond() returns.
struct HttpResponse {
  int status = 200;
  // Whole header lines, each ending in CRLF, written as they are: one piece may hold many.
  // Content-Length, Transfer-Encoding and Connection are added and must not be among them.
  absl::InlinedVector<std::string_view, 4> header_blocks = {};
  absl::InlinedVector<std::string_view, 4> body = {};
};

// Valid from the handler's start to its end. A handler that ends without an answer makes a 500; one
// that ends in the middle of a stream resets the connection.
//
//   co_await …;  exchange.Respond(200, "Content-Type: application/json\r\n", text);
//
//   HttpResponse head;   // GCC 12 cannot build lists inside a co_await expression
//   head.header_blocks = {"Content-Type: text/event-stream\r\n"};
//   exchange.StartStream(head);
//   while (…) if (!(co_await exchange.Write(event)).ok()) co_return;   // the client has left
//   co_await exchange.Finish();
//
// Thread safety: none; belongs to the server's io_context.
// Errors: writing fails only because the client is gone; Write and Finish then give CANCELLED.
class HttpExchange {
 public:
  explicit HttpExchange(HttpSession& session) : session_(session) {}
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  // The request. Views are valid until the handler ends.
  const HttpHead& head() const;
  std::string_view method() const { return head().method; }
  std::string_view target() const { return head().target; }
  std::string_view path() const;   // target up to "?"
  std::string_view query() const;  // target after "?", or ""
  std::string_view Header(std::string_view name) const { return head().Find(name); }
  // Complete, within the server's limit. May be moved from.
  std::string& body();

  const boost::asio::ip::tcp::endpoint& remote() const;
  boost::asio::io_context& io() const;
  Deadlines& deadlines() const;

  // Sends the answer in one write. What the socket does not take at once is copied and sent after
  // the handler has ended. Ignored if an answer was begun before.
  void Respond(const HttpResponse& response);
  void Respond(int status, std::string_view header_block, std::string_view body);

  // Begins an answer of unknown length (chunked; delimited by close for HTTP/1.0). The head goes
  // out with the first Write, which may be empty to send it alone.
  void StartStream(const HttpResponse& head);
  // Sends one piece and waits while the client is slow, at most write_timeout without progress.
  boost::asio::awaitable<absl::Status> Write(std::string_view data);
  // Ends the stream properly, after `last` if that is not empty.
  boost::asio::awaitable<absl::Status> Finish(std::string_view last = {});
  // Breaks the answer off, so that the client cannot take it for complete: resets the connection.
  void Abort();

  // Calls `callback` once, from the event loop, when the client closes the connection or its
  // side of it before the answer is complete; at once if it has already. Replaces an earlier one;
  // nullptr only takes that back.
  void OnDisconnect(absl::AnyInvocable<void()> callback);
  bool client_gone() const;
  // Whether an answer was begun, by Respond or by bytes of a stream that were sent.
  bool answered() const;

 private:
  HttpSession& session_;
};

}  // namespace warmpath
