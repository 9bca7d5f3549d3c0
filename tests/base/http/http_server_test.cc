#include "base/http/http_server.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/http/waker.h"
#include "boost/asio/post.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/http/loop_fixture.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::RawPeer;
using testing::StatusIs;
using testing::Task;

constexpr char kText[] = "Content-Type: text/plain\r\n";
constexpr char kGet[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

std::string Post(std::string_view body, std::string_view fields = "") {
  return absl::StrCat("POST /p HTTP/1.1\r\nHost: x\r\n", std::string(fields),
                      "Content-Length: ", body.size(), "\r\n\r\n", std::string(body));
}

// Answers with "METHOD TARGET BODY".
Task<void> Echo(HttpExchange& exchange) {
  exchange.Respond(200, kText,
                   absl::StrCat(std::string(exchange.method()), " ", std::string(exchange.target()),
                                " ", exchange.body()));
  co_return;
}

class HttpServerTest : public testing::LoopFixture {
 protected:
  // Sends `bytes`, reads one answer, and closes.
  std::string Ask(std::string bytes) {
    std::string answer;
    Run([&]() -> Task<void> {
      RawPeer peer = co_await Connect(port_);
      co_await peer.Write(bytes);
      answer = co_await peer.ReadMessage();
    }());
    return answer;
  }

  // Sends `bytes` and reads until the server closes.
  std::string AskToEnd(std::string bytes) {
    std::string answer;
    Run([&]() -> Task<void> {
      RawPeer peer = co_await Connect(port_);
      co_await peer.Write(bytes);
      answer = co_await peer.ReadToEnd();
      last_error_ = peer.error();
    }());
    return answer;
  }

  // Another coroutine beside the test's own.
  void Spawn(Task<void> task) {
    boost::asio::co_spawn(io_, std::move(task), boost::asio::detached);
  }

  boost::system::error_code last_error_;
};

TEST_F(HttpServerTest, AnswersOnOneKeptConnection) {
  StartServer(Echo);
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    for (int i = 0; i < 3; ++i) {
      co_await peer.Write(Post("body"));
      EXPECT_EQ(co_await peer.ReadMessage(),
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\n"
                "POST /p body");
    }
  }());
  EXPECT_EQ(server_->stats().accepted, 1u);
  EXPECT_EQ(server_->stats().requests, 3u);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrderHoweverTheyAreCut) {
  StartServer(Echo);
  const std::string requests = absl::StrCat(Post("one"), kGet, Post("three"));
  std::string answers;
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    co_await peer.Write(requests);
    for (int i = 0; i < 3; ++i) answers += co_await peer.ReadMessage();
  }());
  EXPECT_THAT(answers, AllOf(HasSubstr("POST /p one"), HasSubstr("GET /a "),
                             EndsWith("POST /p three")));
  for (size_t cut = 1; cut < requests.size(); cut += 3) {
    std::string again;
    Run([&]() -> Task<void> {
      RawPeer peer = co_await Connect(port_);
      co_await peer.Write(requests.substr(0, cut));
      if (cut % 2 == 0) co_await boost::asio::post(io_, boost::asio::use_awaitable);
      co_await peer.Write(requests.substr(cut));
      for (int i = 0; i < 3; ++i) again += co_await peer.ReadMessage();
    }());
    EXPECT_EQ(again, answers) << cut;
  }
}

TEST_F(HttpServerTest, HandsOverLargeAndChunkedBodies) {
  StartServer([](HttpExchange& exchange) -> Task<void> {
    const std::string body = std::move(exchange.body());
    exchange.Respond(200, kText, body);
    co_return;
  });
  const std::string large(5 << 20, 'x');
  EXPECT_TRUE(Ask(Post(large)).ends_with("\r\n\r\n" + large));
  EXPECT_THAT(Ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3\r\nabc\r\n2;e=1\r\nde\r\n0\r\nT: 1\r\n\r\n"),
              EndsWith("\r\n\r\nabcde"));
}

