#include "base/http/http_client.h"

#include <algorithm>
#include <list>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/http/client_connection.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;

std::string HostAndPort(const HttpPoolOptions& options, bool always_port) {
  const bool is_v6 = absl::StrContains(options.host, ":");
  std::string text = is_v6 ? absl::StrCat("[", options.host, "]") : options.host;
  if (always_port || options.port != (options.tls ? 443 : 80)) {
    absl::StrAppend(&text, ":", options.port);
  }
  return text;
}

}  // namespace

// A request that waits for a connection; stands on its coroutine's frame.
struct HttpPool::Waiter final : CancelTarget {
  Waiter(Core& core, CancelToken* token);
  ~Waiter() override;
  void OnCancel() override;
  void Wake();

  Core& core;
  Waker waker;
  Deadline deadline;
  std::unique_ptr<ClientConnection> connection;  // handed over
  bool may_open = false;                         // a place is kept for a new connection
  std::list<Waiter*>::iterator place;
};

struct HttpPool::Core : std::enable_shared_from_this<HttpPool::Core> {
  Core(asio::io_context& io, Deadlines& deadlines, HttpPoolOptions options);

  std::unique_ptr<ClientConnection> TakeIdle();
  std::unique_ptr<ClientConnection> TakeNew();
  asio::awaitable<absl::StatusOr<std::unique_ptr<ClientConnection>>> WaitForOne(
      CancelToken* cancel, Deadlines::TimePoint until);
  void GiveBack(std::unique_ptr<ClientConnection> connection);
  void Drop(std::unique_ptr<ClientConnection> connection);
  void DropIdle(ClientConnection* connection);
  void OfferPlace();
  bool full() const { return open + promised >= origin.options.max_connections; }

  ClientOrigin origin;
  HttpPoolStats stats;
  size_t open = 0;      // connections that exist
  size_t promised = 0;  // places kept for waiters
  bool closed = false;
  std::vector<std::unique_ptr<ClientConnection>> idle;  // the last one was used last
  std::list<Waiter*> waiters;
};

HttpPool::Waiter::Waiter(Core& core, CancelToken* token)
    : core(core),
      deadline(core.origin.deadlines, [this] { Wake(); }),
      place(core.waiters.insert(core.waiters.end(), this)) {
  Attach(token);
}

HttpPool::Waiter::~Waiter() {
  if (place != core.waiters.end()) core.waiters.erase(place);
  if (may_open) {
    --core.promised;
    core.OfferPlace();
  }
  if (connection != nullptr) core.GiveBack(std::move(connection));
}

void HttpPool::Waiter::OnCancel() { Wake(); }

void HttpPool::Waiter::Wake() {
  if (place != core.waiters.end()) core.waiters.erase(std::exchange(place, core.waiters.end()));
  deadline.Clear();
  waker.WakeLater(core.origin.io.get_executor());
}

HttpPool::Core::Core(asio::io_context& io, Deadlines& deadlines, HttpPoolOptions options)
    : origin{.io = io,
             .deadlines = deadlines,
             .options = std::move(options),
             .tls = nullptr,
             .name = {},
             .peer = {},
             .host_line = {},
             .scratch = {},
             .addresses = nullptr} {
  const HttpPoolOptions& o = origin.options;
  origin.name = absl::StrCat(o.tls ? "https://" : "http://", HostAndPort(o, true));
  origin.host_line = absl::StrCat("Host: ", HostAndPort(o, false), "\r\n");
  const bool proxied = o.proxy.kind != ProxyOptions::Kind::kNone;
  origin.peer = proxied ? absl::StrCat("the proxy ", o.proxy.Name()) : origin.name;
  origin.addresses =
      std::make_shared<AddressCache>(io, proxied ? o.proxy.host : o.host,
                                     proxied ? o.proxy.port : o.port, o.resolve_ttl);
}

std::unique_ptr<ClientConnection> HttpPool::Core::TakeIdle() {
  if (idle.empty()) return nullptr;
  auto connection = std::move(idle.back());
  idle.pop_back();
  return connection;
}

