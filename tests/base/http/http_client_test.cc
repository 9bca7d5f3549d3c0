#include "base/http/http_client.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/http/cancel_token.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/http/loop_fixture.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::RawPeer;
using testing::Task;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

HttpRequest Json(CancelToken* cancel = nullptr,
                 absl::Duration total_timeout = absl::InfiniteDuration()) {
  return {.body = {"{}"}, .total_timeout = total_timeout, .cancel = cancel};
}

class HttpClientTest : public testing::LoopFixture {
 protected:
  static Script Answering(std::string answer, int times = 1'000'000) {
    return [=](RawPeer& peer) -> Task<void> {
      for (int i = 0; i < times; ++i) {
        if ((co_await peer.ReadMessage()).empty()) co_return;
        co_await peer.Write(answer);
      }
    };
  }

  // Reads the request and then says nothing until the client goes away.
  static Script Silent() {
    return [](RawPeer& peer) -> Task<void> {
      co_await peer.ReadMessage();
      co_await peer.ReadToEnd();
    };
  }

  std::string FetchNow(HttpRequest request = Json()) {
    std::string result;
    Run([&]() -> Task<void> { result = co_await Fetch(request); }());
    return result;
  }
};

TEST_F(HttpClientTest, SplicesTheBodyAndReusesTheConnection) {
  std::vector<std::string> seen;
  StartPool(StartRawServer({[&](RawPeer& peer) -> Task<void> {
    for (;;) {
      seen.push_back(co_await peer.ReadMessage());
      if (!co_await peer.Write(kOk)) co_return;
    }
  }}));
  HttpRequest request{.target = "/v1/x"};
  request.header_blocks = {"A: 1\r\nB: 2\r\n", "C: 3\r\n"};
  request.body = {"{\"model\":\"", "m", "", "\"}"};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(FetchNow(request), "200 ok");
  ASSERT_GE(seen.size(), 3u);
  EXPECT_EQ(seen[2], absl::StrCat("POST /v1/x HTTP/1.1\r\nHost: ", pool_->origin().substr(7),
                                  "\r\nA: 1\r\nB: 2\r\nC: 3\r\nContent-Length: 13\r\n\r\n"
                                  "{\"model\":\"m\"}"));
  EXPECT_EQ(pool_->stats().opened, 1u);
  EXPECT_EQ(pool_->stats().reused, 2u);
  EXPECT_EQ(pool_->stats().idle, 1u);
}

TEST_F(HttpClientTest, ReadsEveryFramingAndKeepsOnlyConnectionsThatMayBeKept) {
  struct Case {
    const char* answer;
    const char* expected;
    bool kept;
  };
  const Case cases[] = {
      {kOk, "200 ok", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
       "200 ok", true},
      {"HTTP/1.1 204 No Content\r\n\r\n", "204 ", true},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n"
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
       "200 ok", true},
      {"HTTP/1.1 500 Oops\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", "500 x", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200", "200 ok", false},
  };
  for (const Case& c : cases) {
    StartPool(StartRawServer({Answering(c.answer)}));
    EXPECT_EQ(FetchNow(), c.expected) << c.answer;
    EXPECT_EQ(pool_->stats().idle, c.kept ? 1u : 0u) << c.answer;
    EXPECT_EQ(pool_->stats().open, c.kept ? 1u : 0u) << c.answer;
  }
  StartPool(StartRawServer({[](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    co_await peer.Write("HTTP/1.1 200 OK\r\n\r\nuntil the end");
  }}));
  EXPECT_EQ(FetchNow(), "200 until the end");
  EXPECT_EQ(pool_->stats().open, 0u);
}

