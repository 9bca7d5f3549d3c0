// The barest proxy over HttpServer and HttpPool, to measure what the plumbing costs:
//   proxy_tool LISTEN_HOST:PORT UPSTREAM_HOST UPSTREAM_PORT [https]
// Forwards method, target, content type and body; 502 with the failure's name if that fails.
#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/http/cancel_token.h"
#include "base/http/deadlines.h"
#include "base/http/http_client.h"
#include "base/http/http_listener.h"
#include "base/http/http_server.h"

namespace asio = boost::asio;
using namespace warmpath;

namespace {

constexpr size_t kLimit = 16 << 20;

asio::awaitable<void> Forward(HttpPool& pool, HttpExchange& exchange) {
  CancelToken cancel;
  exchange.OnDisconnect([&cancel] { cancel.Cancel(); });
  HttpRequest request{.method = exchange.method(), .target = exchange.target()};
  request.header_blocks = {"Content-Type: application/json\r\n"};
  request.body = {exchange.body()};
  request.total_timeout = absl::Seconds(60);
  request.cancel = &cancel;
  auto answer = co_await pool.Send(request);
  if (answer.ok()) {
    const auto body = co_await answer->ReadAll(kLimit);
    if (body.ok()) {
      HttpResponse response{.status = answer->status()};
      response.header_blocks = {"Content-Type: ", answer->Header("content-type"), "\r\n"};
      response.body = {*body};
      co_return exchange.Respond(response);
    }
    answer = body.status();
  }
  exchange.Respond(502, "Content-Type: text/plain\r\n", std::string(answer.status().message()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return std::cerr << "proxy_tool LISTEN UPSTREAM_HOST UPSTREAM_PORT [https]\n", 2;
  asio::io_context io(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);
  Deadlines deadlines(io);
  HttpPoolOptions options{.host = argv[2], .port = static_cast<uint16_t>(std::atoi(argv[3]))};
  options.tls = argc > 4;
  options.tls_options.insecure_skip_verify = true;
  options.max_connections = 256;
  auto pool = HttpPool::Create(io, deadlines, options);
  if (!pool.ok()) return std::cerr << pool.status() << "\n", 1;
  auto listener = HttpListener::Open(argv[1]);
  if (!listener.ok()) return std::cerr << listener.status() << "\n", 1;
  auto server = HttpServer::Start(io, deadlines, **listener, {},
                                  [&pool](HttpExchange& e) { return Forward(**pool, e); });
  if (!server.ok()) return std::cerr << server.status() << "\n", 1;
  std::cout << "listening on " << (*listener)->address() << std::endl;
  io.run();
}
