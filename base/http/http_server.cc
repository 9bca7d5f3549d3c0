#include "base/http/http_server.h"

#include <unistd.h>

#include <utility>

#include "base/http/http_session.h"
#include "base/http/stream.h"
#include "boost/asio/basic_socket_acceptor.hpp"

namespace warmpath {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Out of descriptors: some may come back.
constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);

constexpr std::string_view kRefusal =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n"
    "Retry-After: 1\r\nConnection: close\r\n\r\ntoo many connections\n";

}  // namespace

// The accepting half; kept alive by its pending accept.
struct HttpServer::Acceptor : std::enable_shared_from_this<HttpServer::Acceptor> {
  explicit Acceptor(std::shared_ptr<HttpServerCore> shared)
      : core(std::move(shared)),
        acceptor(core->io.get_executor()),
        pause(core->deadlines, [this] { Next(); }) {}

  void Next();
  void OnAccept(boost::system::error_code error, Stream::Socket socket);
  void Close();

  std::shared_ptr<HttpServerCore> core;
  asio::basic_socket_acceptor<tcp, Stream::Executor> acceptor;
  Deadline pause;
};

void HttpServer::Acceptor::Next() {
  if (core->stopping) return;
  acceptor.async_accept(
      core->io, [self = shared_from_this()](boost::system::error_code error, Stream::Socket socket) {
        if (!self->core->stopping) self->OnAccept(error, std::move(socket));
      });
}

void HttpServer::Acceptor::OnAccept(boost::system::error_code error, Stream::Socket socket) {
  if (error == asio::error::operation_aborted) return;
  if (error && error != asio::error::connection_aborted) {
    ++core->stats.accept_errors;
    return pause.Set(kAcceptPause);
  }
  if (!error) {
    StreamPtr stream(new Stream(std::move(socket)));
    if (core->sessions.size() < core->options.max_connections) {
      ++core->stats.accepted;
      HttpSession::Start(core, std::move(stream));
    } else {
      ++core->stats.refused;
      if (core->options.tls == nullptr) stream->TryWrite({kRefusal});
      stream->ShutdownSend();
      stream->Close();
    }
  }
  Next();
}

void HttpServer::Acceptor::Close() {
  core->stopping = true;
  pause.Clear();
  boost::system::error_code ignored;
  acceptor.close(ignored);
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(asio::io_context& io,
                                                              Deadlines& deadlines,
                                                              const HttpListener& listener,
                                                              HttpServerOptions options,
                                                              HttpHandler handler) {
  std::shared_ptr<HttpServerCore> core(
      new HttpServerCore{.io = io,
                         .deadlines = deadlines,
                         .options = std::move(options),
                         .handler = std::move(handler)});
  auto acceptor = std::make_shared<Acceptor>(std::move(core));
  const int fd = listener.Duplicate();
  boost::system::error_code error;
  if (fd >= 0) acceptor->acceptor.assign(listener.endpoint().protocol(), fd, error);
  if (fd < 0 || error) {
    if (fd >= 0) ::close(fd);
    return absl::ResourceExhaustedError("cannot serve: no more file descriptors (see ulimit -n)");
  }
  acceptor->Next();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(acceptor)));
}

HttpServer::HttpServer(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}

HttpServer::~HttpServer() {
  acceptor_->Close();
  for (HttpSession* session : acceptor_->core->sessions) session->Close();
}

asio::awaitable<void> HttpServer::Stop(absl::Duration grace) {
  const std::shared_ptr<Acceptor> acceptor = acceptor_;
  acceptor->Close();
  const std::shared_ptr<HttpServerCore> core = acceptor->core;
  for (HttpSession* session : core->sessions) session->FinishUp();
  Deadline deadline(core->deadlines,
                    [core] { core->all_ended.WakeLater(core->io.get_executor()); });
  if (!core->sessions.empty()) {
    deadline.Set(grace);
    co_await core->all_ended.Wait();
  }
  if (!core->sessions.empty()) {
    for (HttpSession* session : core->sessions) session->Kill();
    deadline.Set(absl::Seconds(1));
    co_await core->all_ended.Wait();
  }
}

HttpServerStats HttpServer::stats() const {
  HttpServerStats stats = acceptor_->core->stats;
  stats.connections = acceptor_->core->sessions.size();
  return stats;
}

}  // namespace warmpath
