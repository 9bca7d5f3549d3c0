// Proxies: tiny ones, which speak CONNECT and SOCKS5 over real sockets, and what is wrong with some.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/http/cancel_token.h"
#include "base/http/http_client.h"
#include "base/http/proxy.h"
#include "boost/asio/post.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/http/loop_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawPeer;
using testing::StatusIs;
using testing::Task;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr auto kConnect = ProxyOptions::Kind::kConnect;
constexpr auto kSocks5 = ProxyOptions::Kind::kSocks5;

using Socket = asio::ip::tcp::socket;

Task<void> Pump(Socket& from, Socket& to) {
  char bytes[16384];
  for (;;) {
    boost::system::error_code error;
    const size_t got = co_await from.async_read_some(
        asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    co_await asio::async_write(to, asio::buffer(bytes, got),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
  }
  boost::system::error_code ignored;
  to.shutdown(Socket::shutdown_send, ignored);
}

class TunnelTest : public testing::LoopFixture {
 protected:
  // Carries bytes between the peer and the server at `port` until one of them ends.
  Task<void> Carry(RawPeer& peer, uint16_t port) {
    Socket target(io_);
    co_await target.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
    bool back_done = false;
    asio::co_spawn(io_, Pump(target, peer.socket()), [&](std::exception_ptr) { back_done = true; });
    co_await Pump(peer.socket(), target);
    while (!back_done) co_await asio::post(io_, asio::use_awaitable);
  }

  // A proxy that answers CONNECT with `answer` and then carries to `target`.
  Script ConnectProxy(uint16_t target, std::string answer = "HTTP/1.1 200 Tunnel open\r\n\r\n") {
    return [=, this](RawPeer& peer) -> Task<void> {
      asked_.push_back(co_await peer.ReadUntil("\r\n\r\n"));
      co_await peer.Write(answer);
      co_await Carry(peer, target);
    };
  }

  static Task<std::string> ReadBytes(RawPeer& peer, size_t bytes) {
    std::string text(bytes, '\0');
    boost::system::error_code error;
    const size_t got = co_await asio::async_read(
        peer.socket(), asio::buffer(text), asio::redirect_error(asio::use_awaitable, error));
    text.resize(got);
    co_return text;
  }

  // One that speaks SOCKS5: `method` answers the greeting, `verdict` a login, `reply` the request.
  Script SocksProxy(uint16_t target, std::string method = std::string("\x05\x00", 2),
                    std::string verdict = "",
                    std::string reply = std::string("\x05\x00\x00\x01\x7f\x00\x00\x01\x12\x34", 10)) {
    return [=, this](RawPeer& peer) -> Task<void> {
      std::string seen = co_await ReadBytes(peer, 2);
      if (seen.size() == 2) seen += co_await ReadBytes(peer, static_cast<unsigned char>(seen[1]));
      asked_.push_back(seen);
      co_await peer.Write(method);
      if (!verdict.empty()) {
        std::string login = co_await ReadBytes(peer, 2);
        login += co_await ReadBytes(peer, static_cast<unsigned char>(login[1]) + 1);
        login += co_await ReadBytes(peer, static_cast<unsigned char>(login.back()));
        asked_.push_back(login);
        co_await peer.Write(verdict);
      }
      std::string request = co_await ReadBytes(peer, 5);
      if (request.size() < 5) co_return;
      const size_t rest = request[3] == 1   ? 5
                          : request[3] == 4 ? 17
                                            : static_cast<unsigned char>(request[4]) + 2;
      request += co_await ReadBytes(peer, rest);
      asked_.push_back(request);
      co_await peer.Write(reply);
      co_await Carry(peer, target);
    };
  }

  static Script Answering(std::string answer) {
    return [=](RawPeer& peer) -> Task<void> {
      for (;;) {
        const std::string request = co_await peer.ReadMessage();
        if (request.empty()) co_return;
        co_await peer.Write(answer);
      }
    };
  }

  // A pool for `host` behind a proxy at `proxy_port`.
  void UseProxy(ProxyOptions::Kind kind, uint16_t proxy_port, HttpPoolOptions options = {},
                const std::string& credentials = "", uint16_t target_port = 8080) {
    options.proxy.kind = kind;
    options.proxy.host = "127.0.0.1";
    options.proxy.port = proxy_port;
    if (!credentials.empty()) {
      ASSERT_THAT(SetProxyCredentials(credentials, &options.proxy), testing::IsOk());
    }
    proxy_name_ = options.proxy.Name();
    StartPool(target_port, std::move(options));
  }

  absl::Status Failure() {
    absl::Status status;
    Run([&]() -> Task<void> {
      HttpRequest request{.target = "/"};
      status = (co_await pool_->Send(request)).status();
    }());
    return status;
  }

  std::string FetchNow() {
    std::string result;
    Run([&]() -> Task<void> {
      HttpRequest request{.target = "/x"};
      request.body = {"{}"};
      result = co_await Fetch(request);
    }());
    return result;
  }

  std::vector<std::string> asked_;
  std::string proxy_name_;
};

TEST_F(TunnelTest, GoesThroughAConnectProxyAndKeepsTheTunnel) {
  const uint16_t target = StartRawServer({Answering(kOk)});
  UseProxy(kConnect, StartRawServer({ConnectProxy(target)}), {.host = "api.example"});
  EXPECT_EQ(FetchNow(), "200 ok");
  EXPECT_EQ(FetchNow(), "200 ok");
  ASSERT_EQ(asked_.size(), 1u) << "one tunnel for both requests";
  EXPECT_EQ(asked_[0],
            "CONNECT api.example:8080 HTTP/1.1\r\nHost: api.example:8080\r\n\r\n")
      << "the name is the proxy's to resolve";
  EXPECT_EQ(pool_->stats().reused, 1u);
}

TEST_F(TunnelTest, SendsCredentialsToAConnectProxy) {
  const uint16_t target = StartRawServer({Answering(kOk)});
  UseProxy(kConnect, StartRawServer({ConnectProxy(target)}), {.host = "::1"}, "me:pass:word");
  EXPECT_EQ(FetchNow(), "200 ok");
  EXPECT_THAT(asked_[0], HasSubstr("CONNECT [::1]:8080 HTTP/1.1\r\n"));
  EXPECT_THAT(asked_[0], HasSubstr("Proxy-Authorization: Basic bWU6cGFzczp3b3Jk\r\n"));
}

TEST_F(TunnelTest, GoesThroughASocksProxyByNameAndByAddress) {
  const uint16_t target = StartRawServer({Answering(kOk)});
  const uint16_t proxy = StartRawServer({SocksProxy(target)});
  const struct {
    const char* host;
    std::string request;
  } cases[] = {
      {"api.example", std::string("\x05\x01\x00\x03\x0b"
                                  "api.example\x1f\x90",
                                  18)},
      {"10.1.2.3", std::string("\x05\x01\x00\x01\x0a\x01\x02\x03\x1f\x90", 10)},
      {"::1", std::string("\x05\x01\x00\x04", 4) + std::string(15, '\0') + "\x01\x1f\x90"},
  };
  for (const auto& c : cases) {
    asked_.clear();
    UseProxy(kSocks5, proxy, {.host = c.host});
    EXPECT_EQ(FetchNow(), "200 ok") << c.host;
    ASSERT_EQ(asked_.size(), 2u);
    EXPECT_EQ(asked_[0], std::string("\x05\x01\x00", 3));
    EXPECT_EQ(asked_[1], c.request) << c.host;
  }
}

TEST_F(TunnelTest, LogsInToASocksProxyThatAsksForIt) {
  const uint16_t target = StartRawServer({Answering(kOk)});
  UseProxy(kSocks5,
           StartRawServer({SocksProxy(target, "\x05\x02", std::string("\x01\x00", 2))}),
           {.host = "api.example"}, "me:secret");
  EXPECT_EQ(FetchNow(), "200 ok");
  EXPECT_EQ(asked_[0], std::string("\x05\x02\x00\x02", 4));
  EXPECT_EQ(asked_[1], "\x01\x02me\x06secret");
}

TEST_F(TunnelTest, ASocksProxyMayNameWhatItBoundInAnyForm) {
  const uint16_t target = StartRawServer({Answering(kOk)});
  for (const std::string& reply :
       {std::string("\x05\x00\x00\x03\x02hi\x00\x01", 9),
        std::string("\x05\x00\x00\x04", 4) + std::string(18, 'x')}) {
    UseProxy(kSocks5, StartRawServer({SocksProxy(target, std::string("\x05\x00", 2), "", reply)}),
             {.host = "h"});
    EXPECT_EQ(FetchNow(), "200 ok") << reply.size();
  }
}

TEST_F(TunnelTest, NamesTheProxyThatRefusesAndNeverItsCredentials) {
  const auto say = [](std::string text) {
    return [text](RawPeer& peer) -> Task<void> {
      co_await peer.ReadUntil("\r\n\r\n");
      co_await peer.Write(text);
      co_await peer.ReadToEnd();
    };
  };
  const auto close = [](RawPeer& peer) -> Task<void> {
    peer.Close();
    co_return;
  };
  const auto method = [this](std::string text, std::string verdict = "") {
    return SocksProxy(1, std::move(text), std::move(verdict));
  };
  const auto reply = [this](std::string text) {
    return SocksProxy(1, std::string("\x05\x00", 2), "", std::move(text));
  };
  const struct {
    ProxyOptions::Kind kind;
    Script script;
    const char* words;
  } cases[] = {
      {kConnect, say("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n"), "(407)"},
      {kConnect, say("HTTP/1.1 403 No\r\n\r\n"), "403"},
      {kConnect, say("HTTP/1.0 502 No\r\n\r\n"), "502"},
      {kConnect, say("SSH-2.0-OpenSSH\r\n"), "not HTTP"},
      {kConnect, say("HTTP/1.1 abc\r\n\r\n"), "not HTTP"},
      {kConnect, say("HTTP/1.1 200 OK\r\n\r\nand more"), "more than its answer"},
      {kConnect, say("HTTP/1.1 200 " + std::string(20000, 'x')), "not HTTP"},
      {kConnect, close, "closed"},
      {kSocks5, method(std::string("\x05\xff", 2)), "logged in"},
      {kSocks5, method("HTTP/1.1 400"), "not SOCKS5"},
      {kSocks5, method("\x05\x02", "\x01\x01"), "refuses the credentials"},
      {kSocks5, method("\x05\x02", std::string("\x07\x00", 2)), "not SOCKS5"},
      {kSocks5, reply(std::string("\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00", 10)),
       "connection refused"},
      {kSocks5, reply(std::string("\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", 10)), "not allowed"},
      {kSocks5, reply(std::string("\x05\x63\x00\x01\x00\x00\x00\x00\x00\x00", 10)), "unknown reply"},
      {kSocks5, reply(std::string("\x05\x00\x00\x09\x00", 5)), "not SOCKS5"},
      {kSocks5, reply(std::string("\x04\x00\x00\x01\x00", 5)), "not SOCKS5"},
      {kSocks5, close, "closed"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.words);
    UseProxy(c.kind, StartRawServer({c.script}), {.host = "api.example"}, "me:hidden-word");
    const absl::Status status = Failure();
    EXPECT_EQ(FailureName(status), "connect");
    const std::string message(status.message());
    EXPECT_THAT(message, AllOf(HasSubstr(proxy_name_), HasSubstr("api.example"),
                               HasSubstr(c.words), Not(HasSubstr("hidden-word"))));
    EXPECT_EQ(pool_->stats().open, 0u);
  }
}

TEST_F(TunnelTest, TheConnectTimeOutCoversTheProxy) {
  const auto silent = [](RawPeer& peer) -> Task<void> { co_await peer.ReadToEnd(); };
  for (const auto kind : {kConnect, kSocks5}) {
    UseProxy(kind, StartRawServer({silent}),
             {.host = "api.example", .connect_timeout = absl::Milliseconds(60)});
    const absl::Status status = Failure();
    EXPECT_EQ(FailureName(status), "connect_timeout");
    EXPECT_THAT(std::string(status.message()), HasSubstr(proxy_name_));
  }
}

TEST_F(TunnelTest, CancellingEndsTheHandshakeWithTheProxy) {
  CancelToken cancel;
  UseProxy(kConnect, StartRawServer({[&](RawPeer& peer) -> Task<void> {
             co_await peer.ReadUntil("\r\n\r\n");
             cancel.Cancel();
             co_await peer.ReadToEnd();
           }}),
           {.host = "api.example"});
  std::string result;
  Run([&]() -> Task<void> {
    HttpRequest request{.target = "/", .cancel = &cancel};
    result = co_await Fetch(request);
  }());
  EXPECT_EQ(result, "cancelled");
}

TEST_F(TunnelTest, NamesAProxyThatIsNotThere) {
  const uint16_t free_port = [&] {
    auto listener = HttpListener::Open("127.0.0.1:0");
    return (*listener)->port();
  }();
  UseProxy(kSocks5, free_port, {.host = "api.example"});
  const absl::Status status = Failure();
  EXPECT_EQ(FailureName(status), "connect");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("the proxy socks5://127.0.0.1:", free_port)));
}