TEST_F(HttpServerTest, RefusesBodiesOverTheLimitOfTheirRoute) {
  HttpServerOptions options;
  options.body_limit = [](const HttpHead& head) { return head.target == "/p" ? 10u : 100u; };
  options.render_problem = [](const HttpProblem& problem) {
    return HttpProblemBody{"application/json",
                           absl::StrCat("{\"status\":", problem.status, ",\"why\":\"",
                                        std::string(problem.reason), "\"}")};
  };
  StartServer(Echo, options);
  EXPECT_THAT(Ask(Post("0123456789")), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(AskToEnd(Post(std::string(4 << 20, 'x'))),
            "HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\n"
            "Content-Length: 78\r\nConnection: close\r\n\r\n"
            "{\"status\":413,\"why\":\"the body of 4194304 bytes is over the limit of 10 bytes\"}");
  EXPECT_THAT(AskToEnd("POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "8\r\n01234567\r\n8\r\n01234567\r\n"),
              HasSubstr("over the limit of 10 bytes"));
  EXPECT_EQ(server_->stats().requests, 1u);
  EXPECT_EQ(server_->stats().problems, 2u);
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  StartServer(Echo, {.max_head_bytes = 1000});
  EXPECT_THAT(AskToEnd("\x16\x03\x01 hello"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(AskToEnd("GET / HTTP/1.1\r\n\r\n"), HasSubstr("no Host header"));
  EXPECT_THAT(AskToEnd("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(AskToEnd("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(5000, 'x')),
              AllOf(StartsWith("HTTP/1.1 431 "), HasSubstr("over the limit of 1000 bytes")));
  EXPECT_EQ(server_->stats().requests, 0u);
}

TEST_F(HttpServerTest, SaysContinueOnlyWhenItWillTakeTheBody) {
  StartServer(Echo, {.max_body_bytes = 10});
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    co_await peer.Write("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                        "Content-Length: 2\r\n\r\n");
    EXPECT_EQ(co_await peer.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    co_await peer.Write("ab");
    EXPECT_THAT(co_await peer.ReadMessage(), EndsWith("POST / ab"));
  }());
  EXPECT_THAT(AskToEnd("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                       "Content-Length: 11\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, RespectsVersionMethodAndConnectionHeader) {
  StartServer(Echo);
  EXPECT_EQ(AskToEnd("GET /a HTTP/1.0\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n"
            "Connection: close\r\n\r\nGET /a ");
  EXPECT_THAT(Ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_THAT(AskToEnd("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(AskToEnd("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 8\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(HttpServerTest, AnswersWithoutABodyWhereNoneIsAllowed) {
  StartServer([](HttpExchange& exchange) -> Task<void> {
    exchange.Respond(204, "", "ignored");
    co_return;
  });
  EXPECT_EQ(Ask(kGet), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_F(HttpServerTest, StreamsInChunksAndKeepsTheConnection) {
  StartServer([](HttpExchange& exchange) -> Task<void> {
    HttpResponse head;
    head.header_blocks = {"Content-Type: text/event-stream\r\n"};
    exchange.StartStream(head);
    EXPECT_FALSE(exchange.answered());
    co_await exchange.Write("data: 1\n\n");
    EXPECT_TRUE(exchange.answered());
    co_await exchange.Write("data: 2\n\n");
    co_await exchange.Finish("end");
  });
  const std::string expected =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
      "9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n3\r\nend\r\n0\r\n\r\n";
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    for (int i = 0; i < 2; ++i) {
      co_await peer.Write(kGet);
      EXPECT_EQ(co_await peer.ReadUntil("\r\n0\r\n\r\n"), expected);
    }
  }());
  EXPECT_EQ(AskToEnd("GET / HTTP/1.0\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            "data: 1\n\ndata: 2\n\nend");
}

TEST_F(HttpServerTest, ABrokenStreamCannotBeTakenForComplete) {
  bool abort = true;
  StartServer([&](HttpExchange& exchange) -> Task<void> {
    exchange.StartStream({});
    co_await exchange.Write("some");
    if (abort) exchange.Abort();
  });
  for (bool explicitly : {true, false}) {
    abort = explicitly;
    EXPECT_THAT(AskToEnd(kGet), Not(HasSubstr("0\r\n\r\n")));
    EXPECT_EQ(last_error_, boost::asio::error::connection_reset);
  }
}

TEST_F(HttpServerTest, AHandlerThatGivesNoAnswerOrThrowsMakesA500) {
  bool throws = false;
  StartServer([&](HttpExchange&) -> Task<void> {
    if (throws) throw std::runtime_error("x");
    co_return;
  });
  EXPECT_THAT(Ask(kGet), StartsWith("HTTP/1.1 500 "));
  throws = true;
  EXPECT_THAT(Ask(kGet), StartsWith("HTTP/1.1 500 "));
}

TEST_F(HttpServerTest, TheHandlerLearnsThatTheClientLeft) {
  for (const bool reset : {false, true}) {
    Waker waker;
    bool waiting = false;
    bool gone = false;
    StartServer([&](HttpExchange& exchange) -> Task<void> {
      exchange.OnDisconnect([&] { waker.Wake(); });
      waiting = true;
      co_await waker.Wait();
      gone = exchange.client_gone();
      bool told_at_once = false;
      exchange.OnDisconnect([&] { told_at_once = true; });
      exchange.OnDisconnect(nullptr);
      EXPECT_TRUE(told_at_once);
    });
    Run([&]() -> Task<void> {
      RawPeer peer = co_await Connect(port_);
      co_await peer.Write(kGet);
      while (!waiting) co_await boost::asio::post(io_, boost::asio::use_awaitable);
      if (reset) {
        peer.Reset();
      } else {
        peer.Close();
      }
    }());
    RunUntil([&] { return gone; });
    EXPECT_EQ(server_->stats().disconnects, 1u);
    RunUntil([&] { return server_->stats().connections == 0; });
  }
}

TEST_F(HttpServerTest, ANextRequestDuringTheHandlerIsNoDisconnect) {
  Waker waker;
  int calls = 0;
  bool gone = false;
  StartServer([&](HttpExchange& exchange) -> Task<void> {
    exchange.OnDisconnect([&] { gone = true; });
    if (++calls == 1) co_await waker.Wait();
    exchange.Respond(200, kText, absl::StrCat(calls));
  });
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    co_await peer.Write(kGet);
    while (calls == 0) co_await boost::asio::post(io_, boost::asio::use_awaitable);
    co_await peer.Write(Post(std::string(20000, 'x')));
    for (int i = 0; i < 20; ++i) co_await boost::asio::post(io_, boost::asio::use_awaitable);
    EXPECT_FALSE(gone);
    waker.Wake();
    EXPECT_THAT(co_await peer.ReadMessage(), EndsWith("\r\n\r\n1"));
    EXPECT_THAT(co_await peer.ReadMessage(), EndsWith("\r\n\r\n2"));
  }());
}

TEST_F(HttpServerTest, AStreamNoticesThatTheClientLeft) {
  bool ended = false;
  StartServer([&](HttpExchange& exchange) -> Task<void> {
    exchange.StartStream({});
    absl::Status status;
    while (status.ok()) {
      status = co_await exchange.Write(std::string(100'000, 'x'));
      co_await boost::asio::post(exchange.io(), boost::asio::use_awaitable);
    }
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled));
    ended = true;
  });
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    co_await peer.Write(kGet);
    co_await peer.ReadUntil("xxx");
  }());
  RunUntil([&] { return ended; });
}

TEST_F(HttpServerTest, ASlowClientGetsEverythingAndAStuckOneIsDropped) {
  const std::string large(20 << 20, 'x');
  const HttpHandler handler = [&](HttpExchange& exchange) -> Task<void> {
    if (exchange.path() == "/p") co_return exchange.Respond(200, kText, large);
    exchange.StartStream({});
    absl::Status status = co_await exchange.Write(large);
    if (status.ok()) status = co_await exchange.Finish();
  };
  StartServer(handler);
  EXPECT_TRUE(Ask(Post("")).ends_with("\r\n\r\n" + large));
  StartServer(handler, {.write_timeout = absl::Milliseconds(100)});
  for (const std::string& request : {Post(""), std::string(kGet)}) {
    const uint64_t before = server_->stats().timeouts;
    Run([&]() -> Task<void> {
      RawPeer peer = co_await Connect(port_);
      co_await peer.Write(request);
      while (server_->stats().timeouts == before) {
        co_await boost::asio::post(io_, boost::asio::use_awaitable);
      }
    }());
    RunUntil([&] { return server_->stats().connections == 0; });
  }
}

TEST_F(HttpServerTest, ClosesIdleConnectionsAndAnswersDribblingOnesWith408) {
  StartServer(Echo, {.idle_timeout = absl::Milliseconds(60),
                     .head_timeout = absl::Milliseconds(120),
                     .body_timeout = absl::Milliseconds(60)});
  EXPECT_EQ(AskToEnd(""), "");
  EXPECT_THAT(AskToEnd(kGet), EndsWith("GET /a ")) << "kept, then closed as idle";
  EXPECT_EQ(server_->stats().timeouts, 0u);
  EXPECT_THAT(AskToEnd("GET / HT"), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(AskToEnd("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"),
              StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(server_->stats().timeouts, 2u);
}

TEST_F(HttpServerTest, BytesThatDribbleInDoNotProlongTheHeadsTime) {
  StartServer(Echo, {.max_head_bytes = 64 << 20, .head_timeout = absl::Milliseconds(150)});
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    co_await peer.Write("GET / HTTP/1.1\r\nX: ");
    // Each turn of the loop sends one more byte, so that the head never pauses.
    while (server_->stats().timeouts == 0) co_await peer.Write("x");
  }());
  EXPECT_EQ(server_->stats().requests, 0u);
}

TEST_F(HttpServerTest, RefusesConnectionsOverTheLimit) {
  StartServer(Echo, {.max_connections = 1});
  Run([&]() -> Task<void> {
    RawPeer first = co_await Connect(port_);
    co_await first.Write(kGet);
    co_await first.ReadMessage();
    RawPeer second = co_await Connect(port_);
    EXPECT_THAT(co_await second.ReadToEnd(), StartsWith("HTTP/1.1 503 "));
    first.Close();
  }());
  EXPECT_EQ(server_->stats().refused, 1u);
  RunUntil([&] { return server_->stats().connections == 0; });
  EXPECT_THAT(Ask(kGet), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, StopLetsARequestFinishAndClosesTheRest) {
  Waker waker;
  bool handling = false;
  StartServer([&](HttpExchange& exchange) -> Task<void> {
    handling = true;
    co_await waker.Wait();
    exchange.Respond(200, kText, "late");
  });
  bool stopped = false;
  Run([&]() -> Task<void> {
    RawPeer idle = co_await Connect(port_);
    RawPeer busy = co_await Connect(port_);
    co_await busy.Write(kGet);
    while (!handling) co_await boost::asio::post(io_, boost::asio::use_awaitable);
    Spawn([](HttpServer& server, bool& stopped) -> Task<void> {
      co_await server.Stop(absl::Seconds(20));
      stopped = true;
    }(*server_, stopped));
    EXPECT_EQ(co_await idle.ReadToEnd(), "");
    EXPECT_FALSE(stopped);
    waker.Wake();
    EXPECT_THAT(co_await busy.ReadToEnd(),
                AllOf(HasSubstr("Connection: close\r\n"), EndsWith("late")));
  }());
  RunUntil([&] { return stopped; });
  Run([&]() -> Task<void> {
    EXPECT_THROW(co_await Connect(port_), boost::system::system_error) << "no longer listening";
  }());
}

TEST_F(HttpServerTest, StopTellsHandlersWhenTheGraceIsOver) {
  Waker waker;
  bool handling = false;
  StartServer([&](HttpExchange& exchange) -> Task<void> {
    exchange.OnDisconnect([&] { waker.WakeLater(io_.get_executor()); });
    handling = true;
    co_await waker.Wait();
  });
  Run([&]() -> Task<void> {
    RawPeer peer = co_await Connect(port_);
    co_await peer.Write(kGet);
    while (!handling) co_await boost::asio::post(io_, boost::asio::use_awaitable);
    co_await server_->Stop(absl::Milliseconds(10));
    EXPECT_EQ(server_->stats().connections, 0u);
  }());
}

TEST_F(HttpServerTest, ALoopThatDiesTakesItsSessionsAlong) {
  auto io = std::make_unique<boost::asio::io_context>(1);
  auto deadlines = std::make_unique<Deadlines>(*io);
  auto listener = HttpListener::Open("127.0.0.1:0");
  ASSERT_TRUE(listener.ok());
  struct Guard {
    bool& flag;
    ~Guard() { flag = true; }
  };
  bool destroyed = false;
  bool handling = false;
  Waker waker;
  auto server = HttpServer::Start(*io, *deadlines, **listener, {},
                                  [&](HttpExchange& exchange) -> Task<void> {
                                    Guard guard{destroyed};
                                    exchange.Respond(200, kText, std::string(20 << 20, 'x'));
                                    handling = true;
                                    co_return;
                                  });
  ASSERT_TRUE(server.ok());
  boost::asio::ip::tcp::socket idle(io_);
  idle.connect((*listener)->endpoint());
  boost::asio::ip::tcp::socket socket(io_);
  socket.connect((*listener)->endpoint());
  boost::asio::write(socket, boost::asio::buffer(std::string(kGet)));
  while (!handling) io->run_one();
  io->poll();
  EXPECT_EQ((*server)->stats().connections, 2u);
  server->reset();
  deadlines.reset();
  io.reset();
  EXPECT_TRUE(destroyed);
}

TEST_F(HttpServerTest, ServersOnSeveralLoopsShareOneListener) {
  auto listener = HttpListener::Open("127.0.0.1:0");
  ASSERT_TRUE(listener.ok());
  port_ = (*listener)->port();
  boost::asio::io_context other_io(1);
  Deadlines other_deadlines(other_io);
  auto one = HttpServer::Start(io_, deadlines_, **listener, {}, Echo);
  auto other = HttpServer::Start(other_io, other_deadlines, **listener, {}, Echo);
  ASSERT_TRUE(one.ok() && other.ok());
  listener->reset();
  EXPECT_THAT(Ask(kGet), StartsWith("HTTP/1.1 200 "));
  boost::asio::ip::tcp::socket socket(io_);
  socket.connect({boost::asio::ip::address_v4::loopback(), port_});
  while ((*other)->stats().accepted == 0) other_io.run_one();
  EXPECT_EQ((*one)->stats().accepted, 1u);
}

TEST(HttpListener, RefusesASecondListenerWithARemedy) {
  auto first = HttpListener::Open("127.0.0.1:0");
  ASSERT_TRUE(first.ok());
  const std::string address = (*first)->address();
  EXPECT_THAT(HttpListener::Open(address),
              StatusIs(absl::StatusCode::kUnavailable,
                       "cannot listen on " + address +
                           ": address already in use; stop the other process or choose another "
                           "port"));
  first->reset();
  EXPECT_TRUE(HttpListener::Open(address).ok());
}

TEST(HttpListener, RefusesAnAddressThatIsNone) {
  for (const char* address : {"", "8080", "127.0.0.1", ":8080", "127.0.0.1:x", "127.0.0.1:70000",
                              "127.0.0.1:-1", "127.0.0.1:"}) {
    EXPECT_THAT(HttpListener::Open(address), StatusIs(absl::StatusCode::kInvalidArgument))
        << address;
  }
}

}  // namespace
}  // namespace warmpath
