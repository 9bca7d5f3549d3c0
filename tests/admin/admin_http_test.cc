#include "admin/admin_http.h"

#include <chrono>
#include <optional>

#include "absl/strings/str_cat.h"
#include "admin/query_params.h"
#include "base/http/http_listener.h"
#include "base/http/http_server.h"
#include "base/json.h"
#include "boost/asio/co_spawn.hpp"
#include "tests/admin/admin_fixture.h"
#include "tests/base/http/loop_fixture.h"

namespace warmpath {
namespace {

using testing::AdminTest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::RawPeer;
using ::testing::StartsWith;
using testing::StatusIs;

TEST(QueryParams, DecodesAndRefusesWhatIsUnknown) {
  const auto params = QueryParams::Parse("workflow=a%2Fb+c&path=", {"workflow", "path"});
  ASSERT_THAT(params, IsOk());
  EXPECT_EQ(params->Get("workflow"), "a/b c");
  EXPECT_TRUE(params->Has("path"));
  EXPECT_THAT(QueryParams::Parse("workfow=x", {"workflow"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("did you mean 'workflow'?")));
  EXPECT_THAT(QueryParams::Parse("workflow=%4", {"workflow"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(*DecodeUrlText(EncodeUrlText("a;b=c \xC3\xA4%")), "a;b=c \xC3\xA4%");
}

// The door on a loopback port, and a client that speaks raw HTTP to it.
class AdminHttpTest : public AdminTest {
 protected:
  void Open(const std::vector<std::string>& tokens = {}) {
    StartAll();
    http_ = std::make_unique<AdminHttp>(*context_, Tokens(tokens));
    auto listener = HttpListener::Open("127.0.0.1:0");
    ASSERT_THAT(listener, IsOk());
    port_ = (*listener)->port();
    auto server =
        HttpServer::Start(io_, deadlines_, **listener, {},
                          [this](HttpExchange& exchange) { return http_->Handle(exchange); });
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
  }

  // The whole answer, head and body.
  std::string Ask(const std::string& method, const std::string& target,
                  const std::string& headers = "", const std::string& body = "") {
    std::optional<std::string> answer;
    boost::asio::co_spawn(
        io_,
        [&]() -> boost::asio::awaitable<void> {
          boost::asio::ip::tcp::socket socket(io_);
          co_await socket.async_connect({boost::asio::ip::address_v4::loopback(), port_},
                                        boost::asio::use_awaitable);
          RawPeer peer(std::move(socket));
          co_await peer.Write(absl::StrCat(method, " ", target,
                                           " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", headers,
                                           "Content-Length: ", body.size(), "\r\n\r\n", body));
          answer = co_await peer.ReadToEnd();
        },
        boost::asio::detached);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!answer && std::chrono::steady_clock::now() < give_up) {
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(20));
    }
    EXPECT_TRUE(answer.has_value()) << target;
    return answer.value_or("");
  }
  std::string Get(const std::string& target, const std::string& headers = "") {
    return Ask("GET", target, headers);
  }
  static std::string BodyOf(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

  boost::asio::io_context io_{1};
  Deadlines deadlines_{io_};
  std::unique_ptr<AdminHttp> http_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
};

TEST_F(AdminHttpTest, TellsWhetherItLivesAndIsReady) {
  Open();
  EXPECT_THAT(Get("/livez"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/readyz"),
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("1 of 1 have an active path")));
  state_.load_time = absl::UnixEpoch();
  EXPECT_THAT(Get("/readyz"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("not ready")));
  EXPECT_THAT(Get("/livez"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminHttpTest, AnswersTheStatusAsJsonWithTheProtosNames) {
  Open();
  const std::string answer = Get("/api/status");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Content-Type: application/json"),
                            HasSubstr("Cache-Control: no-store")));
  const auto json = ParseJson(BodyOf(answer));
  ASSERT_THAT(json, IsOk());
  const auto* path = FindString(*json, "/workflows/0/active_path");
  ASSERT_NE(path, nullptr);
  EXPECT_EQ(*path, "primary");
  EXPECT_NE(Find(*json, "/workflows/0/pinned"), nullptr) << "defaults are written out";
}

TEST_F(AdminHttpTest, AnswersEveryRead) {
  Open();
  const std::string id = Diverge("claude", v1::FINDING_KIND_TOOL_EXTRA, "/tool_calls/1");
  for (const std::string& target :
       {std::string("/api/history?workflow=support&range=15m"),
        std::string("/api/history?workflow=support"),
        std::string("/api/divergences?workflow=support&dimension=tools&range=1h&page_size=5"),
        absl::StrCat("/api/card?id=", EncodeUrlText(id)), std::string("/api/flips?page_size=3"),
        std::string("/api/drills"), std::string("/api/reviews"),
        std::string("/api/audit?workflow=support"),
        std::string("/api/budget?workflow=support")}) {
    const std::string answer = Get(target);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200")) << target;
    EXPECT_THAT(ParseJson(BodyOf(answer)), IsOk()) << target;
  }
  EXPECT_THAT(Get("/api/divergences?workflow=support"), HasSubstr("FINDING_KIND_TOOL_EXTRA"));
  EXPECT_THAT(Get("/metrics"),
              AllOf(HasSubstr("text/plain; version=0.0.4"), HasSubstr("warmpath_build_info")));
}

TEST_F(AdminHttpTest, NamesWhatIsWrongWithARequest) {
  Open();
  const struct {
    std::string target;
    int status;
    std::string message;
  } cases[] = {
      {"/api/history", 400, "the workflow is missing"},
      {"/api/history?workflow=nope", 404, "no workflow 'nope'"},
      {"/api/history?workflow=support&range=15", 400, "15"},
      {"/api/history?workflow=support&start=yesterday", 400, "start must be a time"},
      {"/api/history?wrokflow=support", 400, "did you mean 'workflow'?"},
      {"/api/divergences?workflow=support&dimension=tone", 400, "there are: schema, tools"},
      {"/api/flips?page_size=many", 400, "page_size"},
      {"/api/budget?workflow=suport", 404, "did you mean 'support'?"},
      {"/api/flips?page_token=made-up", 400, "page_token"},
      {"/api/card?id=nothing", 404, "nothing"},
      {"/api/statu", 404, "did you mean '/api/status'?"},
      {"/wp-admin.php", 404, "there is nothing at this path"},
  };
  for (const auto& c : cases) {
    const std::string answer = Get(c.target);
    EXPECT_THAT(answer, StartsWith(absl::StrCat("HTTP/1.1 ", c.status))) << c.target;
    const auto json = ParseJson(BodyOf(answer));
    ASSERT_THAT(json, IsOk()) << answer;
    const auto* message = FindString(*json, "/error/message");
    ASSERT_NE(message, nullptr) << answer;
    EXPECT_THAT(std::string(*message), HasSubstr(c.message)) << c.target;
  }
}

TEST_F(AdminHttpTest, ChangesNothingByPost) {
  Open();
  EXPECT_THAT(Ask("POST", "/api/status"),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: GET, HEAD")));
}

TEST_F(AdminHttpTest, ServesTheDashboardUnderAStrictPolicy) {
  Open();
  const std::string page = Get("/");
  EXPECT_THAT(page,
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/html"),
                    HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'"),
                    HasSubstr("X-Content-Type-Options: nosniff"), HasSubstr("src=\"/app.js\"")));
  EXPECT_THAT(page, Not(HasSubstr("unsafe-inline")));
  const std::string script = Get("/app.js");
  EXPECT_THAT(script, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/javascript")));
  const size_t at = script.find("ETag: ") + 6;
  const std::string etag = script.substr(at, script.find("\r\n", at) - at);
  EXPECT_THAT(Get("/app.js", absl::StrCat("If-None-Match: ", etag, "\r\n")),
              StartsWith("HTTP/1.1 304"));
}

TEST_F(AdminHttpTest, AsksForATokenWhereTheDoorHasOne) {
  Open({"s3cret; with=odd signs"});
  for (const std::string target : {"/api/status", "/metrics", "/api/nothing"}) {
    EXPECT_THAT(Get(target), StartsWith("HTTP/1.1 401")) << target;
    EXPECT_THAT(Get(target, "Authorization: Bearer wrong\r\n"), StartsWith("HTTP/1.1 401"))
        << target;
  }
  EXPECT_THAT(Get("/api/status", "Authorization: Bearer s3cret; with=odd signs\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/livez"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/"), AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("action=\"/login\"")));
}

TEST_F(AdminHttpTest, KeepsATokenInACookieForBrowsers) {
  Open({"s3cret; with=odd signs"});
  const std::string refused = Ask("POST", "/login", "", "token=wrong");
  EXPECT_THAT(refused, AllOf(StartsWith("HTTP/1.1 401"), Not(HasSubstr("Set-Cookie"))));
  for (const std::string& answer : {Ask("POST", "/login", "", "token=s3cret%3B+with%3Dodd+signs"),
                                    Get("/?token=s3cret%3B%20with%3Dodd%20signs")}) {
    EXPECT_THAT(answer, AllOf(HasSubstr("HTTP/1.1 303"), HasSubstr("Location: /\r\n"),
                              HasSubstr("HttpOnly"), HasSubstr("SameSite=Strict")));
    const size_t at = answer.find("Set-Cookie: ") + 12;
    const std::string cookie = answer.substr(at, answer.find(';', at) - at);
    EXPECT_THAT(Get("/api/status", absl::StrCat("Cookie: other=1; ", cookie, "\r\n")),
                StartsWith("HTTP/1.1 200"));
  }
}

}  // namespace
}  // namespace warmpath
