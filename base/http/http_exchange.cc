#include "base/http/http_exchange.h"

#include <utility>

#include "base/http/http_session.h"

namespace warmpath {

namespace asio = boost::asio;

const HttpHead& HttpExchange::head() const { return session_.parser_.head(); }

std::string_view HttpExchange::path() const { return target().substr(0, target().find('?')); }

std::string_view HttpExchange::query() const {
  const size_t mark = target().find('?');
  return mark == std::string_view::npos ? std::string_view() : target().substr(mark + 1);
}

std::string& HttpExchange::body() { return session_.body_; }

const asio::ip::tcp::endpoint& HttpExchange::remote() const { return session_.remote_; }

asio::io_context& HttpExchange::io() const { return session_.core_->io; }

Deadlines& HttpExchange::deadlines() const { return session_.core_->deadlines; }

void HttpExchange::Respond(const HttpResponse& response) { session_.Respond(response); }

void HttpExchange::Respond(int status, std::string_view header_block, std::string_view body) {
  session_.Respond({.status = status, .header_blocks = {header_block}, .body = {body}});
}

void HttpExchange::StartStream(const HttpResponse& head) { session_.StartStream(head); }

asio::awaitable<absl::Status> HttpExchange::Write(std::string_view data) {
  session_.SendPiece(data, /*last=*/false);
  if (session_.pending()) co_await session_.Drain();
  co_return session_.WriteStatus();
}

asio::awaitable<absl::Status> HttpExchange::Finish(std::string_view last) {
  session_.SendPiece(last, /*last=*/true);
  if (session_.pending()) co_await session_.Drain();
  co_return session_.WriteStatus();
}

void HttpExchange::Abort() { session_.Abort(); }

void HttpExchange::OnDisconnect(absl::AnyInvocable<void()> callback) {
  session_.OnDisconnect(std::move(callback));
}

bool HttpExchange::client_gone() const { return session_.client_gone_; }

bool HttpExchange::answered() const { return session_.answered(); }

}  // namespace warmpath
