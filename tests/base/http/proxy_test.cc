// Both halves together: what a proxy made of HttpServer and HttpPool does when one side leaves.
#include <string>

#include "base/http/cancel_token.h"
#include "base/http/http_client.h"
#include "base/http/http_server.h"
#include "base/http/waker.h"
#include "boost/asio/post.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/http/loop_fixture.h"

namespace warmpath {
namespace {

using ::testing::EndsWith;
using ::testing::Not;
using ::testing::StartsWith;
using testing::RawPeer;
using testing::Task;

constexpr char kRequest[] = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";

class ProxyTest : public testing::LoopFixture {
 protected:
  // A proxy in front of an upstream that follows `script`; passes streams on piece by piece.
  void Start(Script script) {
    StartPool(StartRawServer({std::move(script)}));
    StartServer([this](HttpExchange& exchange) -> Task<void> {
      CancelToken cancel;
      exchange.OnDisconnect([&cancel] { cancel.Cancel(); });
      HttpRequest request{.target = exchange.target(), .cancel = &cancel};
      request.body.push_back(exchange.body());
      auto answer = co_await pool_->Send(request);
      if (!answer.ok()) {
        failure_ = FailureName(answer.status());
        co_return exchange.Respond(502, "", failure_);
      }
      exchange.StartStream({.status = answer->status()});
      for (;;) {
        const auto piece = co_await answer->Read();
        if (!piece.ok()) {
          failure_ = FailureName(piece.status());
          co_return exchange.Abort();
        }
        if (piece->empty()) break;
        co_await exchange.Write(*piece);
      }
      co_await exchange.Finish();
    });
  }

  std::string failure_;
};

TEST_F(ProxyTest, PassesAStreamOnAsItComes) {
  Waker second;
  Start([&](RawPeer& peer) -> Task<void> {
    for (;;) {
      const std::string request = co_await peer.ReadMessage();
      if (request.empty()) co_return;
      co_await peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
      co_await second.Wait();
      co_await peer.Write("3\r\ntwo\r\n0\r\n\r\n");
    }
  });
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    for (int i = 0; i < 3; ++i) {
      co_await peer.Write(kRequest);
      EXPECT_THAT(co_await peer.ReadUntil("one\r\n"), EndsWith("\r\n\r\n3\r\none\r\n"));
      while (!second.waiting()) co_await boost::asio::post(io_, boost::asio::use_awaitable);
      second.Wake();
      EXPECT_EQ(co_await peer.ReadUntil("0\r\n\r\n"), "3\r\ntwo\r\n0\r\n\r\n");
    }
  }());
  EXPECT_EQ(pool_->stats().opened, 1u);
  EXPECT_EQ(server_->stats().accepted, 1u);
}

TEST_F(ProxyTest, AClientThatLeavesEndsTheUpstreamCall) {
  for (const std::string answer : {"", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}) {
    bool asked = false;
    bool upstream_closed = false;
    Start([&](RawPeer& peer) -> Task<void> {
      co_await peer.ReadMessage();
      if (!answer.empty()) co_await peer.Write(answer);
      asked = true;
      co_await peer.ReadToEnd();
      upstream_closed = true;
    });
    Run([&]() -> Task<void> {
      RawPeer peer = co_await Connect(port_);
      co_await peer.Write(kRequest);
      if (!answer.empty()) co_await peer.ReadUntil("abc");
      while (!asked) co_await boost::asio::post(io_, boost::asio::use_awaitable);
    }());
    RunUntil([&] { return upstream_closed && !failure_.empty(); });
    EXPECT_EQ(failure_, "cancelled");
    EXPECT_EQ(server_->stats().disconnects, 1u);
    EXPECT_EQ(pool_->stats().open, 0u);
    failure_.clear();
  }
}

TEST_F(ProxyTest, AnUpstreamThatBreaksOffBreaksTheAnswer) {
  Start([](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    co_await peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  });
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    co_await peer.Write(kRequest);
    EXPECT_THAT(co_await peer.ReadToEnd(), Not(EndsWith("0\r\n\r\n")));
    EXPECT_EQ(peer.error(), boost::asio::error::connection_reset);
  }());
  EXPECT_EQ(failure_, "truncated");
}

TEST_F(ProxyTest, AClientThatHalfClosesIsTakenForGone) {
  Start([](RawPeer& peer) -> Task<void> { co_await peer.ReadToEnd(); });
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    co_await peer.Write(kRequest);
    peer.ShutdownSend();
    EXPECT_THAT(co_await peer.ReadToEnd(), StartsWith("HTTP/1.1 502 "));
  }());
  EXPECT_EQ(failure_, "cancelled");
}

}  // namespace
}  // namespace warmpath