std::unique_ptr<ClientConnection> HttpPool::Core::TakeNew() {
  ++open;
  ++stats.opened;
  auto connection = std::make_unique<ClientConnection>(origin);
  connection->SetOnIdleEnd([this, raw = connection.get()] { DropIdle(raw); });
  return connection;
}

asio::awaitable<absl::StatusOr<std::unique_ptr<ClientConnection>>> HttpPool::Core::WaitForOne(
    CancelToken* cancel, Deadlines::TimePoint until) {
  const HttpPoolOptions& options = origin.options;
  if (options.acquire_timeout > absl::ZeroDuration() && waiters.size() < options.max_waiting) {
    Waiter waiter(*this, cancel);
    waiter.deadline.SetAt(std::min(until, DeadlineAfter(options.acquire_timeout)));
    co_await waiter.waker.Wait();
    if (closed) co_return MakeHttpError(HttpFailure::kCancelled, "the pool was closed");
    if (cancel != nullptr && cancel->cancelled()) {
      co_return MakeHttpError(HttpFailure::kCancelled, "cancelled by the caller");
    }
    if (waiter.connection != nullptr) co_return std::move(waiter.connection);
    if (std::exchange(waiter.may_open, false)) {
      --promised;
      co_return TakeNew();
    }
  }
  ++stats.pool_full;
  co_return MakeHttpError(HttpFailure::kPoolFull,
                          absl::StrCat("all ", options.max_connections, " connections to ",
                                       origin.name, " are busy; raise max_connections"));
}

void HttpPool::Core::GiveBack(std::unique_ptr<ClientConnection> connection) {
  if (closed) return Drop(std::move(connection));
  if (!waiters.empty()) {
    Waiter* const first = waiters.front();
    first->connection = std::move(connection);
    first->Wake();
    return;
  }
  if (idle.size() >= origin.options.max_idle) return Drop(std::move(connection));
  connection->Idle();
  idle.push_back(std::move(connection));
}

void HttpPool::Core::Drop(std::unique_ptr<ClientConnection> connection) {
  connection.reset();
  --open;
  OfferPlace();
}

void HttpPool::Core::DropIdle(ClientConnection* connection) {
  const auto found = std::find_if(idle.begin(), idle.end(),
                                  [=](const auto& owned) { return owned.get() == connection; });
  if (found == idle.end()) return;
  auto owned = std::move(*found);
  idle.erase(found);
  Drop(std::move(owned));
}

void HttpPool::Core::OfferPlace() {
  if (closed || waiters.empty() || full()) return;
  Waiter* const first = waiters.front();
  first->may_open = true;
  ++promised;
  first->Wake();
}

absl::StatusOr<std::unique_ptr<HttpPool>> HttpPool::Create(asio::io_context& io,
                                                           Deadlines& deadlines,
                                                           HttpPoolOptions options) {
  if (options.host.empty()) return absl::InvalidArgumentError("an HTTP pool needs a host");
  if (options.proxy.kind != ProxyOptions::Kind::kNone &&
      (options.proxy.host.empty() || options.proxy.port == 0)) {
    return absl::InvalidArgumentError("a proxy needs a host and a port");
  }
  if (options.max_connections == 0) {
    return absl::InvalidArgumentError("max_connections must be at least 1");
  }
  if (options.port == 0) options.port = options.tls ? 443 : 80;
  TlsContext tls;
  if (options.tls) {
    auto context = MakeTlsClientContext(options.tls_options);
    if (!context.ok()) return context.status();
    tls = *std::move(context);
  }
  auto core = std::make_shared<Core>(io, deadlines, std::move(options));
  core->origin.tls = std::move(tls);
  return std::unique_ptr<HttpPool>(new HttpPool(std::move(core)));
}

HttpPool::HttpPool(std::shared_ptr<Core> core) : core_(std::move(core)) {}

HttpPool::~HttpPool() {
  core_->closed = true;
  while (auto connection = core_->TakeIdle()) core_->Drop(std::move(connection));
  while (!core_->waiters.empty()) core_->waiters.front()->Wake();
  core_->origin.addresses->WakeAll();
}