TEST_F(TunnelTest, TlsGoesThroughTheTunnelAndIsCheckedAgainstTheTarget) {
  const TlsServerOptions files = testing::WriteCertificate("tunnel", {});
  auto context = MakeTlsServerContext(files);
  ASSERT_THAT(context, testing::IsOk());
  StartServer(
      [](HttpExchange& exchange) -> Task<void> {
        exchange.Respond(200, "", "secret ok");
        co_return;
      },
      {.tls = *context});
  for (const auto kind : {kConnect, kSocks5}) {
    const auto script = kind == kConnect ? ConnectProxy(port_) : SocksProxy(port_);
    HttpPoolOptions options{.host = "localhost", .tls = true};
    options.tls_options.ca_file = files.certificate_file;
    UseProxy(kind, StartRawServer({script}), options, "", port_);
    EXPECT_EQ(FetchNow(), "200 secret ok");
    options.host = "elsewhere.example";
    UseProxy(kind, StartRawServer({script}), options, "", port_);
    EXPECT_EQ(FailureName(Failure()), "tls") << "a proxy cannot lead elsewhere unnoticed";
  }
}

TEST(Proxy, ReadsWhatAConfigSays) {
  const auto connect = ParseProxy("http://proxy.example:3128/");
  ASSERT_THAT(connect, testing::IsOk());
  EXPECT_EQ(connect->kind, kConnect);
  EXPECT_EQ(connect->Name(), "http://proxy.example:3128");
  const auto socks = ParseProxy("socks5://[::1]:1080");
  ASSERT_THAT(socks, testing::IsOk());
  EXPECT_EQ(socks->host, "::1");
  EXPECT_EQ(socks->Name(), "socks5://[::1]:1080");
  EXPECT_EQ(ParseProxy("")->kind, ProxyOptions::Kind::kNone);
  for (const char* bad :
       {"proxy:1", "https://p:1", "socks4://p:1", "http://", "http://:1", "http://p", "http://p:0",
        "http://p:99999", "http://p:x", "http://p:1/x", "http://::1:1", "http://[::1:1",
        "http://a b:1", "http://a\r\nb:1"}) {
    EXPECT_THAT(ParseProxy(bad), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("proxy")))
        << bad;
  }
  const absl::Status with_password = ParseProxy("http://me:hidden@p:1").status();
  EXPECT_THAT(std::string(with_password.message()),
              AllOf(HasSubstr("proxy_credentials"), Not(HasSubstr("hidden"))));
}

TEST(Proxy, ChecksCredentialsWithoutRepeatingThem) {
  ProxyOptions proxy;
  EXPECT_THAT(SetProxyCredentials("me:a:b", &proxy), testing::IsOk());
  EXPECT_EQ(proxy.user, "me");
  EXPECT_EQ(proxy.password, "a:b");
  for (const std::string& bad : {std::string("hidden"), std::string(":hidden"),
                                 std::string("me:hid\r\nden"), "me:" + std::string(256, 'h')}) {
    const absl::Status status = SetProxyCredentials(bad, &proxy);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hid")));
  }
}

}  // namespace
}  // namespace warmpath
