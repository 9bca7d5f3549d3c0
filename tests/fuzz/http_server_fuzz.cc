// A real HttpServer and a client on loopback that sends what it likes, in pieces: every answer is a
// well-formed message, no body goes over its limit, and the connection ends.
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/http/http_listener.h"
#include "base/http/http_parser.h"
#include "base/http/http_server.h"
#include "boost/asio/io_context.hpp"
#include "tests/fuzz/fuzz_input.h"

namespace warmpath::fuzz {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxHead = 1024;
constexpr size_t kMaxBody = 2048;

asio::awaitable<void> Handle(HttpExchange& exchange) {
  FUZZ_CHECK(exchange.body().size() <= kMaxBody);
  const std::string body = exchange.body();
  if (exchange.path() == "/whole") {
    exchange.Respond(200, "X-A: b\r\n", body);
  } else if (exchange.path() == "/none") {
    exchange.Respond(204, "", "");
  } else if (exchange.path() == "/abort") {
    exchange.Abort();
  } else if (exchange.path() != "/silent") {
    HttpResponse head;
    exchange.StartStream(head);
    if (!(co_await exchange.Write(body)).ok()) co_return;
    if (!(co_await exchange.Write("more")).ok()) co_return;
    (void)co_await exchange.Finish();
  }
}

// The server and its loop; one for all inputs.
class World {
 public:
  World() : deadlines_(io_) {
    auto listener = HttpListener::Open("127.0.0.1:0");
    FUZZ_CHECK(listener.ok());
    listener_ = *std::move(listener);
    HttpServerOptions options;
    options.max_head_bytes = kMaxHead;
    options.max_body_bytes = kMaxBody;
    auto server = HttpServer::Start(io_, deadlines_, *listener_, std::move(options), Handle);
    FUZZ_CHECK(server.ok());
    server_ = *std::move(server);
  }

  int Connect() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    FUZZ_CHECK(fd >= 0);
    // No port is left waiting behind.
    const linger reset = {.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    ::connect(fd, listener_->endpoint().data(), listener_->endpoint().size());
    return fd;
  }

  void Step() {
    io_.restart();
    io_.poll();
  }
  size_t connections() const { return server_->stats().connections; }

 private:
  asio::io_context io_{1};
  Deadlines deadlines_;
  std::unique_ptr<HttpListener> listener_;
  std::unique_ptr<HttpServer> server_;
};

void Read(int fd, std::string& answers) {
  char bytes[4096];
  for (ssize_t n; (n = ::recv(fd, bytes, sizeof(bytes), 0)) > 0;) answers.append(bytes, n);
}

// Every answer is complete but, where the connection was broken off, the last.
void CheckAnswers(const std::string& answers, std::string_view sent) {
  // What an answer to HEAD looks like depends on the request; another test knows.
  if (sent.find("HEAD") != std::string_view::npos) return;
  ReadBuffer buffer;
  buffer.Reserve(answers.size() + 1);
  std::memcpy(buffer.room(), answers.data(), answers.size());
  buffer.Commit(answers.size());
  while (!buffer.empty()) {
    HttpResponseParser parser;
    parser.Start({});
    ParseState state = ParseState::kHead;
    while (state == ParseState::kHead || state == ParseState::kBody) state = parser.Next(buffer);
    if (state == ParseState::kNeedMore) return;
    FUZZ_CHECK(state == ParseState::kDone, answers);
    const int status = parser.head().status;
    FUZZ_CHECK(status == 100 || status == 200 || status == 204 || status == 400 || status == 413 ||
                   status == 431 || status == 500,
               answers);
    parser.Finish(buffer);
  }
}

void Check(std::string_view bytes, std::string_view given) {
  static World& world = *new World();
  Choices choices(given, bytes);
  const int fd = world.Connect();
  world.Step();
  std::string answers;
  InPieces(bytes, choices, [&](std::string_view piece) {
    if (::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) return false;
    // Often several pieces wait together.
    if (choices.Flag()) world.Step();
    Read(fd, answers);
    return true;
  });
  ::shutdown(fd, SHUT_WR);
  int steps = 0;
  while (world.connections() > 0 || steps == 0) {
    world.Step();
    Read(fd, answers);
    FUZZ_CHECK(++steps < 1000, "the connection does not end");
  }
  Read(fd, answers);
  ::close(fd);
  CheckAnswers(answers, bytes);
}

}  // namespace
}  // namespace warmpath::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath::fuzz;
  const auto parts = Parts(View(data, size), 2);
  Check(parts[0], parts[1]);
  return 0;
}