asio::awaitable<absl::StatusOr<HttpResponseStream>> HttpPool::Send(const HttpRequest& request) {
  const std::shared_ptr<Core> core = core_;
  ++core->stats.requests;
  const Deadlines::TimePoint total_at = DeadlineAfter(request.total_timeout);
  for (bool retry = false;; retry = true) {
    if (request.cancel != nullptr && request.cancel->cancelled()) {
      co_return MakeHttpError(HttpFailure::kCancelled, "cancelled by the caller");
    }
    auto connection = core->TakeIdle();
    // Where one kept-alive connection was dead, the others most likely are, too.
    if (retry && connection != nullptr) core->Drop(std::move(connection));
    if (connection == nullptr && !core->full()) connection = core->TakeNew();
    if (connection == nullptr) {
      auto waited = co_await core->WaitForOne(request.cancel, total_at);
      if (!waited.ok()) co_return std::move(waited).status();
      connection = *std::move(waited);
    }
    HttpResponseStream stream(core, std::move(connection));
    ClientConnection& used = *stream.connection_;
    used.Begin(request, total_at);
    if (used.reused()) {
      ++core->stats.reused;
    } else if (absl::Status status = co_await used.Open(); !status.ok()) {
      co_return status;
    }
    absl::Status status = co_await used.Exchange(request);
    if (status.ok()) co_return std::move(stream);
    if (retry || !used.stale()) co_return status;
    ++core->stats.stale_retries;
  }
}

HttpPoolStats HttpPool::stats() const {
  HttpPoolStats stats = core_->stats;
  stats.open = core_->open;
  stats.idle = core_->idle.size();
  return stats;
}

const std::string& HttpPool::origin() const { return core_->origin.name; }

HttpResponseStream::HttpResponseStream(std::shared_ptr<HttpPool::Core> core,
                                       std::unique_ptr<ClientConnection> connection)
    : core_(std::move(core)), connection_(std::move(connection)) {}

HttpResponseStream::HttpResponseStream(HttpResponseStream&&) noexcept = default;

HttpResponseStream& HttpResponseStream::operator=(HttpResponseStream&& other) noexcept {
  if (this == &other) return *this;
  Release();
  core_ = std::move(other.core_);
  connection_ = std::move(other.connection_);
  collected_ = std::move(other.collected_);
  return *this;
}

HttpResponseStream::~HttpResponseStream() { Release(); }

void HttpResponseStream::Release() {
  if (connection_ == nullptr) return;
  if (connection_->End()) {
    core_->GiveBack(std::move(connection_));
  } else {
    core_->Drop(std::move(connection_));
  }
}

int HttpResponseStream::status() const { return head().status; }

std::string_view HttpResponseStream::Header(std::string_view name) const {
  return head().Find(name);
}

const HttpHead& HttpResponseStream::head() const { return connection_->parser().head(); }

asio::awaitable<absl::StatusOr<std::string_view>> HttpResponseStream::Read() {
  return connection_->ReadBody();
}

asio::awaitable<absl::StatusOr<std::string_view>> HttpResponseStream::ReadAll(
    size_t limit_bytes) {
  const HttpResponseParser& parser = connection_->parser();
  const auto length = parser.content_length();
  bool too_large = length.has_value() && *length > limit_bytes && !parser.done();
  bool first = true;
  while (!too_large) {
    const auto piece = co_await connection_->ReadBody();
    if (!piece.ok()) co_return piece.status();
    if (piece->empty()) co_return std::string_view(collected_);
    if (piece->size() > limit_bytes - collected_.size()) break;
    if (first && parser.done()) co_return *piece;
    if (first && length.has_value()) collected_.reserve(*length);
    first = false;
    collected_.append(*piece);
  }
  connection_->Fail(HttpFailure::kTooLarge,
                    absl::StrCat(core_->origin.name, " sent a body of more than ", limit_bytes,
                                 " bytes"));
  const absl::StatusOr<std::string_view> failed = co_await connection_->ReadBody();
  co_return failed.status();
}

void HttpResponseStream::Cancel() { connection_->OnCancel(); }

}  // namespace warmpath
