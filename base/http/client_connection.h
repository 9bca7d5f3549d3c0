// One keep-alive connection of an HttpPool and the request that it carries.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/http/address_cache.h"
#include "base/http/cancel_token.h"
#include "base/http/deadlines.h"
#include "base/http/http_client.h"
#include "base/http/http_failure.h"
#include "base/http/http_parser.h"
#include "base/http/read_buffer.h"
#include "base/http/stream.h"
#include "base/http/waker.h"
#include "boost/asio/awaitable.hpp"

namespace warmpath {

// What all connections of a pool share; the pool's other half, see HttpPool::Core.
struct ClientOrigin {
  boost::asio::io_context& io;
  Deadlines& deadlines;
  HttpPoolOptions options;
  TlsContext tls;          // nullptr: plain
  std::string name;        // "http://host:port", for messages
  std::string peer;        // what is connected to: the same, or "the proxy http://…"
  std::string host_line;   // "Host: ...\r\n"
  std::string scratch;     // the head being sent; used between two waits only
  std::shared_ptr<AddressCache> addresses;
};

// Opened once, then any number of exchanges, one at a time:
//
//   Begin → Open (if new) → Exchange → ReadBody until "" → End → (idle) → Begin ...
//
// Thread safety: none; belongs to the pool's io_context.
// Ownership: `origin` must outlive it. The idle callback may destroy it.
// Errors: HttpFailure; the first one sticks, closes the stream, and every later call returns it.
class ClientConnection final : public CancelTarget {
 public:
  explicit ClientConnection(ClientOrigin& origin);
  ~ClientConnection() override;

  // Starts the request's clock and ties it to its token.
  void Begin(const HttpRequest& request, Deadlines::TimePoint total_at);
  boost::asio::awaitable<absl::Status> Open();
  // Sends the request and reads the answer's head.
  boost::asio::awaitable<absl::Status> Exchange(const HttpRequest& request);
  boost::asio::awaitable<absl::StatusOr<std::string_view>> ReadBody();
  // Ends the exchange. True if the connection may carry another one.
  bool End();
  // Waits unused: `on_idle_end` is called when the peer closes or `idle_keepalive` is over.
  void Idle();
  void SetOnIdleEnd(absl::AnyInvocable<void()> on_idle_end);

  // Gives the exchange up. Who waits sees the failure from the event loop.
  void Fail(HttpFailure failure, std::string_view message);
  void OnCancel() override;

  const HttpResponseParser& parser() const { return parser_; }
  bool open() const { return stream_ != nullptr && !stream_->closed(); }
  bool reused() const { return reused_; }
  // The failure is a lost race with the peer closing an idle connection: safe to send again.
  bool stale() const;

 private:
  boost::asio::awaitable<absl::Status> Connect();
  boost::asio::awaitable<absl::Status> Resolve();
  // Through the proxy to the origin.
  boost::asio::awaitable<absl::Status> Tunnel();
  boost::asio::awaitable<absl::Status> WriteRest(IoPieces pieces);
  IoPieces Render(const HttpRequest& request);
  // Reads once if there may be something. True: look at the buffer or at failure_ again; false:
  // wait for Readable() first.
  bool Fill();
  void OnEof(std::string_view why);
  void OnReadable();
  void OnDeadline();
  // The next expiry means `meaning`, unless the request's total time ends sooner.
  void Arm(absl::Duration after, HttpFailure meaning);
  void Disarm();

  static constexpr size_t kLeastRead = 1024;
  static constexpr size_t kLargeRead = 16 * 1024;  // once a read came back full

  ClientOrigin& origin_;
  absl::AnyInvocable<void()> on_idle_end_;
  StreamPtr stream_;
  ReadBuffer in_;
  HttpResponseParser parser_;
  Deadline deadline_;
  Deadlines::TimePoint total_at_ = Deadlines::TimePoint::max();
  HttpFailure deadline_meaning_ = HttpFailure::kTotalTimeout;
  Waker resolve_waker_;
  absl::Status failure_;
  size_t least_read_ = kLeastRead;
  bool idle_ = false;
  bool reused_ = false;
  bool got_bytes_ = false;
  bool request_sent_ = false;
  bool eof_ = false;
  bool trying_next_address_ = false;
};

}  // namespace warmpath
