// The operator's HTTP door.
#pragma once

#include <string>
#include <string_view>

#include "admin/admin_context.h"
#include "admin/metrics_page.h"
#include "base/http/http_exchange.h"
#include "boost/asio/awaitable.hpp"
#include "config/access.h"

namespace warmpath {

// AdminHttp answers
//
//   GET /                 the dashboard            GET /livez    200 while the process runs
//   GET /metrics          for Prometheus           GET /readyz   200 or 503, and why
//   GET /api/status       [workflow=]
//   GET /api/history      workflow= [path=] [range=24h | start= end=] [bucket=5m]
//   GET /api/divergences  workflow= [path=] [dimension=tools] [range=24h] [page_size=]
//   [page_token=] GET /api/card         id= GET /api/flips, /api/drills, /api/reviews, /api/audit
//   [workflow=] [page_size=] [page_token=] POST /login           token=  keeps a token in a cookie,
//   for browsers
//
// /api answers are the messages of warmpath.v1 as protobuf's JSON, with the names of the .proto and
// defaults written out; errors are {"error": {"code", "message"}}. Nothing here changes anything
// but /login. All but /livez, /readyz, /login and the dashboard's static files ask for a token
// where the door has tokens: in `Authorization: Bearer`, or in the cookie. GET /?token=TOKEN sets
// the cookie too.
//
// Thread safety: none; belongs to one io_context. Ownership: borrows `context`.
// Blocking: reads the store on the io_context that it is called on, which therefore serves nothing
// else.
class AdminHttp {
 public:
  AdminHttp(const AdminContext& context, AccessTokens tokens);

  boost::asio::awaitable<void> Handle(HttpExchange& exchange);

 private:
  struct Reply {
    int status = 200;
    std::string content_type = "application/json";
    std::string body = {};
    // Further header lines, each ending in CRLF.
    std::string headers = {};
  };

  Reply Answer(HttpExchange& exchange);
  Reply AnswerPage(const HttpExchange& exchange);
  Reply AnswerApi(std::string_view path, std::string_view query);
  Reply AnswerMetrics();
  Reply AnswerReadiness();
  Reply LogIn(std::string_view form, int failure_status);
  // The file of the dashboard, if there is one of that path.
  bool FindWebFile(const HttpExchange& exchange, std::string_view path, Reply& reply) const;

  bool Admitted(const HttpExchange& exchange) const;

  const AdminContext& context_;
  const AccessTokens tokens_;
  FlipCounter flips_;
};

}  // namespace warmpath