TEST_F(HttpClientTest, NamesWhatIsWrongWithAnAnswer) {
  struct Case {
    const char* answer;
    const char* expected;
  };
  const Case cases[] = {
      {"", "reset"},
      {"HTTP/1.1 200 OK\r\nContent-", "reset"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "truncated"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", "truncated"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "malformed"},
      {"garbage", "malformed"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "malformed"},
  };
  for (const Case& c : cases) {
    StartPool(StartRawServer({Answering(c.answer, 1)}));
    EXPECT_EQ(FetchNow(), c.expected) << c.answer;
    EXPECT_EQ(pool_->stats().open, 0u) << c.answer;
  }
}

TEST_F(HttpClientTest, TellsAResetBeforeTheAnswerFromOneInItsMiddle) {
  StartPool(StartRawServer({[](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    peer.Reset();
  }}));
  EXPECT_EQ(FetchNow(), "reset");
  StartPool(StartRawServer({[](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    co_await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
    peer.Reset();
  }}));
  EXPECT_THAT(FetchNow(), ::testing::AnyOf("truncated", "reset"));
}

TEST_F(HttpClientTest, LimitsHeadAndBody) {
  StartPool(StartRawServer({Answering("HTTP/1.1 200 OK\r\nX: " + std::string(5000, 'x') +
                                      "\r\nContent-Length: 0\r\n\r\n")}),
            {.max_response_head_bytes = 4000});
  EXPECT_EQ(FetchNow(), "too_large");
  StartPool(StartRawServer(
      {Answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"),
       Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n")}));
  for (int i = 0; i < 2; ++i) {
    Run([&]() -> Task<void> {
      auto answer = co_await pool_->Send(Json());
      EXPECT_TRUE(answer.ok());
      if (!answer.ok()) co_return;
      EXPECT_EQ(FailureName((co_await answer->ReadAll(9)).status()), "too_large");
      EXPECT_EQ(FailureName((co_await answer->Read()).status()), "too_large") << "the error stays";
    }());
    EXPECT_EQ(pool_->stats().open, 0u);
  }
}

TEST_F(HttpClientTest, RetriesOnceWhenAKeptConnectionTurnsOutDead) {
  int connections = 0;
  std::vector<std::string> second;
  StartPool(StartRawServer({[&](RawPeer& peer) -> Task<void> {
                              ++connections;
                              co_await peer.ReadMessage();
                              co_await peer.Write(kOk);
                              co_await peer.ReadMessage();  // and closes without an answer
                            },
                            [&](RawPeer& peer) -> Task<void> {
                              ++connections;
                              second.push_back(co_await peer.ReadMessage());
                              co_await peer.Write(kOk);
                              co_await peer.ReadToEnd();
                            }}));
  EXPECT_EQ(FetchNow(), "200 ok");
  EXPECT_EQ(FetchNow({.target = "/again", .body = {"a", "b"}}), "200 ok");
  EXPECT_EQ(connections, 2);
  EXPECT_EQ(pool_->stats().stale_retries, 1u);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_THAT(second[0], StartsWith("POST /again "));
  EXPECT_THAT(second[0], HasSubstr("\r\n\r\nab"));
}

TEST_F(HttpClientTest, DoesNotRetryAFreshConnectionOrAfterTheFirstByte) {
  int connections = 0;
  StartPool(StartRawServer({[&](RawPeer& peer) -> Task<void> {
    ++connections;
    co_await peer.ReadMessage();
    if (connections == 1) co_return;
    co_await peer.Write(kOk);
    co_await peer.ReadMessage();
    co_await peer.Write("HTTP/1.1 2");
  }}));
  EXPECT_EQ(FetchNow(), "reset") << "a fresh connection";
  EXPECT_EQ(FetchNow(), "200 ok");
  EXPECT_EQ(FetchNow(), "reset") << "reused, but bytes had come";
  EXPECT_EQ(connections, 2);
  EXPECT_EQ(pool_->stats().stale_retries, 0u);
}

TEST_F(HttpClientTest, DropsAnIdleConnectionWhenThePeerClosesItOrItGetsOld) {
  StartPool(StartRawServer({Answering(kOk, 1)}));
  EXPECT_EQ(FetchNow(), "200 ok");
  RunUntil([&] { return pool_->stats().open == 0; });
  StartPool(StartRawServer({Answering(kOk)}), {.idle_keepalive = absl::Milliseconds(60)});
  EXPECT_EQ(FetchNow(), "200 ok");
  EXPECT_EQ(pool_->stats().idle, 1u);
  RunUntil([&] { return pool_->stats().open == 0; });
  EXPECT_EQ(pool_->stats().idle, 0u);
}

TEST_F(HttpClientTest, KeepsNoMoreIdleConnectionsThanAllowed) {
  StartPool(StartRawServer({Answering(kOk)}), {.max_idle = 1});
  int done = 0;
  for (int i = 0; i < 3; ++i) {
    boost::asio::co_spawn(
        io_,
        [&]() -> Task<void> {
          EXPECT_EQ(co_await Fetch(Json()), "200 ok");
          ++done;
        },
        boost::asio::detached);
  }
  RunUntil([&] { return done == 3; });
  EXPECT_EQ(pool_->stats().opened, 3u);
  EXPECT_EQ(pool_->stats().open, 1u);
}

TEST_F(HttpClientTest, EachTimeOutHasItsName) {
  const uint16_t silent = StartRawServer({Silent()});
  StartPool(silent, {.first_byte_timeout = absl::Milliseconds(60)});
  EXPECT_EQ(FetchNow(), "first_byte_timeout");
  StartPool(silent);
  EXPECT_EQ(FetchNow(Json(nullptr, absl::Milliseconds(60))), "total_timeout");

  StartPool(StartRawServer({[](RawPeer& peer) -> Task<void> {
              co_await peer.ReadMessage();
              co_await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
              co_await peer.ReadToEnd();
            }}),
            {.idle_timeout = absl::Milliseconds(60)});
  EXPECT_EQ(FetchNow(), "idle_timeout");

  // Nobody reads: the request does not fit into the sockets' buffers.
  auto unread = std::make_shared<std::vector<RawPeer>>();
  StartPool(StartRawServer({[unread](RawPeer& peer) -> Task<void> {
              unread->push_back(std::move(peer));
              co_return;
            }}),
            {.idle_timeout = absl::Milliseconds(60)});
  const std::string large(64 << 20, 'x');
  EXPECT_EQ(FetchNow({.body = {large}}), "idle_timeout");

  // TLS to a peer that never answers the hello.
  StartPool(StartRawServer({[](RawPeer& peer) -> Task<void> { co_await peer.ReadToEnd(); }}),
            {.tls = true, .connect_timeout = absl::Milliseconds(60)});
  EXPECT_EQ(FetchNow(), "connect_timeout");
  EXPECT_EQ(pool_->stats().open, 0u);
}

TEST_F(HttpClientTest, TheTotalTimeAlsoEndsABodyThatNobodyReads) {
  StartPool(StartRawServer({[](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    co_await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    co_await peer.ReadToEnd();
  }}));
  Run([&]() -> Task<void> {
    auto answer =
        co_await pool_->Send(Json(nullptr, absl::Milliseconds(100)));
    EXPECT_TRUE(answer.ok());
    if (!answer.ok()) co_return;
    EXPECT_EQ(*co_await answer->Read(), "abc");
    EXPECT_EQ(FailureName((co_await answer->Read()).status()), "total_timeout");
  }());
}

TEST_F(HttpClientTest, NamesAnUnreachablePeerAndAnUnknownName) {
  const uint16_t free_port = [&] {
    auto listener = HttpListener::Open("127.0.0.1:0");
    return (*listener)->port();
  }();
  StartPool(free_port);
  Run([&]() -> Task<void> {
    const auto answer = co_await pool_->Send(Json());
    EXPECT_EQ(FailureName(answer.status()), "connect");
    EXPECT_THAT(std::string(answer.status().message()),
                HasSubstr(absl::StrCat("127.0.0.1:", free_port, ": Connection refused")));
  }());
  StartPool(80, {.host = "no-such-host.invalid"});
  EXPECT_EQ(FetchNow(), "resolve");
  EXPECT_EQ(pool_->stats().open, 0u);
}

TEST_F(HttpClientTest, TriesEveryAddressOfAName) {
  // "localhost" is ::1 and 127.0.0.1 where both exist; the server listens on one of them only.
  StartPool(StartRawServer({Answering(kOk)}), {.host = "localhost"});
  EXPECT_EQ(FetchNow(), "200 ok");
  EXPECT_EQ(FetchNow(), "200 ok");
}

TEST_F(HttpClientTest, AFullPoolFailsAtOnceOrWaitsItsTime) {
  const uint16_t port = StartRawServer({Silent()});
  for (const absl::Duration wait : {absl::ZeroDuration(), absl::Milliseconds(60)}) {
    StartPool(port, {.max_connections = 1, .acquire_timeout = wait});
    CancelToken cancel;
    std::string first;
    boost::asio::co_spawn(
        io_,
        [&]() -> Task<void> {
          first = co_await Fetch(Json(&cancel));
        },
        boost::asio::detached);
    RunUntil([&] { return pool_->stats().open == 1; });
    EXPECT_EQ(FetchNow(), "pool_full");
    EXPECT_EQ(pool_->stats().pool_full, 1u);
    cancel.Cancel();
    RunUntil([&] { return !first.empty(); });
    EXPECT_EQ(first, "cancelled");
  }
}

TEST_F(HttpClientTest, HandsAFreedConnectionOrItsPlaceToWhoWaits) {
  int connections = 0;
  StartPool(StartRawServer({[&](RawPeer& peer) -> Task<void> {
              ++connections;
              co_await Answering(kOk, 4)(peer);  // then closes
            }}),
            {.max_connections = 1, .acquire_timeout = absl::Seconds(20)});
  int ok = 0;
  for (int i = 0; i < 8; ++i) {
    boost::asio::co_spawn(
        io_,
        [&]() -> Task<void> {
          const std::string result = co_await Fetch(Json());
          EXPECT_EQ(result, "200 ok");
          ++ok;
        },
        boost::asio::detached);
  }
  RunUntil([&] { return ok == 8; });
  EXPECT_EQ(connections, 2);
}

TEST_F(HttpClientTest, CancellingEndsWaitingSendingAndReading) {
  StartPool(StartRawServer({[](RawPeer& peer) -> Task<void> {
              co_await peer.ReadMessage();
              co_await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
              EXPECT_EQ(co_await peer.ReadToEnd(), "");
            }}),
            {.max_connections = 1, .acquire_timeout = absl::Seconds(20)});
  CancelToken cancel_reading;
  CancelToken cancel_waiting;
  std::string reading;
  std::string waiting;
  bool has_head = false;
  boost::asio::co_spawn(
      io_,
      [&]() -> Task<void> {
        auto answer = co_await pool_->Send(Json(&cancel_reading));
        EXPECT_TRUE(answer.ok());
        EXPECT_EQ(*co_await answer->Read(), "abc");
        has_head = true;
        reading = FailureName((co_await answer->Read()).status());
      },
      boost::asio::detached);
  RunUntil([&] { return has_head; });
  boost::asio::co_spawn(
      io_,
      [&]() -> Task<void> {
        waiting = co_await Fetch(Json(&cancel_waiting));
      },
      boost::asio::detached);
  cancel_waiting.Cancel();
  EXPECT_EQ(FetchNow(Json(&cancel_waiting)), "cancelled") << "from the start";
  RunUntil([&] { return !waiting.empty(); });
  EXPECT_EQ(waiting, "cancelled");
  EXPECT_EQ(reading, "");
  cancel_reading.Cancel();
  RunUntil([&] { return !reading.empty(); });
  EXPECT_EQ(reading, "cancelled");
  EXPECT_EQ(pool_->stats().open, 0u);
}

TEST_F(HttpClientTest, DroppingAStreamClosesTheUpstream) {
  bool upstream_saw_end = false;
  StartPool(StartRawServer({[&](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    co_await peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    co_await peer.ReadToEnd();
    upstream_saw_end = true;
  }}));
  Run([&]() -> Task<void> {
    auto answer = co_await pool_->Send(Json());
    EXPECT_TRUE(answer.ok());
    if (answer.ok()) {
      EXPECT_EQ(*co_await answer->Read(), "abc");
    }
  }());
  RunUntil([&] { return upstream_saw_end; });
  EXPECT_EQ(pool_->stats().open, 0u);
}

TEST_F(HttpClientTest, AnEarlyAnswerEndsAnUnfinishedRequest) {
  StartPool(StartRawServer({[](RawPeer& peer) -> Task<void> {
    co_await peer.ReadUntil("\r\n\r\n");
    co_await peer.Write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
    co_await peer.ReadToEnd();
  }}));
  const std::string large(64 << 20, 'x');
  EXPECT_EQ(FetchNow({.body = {large}}), "413 no");
  EXPECT_EQ(pool_->stats().open, 0u) << "the rest of the request was never sent";
}

TEST_F(HttpClientTest, RefusesATargetThatWouldBeginAnotherRequest) {
  StartPool(StartRawServer({Answering(kOk)}));
  EXPECT_EQ(FetchNow({.target = "/a HTTP/1.1\r\nX: "}), "malformed");
}

TEST_F(HttpClientTest, AStreamMayOutliveItsPool) {
  StartPool(StartRawServer({Answering(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n")}));
  Run([&]() -> Task<void> {
    auto answer = co_await pool_->Send(Json());
    pool_.reset();
    EXPECT_TRUE(answer.ok());
    if (answer.ok()) {
      EXPECT_EQ(*co_await answer->ReadAll(100), "ab");
    }
  }());
}

TEST_F(HttpClientTest, ALoopThatDiesTakesItsRequestsAlong) {
  auto io = std::make_unique<boost::asio::io_context>(1);
  auto deadlines = std::make_unique<Deadlines>(*io);
  const uint16_t port = StartRawServer({Silent()});
  auto pool = HttpPool::Create(*io, *deadlines, {.host = "127.0.0.1", .port = port});
  ASSERT_TRUE(pool.ok());
  bool destroyed = false;
  struct Guard {
    bool& flag;
    ~Guard() { flag = true; }
  };
  boost::asio::co_spawn(
      *io,
      [&]() -> Task<void> {
        Guard guard{destroyed};
        co_await (*pool)->Send(Json());
      },
      boost::asio::detached);
  while ((*pool)->stats().open == 0) io->run_one();
  io->poll();
  pool->reset();
  deadlines.reset();
  EXPECT_FALSE(destroyed);
  io.reset();
  EXPECT_TRUE(destroyed);
}

}  // namespace
}  // namespace warmpath
