// One event loop with real sockets on it, for tests of base/http.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http/deadlines.h"
#include "base/http/http_client.h"
#include "base/http/http_listener.h"
#include "base/http/http_server.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath::testing {

template <typename T>
using Task = boost::asio::awaitable<T>;

// A plain blocking-style socket in a coroutine: the peer that does what HTTP forbids.
class RawPeer {
 public:
  explicit RawPeer(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  Task<bool> Write(std::string text) {
    boost::system::error_code error;
    co_await boost::asio::async_write(
        socket_, boost::asio::buffer(text),
        boost::asio::redirect_error(boost::asio::use_awaitable, error));
    co_return !error;
  }

  // Reads until `mark` was seen and returns everything read so far; less if the peer closed.
  Task<std::string> ReadUntil(std::string_view mark) {
    bool more = true;
    while (more && seen_.find(mark) == std::string::npos) more = co_await ReadMore();
    co_return std::exchange(seen_, "");
  }

  // Reads a head and the body that its Content-Length announces.
  Task<std::string> ReadMessage() {
    for (;;) {
      const size_t end = seen_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const size_t at = seen_.find("Content-Length: ");
        const size_t length = at < end ? std::stoul(seen_.substr(at + 16)) : 0;
        if (seen_.size() >= end + 4 + length) {
          std::string message = seen_.substr(0, end + 4 + length);
          seen_.erase(0, message.size());
          co_return message;
        }
      }
      const bool more = co_await ReadMore();
      if (!more) co_return std::exchange(seen_, "");
    }
  }

  Task<std::string> ReadToEnd() {
    // Not as the loop's condition, which GCC 12 compiles wrongly.
    for (bool more = true; more;) more = co_await ReadMore();
    co_return std::exchange(seen_, "");
  }

  // Why reading ended: eof or connection_reset.
  const boost::system::error_code& error() const { return error_; }

  void Close() { socket_.close(); }
  void ShutdownSend() { socket_.shutdown(socket_.shutdown_send); }
  void Reset() {
    socket_.set_option(boost::asio::socket_base::linger(true, 0));
    socket_.close();
  }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  Task<bool> ReadMore() {
    char bytes[65536];
    const size_t got = co_await socket_.async_read_some(
        boost::asio::buffer(bytes), boost::asio::redirect_error(boost::asio::use_awaitable, error_));
    seen_.append(bytes, got);
    co_return !error_;
  }

  boost::asio::ip::tcp::socket socket_;
  std::string seen_;
  boost::system::error_code error_;
};

class LoopFixture : public ::testing::Test {
 protected:
  using Script = std::function<Task<void>(RawPeer& peer)>;

  // Runs the loop until `task` has ended, at most 30 s; rethrows what it threw.
  void Run(Task<void> task) {
    bool done = false;
    std::exception_ptr thrown;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error) {
      thrown = error;
      done = true;
    });
    RunUntil([&] { return done; });
    if (thrown) std::rethrow_exception(thrown);
  }

  // Runs the loop until `condition` holds: turns of the loop, never a sleep.
  void RunUntil(const std::function<bool()>& condition) {
    io_.restart();
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "the condition never came to hold";
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(20));
    }
  }

  // A server whose n-th connection follows the n-th script; a later one is the last again.
  uint16_t StartRawServer(std::vector<Script> scripts) {
    auto acceptor = std::make_shared<boost::asio::ip::tcp::acceptor>(
        io_, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    const uint16_t port = acceptor->local_endpoint().port();
    boost::asio::co_spawn(io_, Accept(acceptor, std::move(scripts)), boost::asio::detached);
    return port;
  }

  HttpServer& StartServer(HttpHandler handler, HttpServerOptions options = {}) {
    auto listener = HttpListener::Open("127.0.0.1:0");
    EXPECT_TRUE(listener.ok()) << listener.status();
    port_ = (*listener)->port();
    auto server =
        HttpServer::Start(io_, deadlines_, **listener, std::move(options), std::move(handler));
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    return *server_;
  }

  HttpPool& StartPool(uint16_t port, HttpPoolOptions options = {}) {
    if (options.host.empty()) options.host = "127.0.0.1";
    options.port = port;
    auto pool = HttpPool::Create(io_, deadlines_, std::move(options));
    EXPECT_TRUE(pool.ok()) << pool.status();
    pool_ = *std::move(pool);
    return *pool_;
  }

  Task<RawPeer> Connect(uint16_t port) {
    boost::asio::ip::tcp::socket socket(io_);
    co_await socket.async_connect({boost::asio::ip::address_v4::loopback(), port},
                                  boost::asio::use_awaitable);
    co_return RawPeer(std::move(socket));
  }

  // Sends, reads everything, and gives "STATUS body" or the failure's name.
  Task<std::string> Fetch(HttpRequest request) {
    auto answer = co_await pool_->Send(request);
    if (!answer.ok()) co_return FailureName(answer.status());
    const auto body = co_await answer->ReadAll(64 << 20);
    if (!body.ok()) co_return FailureName(body.status());
    co_return std::to_string(answer->status()) + " " + std::string(*body);
  }

  static std::string FailureName(const absl::Status& status) {
    const auto failure = HttpFailureOf(status);
    return failure ? std::string(HttpFailureName(*failure)) : status.ToString();
  }

  boost::asio::io_context io_{1};
  Deadlines deadlines_{io_};
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpPool> pool_;
  uint16_t port_ = 0;

 private:
  static Task<void> Accept(std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor,
                           std::vector<Script> scripts) {
    for (size_t i = 0;; ++i) {
      RawPeer peer(co_await acceptor->async_accept(boost::asio::use_awaitable));
      boost::asio::co_spawn(acceptor->get_executor(),
                            Play(std::move(peer), scripts[std::min(i, scripts.size() - 1)]),
                            boost::asio::detached);
    }
  }

  static Task<void> Play(RawPeer peer, Script script) { co_await script(peer); }
};

}  // namespace warmpath::testing
