#include "admin/admin_http.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "admin/api_json.h"
#include "admin/budget_reader.h"
#include "admin/query_params.h"
#include "admin/readiness.h"
#include "admin/status_reader.h"
#include "base/json.h"
#include "base/string_view.h"
#include "boost/json.hpp"
#include "web/web_files.h"

namespace warmpath {
namespace {

constexpr std::string_view kCookie = "warmpath_token";

// No inline script or style, nothing from elsewhere, and no page may frame this one.
constexpr std::string_view kSecurityHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
    "'self' "
    "data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

std::string ErrorJson(const absl::Status& status) {
  boost::json::object error;
  error["code"] = absl::StatusCodeToString(status.code());
  error["message"] = std::string(ToStd(status.message()));
  boost::json::object body;
  body["error"] = std::move(error);
  return ToJson(boost::json::value(std::move(body)));
}

// The value of our cookie, decoded; "" if there is none.
std::string CookieToken(std::string_view header) {
  for (absl::string_view part : absl::StrSplit(ToAbsl(header), ';')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(absl::StripAsciiWhitespace(part), absl::MaxSplits('=', 1));
    if (pair.first == ToAbsl(kCookie)) return DecodeUrlText(ToStd(pair.second)).value_or("");
  }
  return "";
}

std::string QuotedHash(std::string_view hash) { return absl::StrCat("\"", ToAbsl(hash), "\""); }

}  // namespace

AdminHttp::AdminHttp(const AdminContext& context, AccessTokens tokens)
    : context_(context), tokens_(std::move(tokens)), flips_(context.start_time) {}

boost::asio::awaitable<void> AdminHttp::Handle(HttpExchange& exchange) {
  Reply reply = Answer(exchange);
  const std::string headers = absl::StrCat(
      "Content-Type: ", reply.content_type, "\r\n",
      absl::StrContains(reply.headers, "Cache-Control:") ? "" : "Cache-Control: no-store\r\n",
      reply.headers);
  exchange.Respond(
      {.status = reply.status, .header_blocks = {headers, kSecurityHeaders}, .body = {reply.body}});
  co_return;
}

AdminHttp::Reply AdminHttp::Answer(HttpExchange& exchange) {
  const std::string_view path = exchange.path();
  if (path == "/login" && exchange.method() == "POST") return LogIn(exchange.body(), 401);
  if (exchange.method() != "GET" && exchange.method() != "HEAD") {
    const absl::Status status = absl::InvalidArgumentError(
        "this door answers GET only; to change something use warmpath or gRPC");
    return {405, "application/json", ErrorJson(status), "Allow: GET, HEAD\r\n"};
  }
  if (path == "/livez") return {200, "text/plain", "ok\n"};
  if (path == "/readyz") return AnswerReadiness();
  if (path == "/") return AnswerPage(exchange);
  if (Reply file; FindWebFile(exchange, path, file)) return file;
  if (!Admitted(exchange)) {
    const absl::Status status = absl::UnauthenticatedError(
        "this door asks for a token: send 'Authorization: Bearer TOKEN'");
    return {401, "application/json", ErrorJson(status), "WWW-Authenticate: Bearer\r\n"};
  }
  if (path == "/metrics") return AnswerMetrics();
  return AnswerApi(path, exchange.query());
}

bool AdminHttp::Admitted(const HttpExchange& exchange) const {
  if (!tokens_.required()) return true;
  const std::string_view header = exchange.Header("Authorization");
  return tokens_.Admits(header.empty() ? CookieToken(exchange.Header("Cookie"))
                                       : std::string(header));
}

AdminHttp::Reply AdminHttp::AnswerPage(const HttpExchange& exchange) {
  if (absl::StrContains(ToAbsl(exchange.query()), "token=")) return LogIn(exchange.query(), 401);
  Reply reply;
  FindWebFile(exchange, Admitted(exchange) ? "/index.html" : "/login.html", reply);
  if (!Admitted(exchange)) reply.status = 401;
  return reply;
}

AdminHttp::Reply AdminHttp::LogIn(std::string_view form, int failure_status) {
  // Other parameters of the dashboard's URL are its own; only the token is taken here.
  std::string token;
  for (absl::string_view pair : absl::StrSplit(ToAbsl(form), '&')) {
    if (absl::ConsumePrefix(&pair, "token=")) token = DecodeUrlText(ToStd(pair)).value_or("");
  }
  if (!tokens_.Admits(token)) {
    Reply reply{failure_status, "text/html", "", ""};
    for (const WebFile& file : WebFiles()) {
      if (file.path == "/login.html") reply.body = file.content;
    }
    return reply;
  }
  return {303, "text/plain", "",
          absl::StrCat("Location: /\r\nSet-Cookie: ", ToAbsl(kCookie), "=", EncodeUrlText(token),
                       "; Path=/; HttpOnly; SameSite=Strict\r\n")};
}

bool AdminHttp::FindWebFile(const HttpExchange& exchange, std::string_view path,
                            Reply& reply) const {
  for (const WebFile& file : WebFiles()) {
    if (file.path != path) continue;
    const std::string etag = QuotedHash(file.hash);
    const bool same = exchange.Header("If-None-Match") == etag;
    reply.status = same ? 304 : 200;
    reply.content_type = file.content_type;
    reply.headers = absl::StrCat("ETag: ", etag, "\r\nCache-Control: no-cache\r\n");
    if (!same) reply.body = file.content;
    return true;
  }
  return false;
}

AdminHttp::Reply AdminHttp::AnswerReadiness() {
  const auto status = ReadStatus(context_, {});
  if (!status.ok())
    return {503, "text/plain", absl::StrCat("not ready: ", status.status().message(), "\n")};
  const Readiness readiness = ReadinessOf(*status);
  return {readiness.ready ? 200 : 503, "text/plain", readiness.text};
}

AdminHttp::Reply AdminHttp::AnswerMetrics() {
  const auto status = ReadStatus(context_, {});
  const absl::Status flips = flips_.Update(context_.store);
  const auto budget = ReadBudget(context_, {});
  const absl::Status failed = !status.ok() ? status.status() : !budget.ok() ? budget.status() : flips;
  if (!failed.ok()) return {HttpStatus(failed.code()), "application/json", ErrorJson(failed)};
  return {200, "text/plain; version=0.0.4",
          MetricsPage(*status, *budget, flips_, context_.mirror.pending()) + context_.metrics.Text()};
}

AdminHttp::Reply AdminHttp::AnswerApi(std::string_view path, std::string_view query) {
  absl::StatusOr<std::string> json = ApiJson(context_, path, query);
  if (json.ok()) return {200, "application/json", *std::move(json)};
  return {HttpStatus(json.status().code()), "application/json", ErrorJson(json.status())};
}

}  // namespace warmpath
