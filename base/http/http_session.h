// One client connection of an HttpServer.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "base/http/deadlines.h"
#include "base/http/http_exchange.h"
#include "base/http/http_server.h"
#include "base/http/http_parser.h"
#include "base/http/read_buffer.h"
#include "base/http/stream.h"
#include "base/http/waker.h"
#include "boost/asio/awaitable.hpp"

namespace warmpath {

// What all sessions of a server share.
struct HttpServerCore {
  boost::asio::io_context& io;
  Deadlines& deadlines;
  HttpServerOptions options;
  HttpHandler handler;
  HttpServerStats stats = {};
  bool stopping = false;
  std::string scratch = {};  // the head being rendered; used between two waits only
  std::list<HttpSession*> sessions = {};
  Waker all_ended = {};
};

// Reads requests, runs the handler for each, and sends what it answers.
//
// Thread safety: none; belongs to the server's io_context.
// Ownership: owns itself by way of its coroutine; shares the core.
// Invariants: (1) while the handler runs the wait for input stays armed, so that a client's leaving
// is noticed; bytes of a next request are kept in the buffer meanwhile. (2) `pending_` is empty
// whenever a new answer begins.
class HttpSession {
 public:
  // Starts the coroutine.
  static void Start(std::shared_ptr<HttpServerCore> core, StreamPtr stream);
  HttpSession(std::shared_ptr<HttpServerCore> core, StreamPtr stream);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  // The server stops: closes now if no request is under way, else after its answer.
  void FinishUp();
  // Ends now: the handler is told that the client is gone.
  void Kill();
  void Close() { stream_->Close(); }

  // Serves the connection to its end. Called once, by Start.
  boost::asio::awaitable<void> Run();

 private:
  friend class HttpExchange;

  enum class Phase { kIdle, kHead, kBody, kHandling };
  enum class Step { kWait, kRequest, kEnd };
  enum class Answer { kNone, kStreaming, kComplete };

  boost::asio::awaitable<bool> Handshake();
  boost::asio::awaitable<void> Drain();
  boost::asio::awaitable<void> Linger();

  void BeginRequest();
  Step Advance();
  Step OnHead();
  bool Fill(Step& step);
  Step Refuse(int status, std::string_view reason);
  void ArmForRead();
  void Watch();
  void OnReadable();
  void OnClientGone();
  void OnDeadline();

  // The answer; in http_answer.cc.
  void Respond(const HttpResponse& response);
  void StartStream(const HttpResponse& response);
  // One piece of a stream, as far as the socket takes it; the rest is pending.
  void SendPiece(std::string_view data, bool last);
  void RenderHead(const HttpResponse& response, std::string_view framing);
  void Send(IoPieces pieces);
  void SendProblem(int status, std::string_view reason);
  void Abort();
  void OnDisconnect(absl::AnyInvocable<void()> callback);
  absl::Status WriteStatus() const;
  bool pending() const { return pending_at_ < pending_.size(); }
  bool answered() const {
    return answer_ == Answer::kComplete ||
           (answer_ == Answer::kStreaming && stream_head_.empty());
  }

  const std::shared_ptr<HttpServerCore> core_;
  const StreamPtr stream_;
  std::list<HttpSession*>::iterator place_;
  ReadBuffer in_;
  HttpRequestParser parser_;
  HttpExchange exchange_;
  boost::asio::ip::tcp::endpoint remote_;
  std::string body_;
  size_t body_limit_ = 0;
  std::string pending_;      // accepted from the handler, not yet taken by the socket
  std::string stream_head_;  // of a stream whose first byte is yet to be sent
  size_t pending_at_ = 0;    // how much of it is gone
  Deadline deadline_;
  absl::AnyInvocable<void()> on_disconnect_;
  Phase phase_ = Phase::kIdle;
  Answer answer_ = Answer::kNone;
  bool keep_alive_ = true;
  bool client_gone_ = false;
  bool write_failed_ = false;
  bool chunked_ = false;   // the stream's framing
  bool linger_ = false;    // input was left unread: closing at once would lose the answer
  bool is_head_request_ = false;
  bool handshaking_ = false;
  bool head_armed_ = false;  // the head's time-out runs; bytes that dribble in do not renew it
  size_t least_read_ = 0;
};

}  // namespace warmpath
