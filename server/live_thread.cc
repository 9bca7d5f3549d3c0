#include "server/live_thread.h"

#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/use_future.hpp"

namespace warmpath {

LiveThread::LiveThread(int index, const LiveShared& shared, uint64_t id_seed)
    : clock_(shared.clock),
      loop_(absl::StrCat("live-", index), /*niceness=*/0),
      caller_(shared),
      front_(caller_, shared.clock, id_seed) {}

LiveThread::~LiveThread() {
  loop_.Stop();
  server_.reset();
}

absl::StatusOr<std::shared_ptr<PathSet>> LiveThread::MakePaths(const v1::Config& config) {
  absl::StatusOr<std::shared_ptr<PathSet>> paths = absl::InternalError("not made");
  loop_.Run([&] {
    paths = PathSet::Create(config, {.io = loop_.io(),
                                     .deadlines = loop_.deadlines(),
                                     .clock = clock_,
                                     .traffic = Traffic::kLive});
  });
  return paths;
}

void LiveThread::Configure(std::shared_ptr<PathSet> paths, std::shared_ptr<const LiveRules> rules,
                           std::shared_ptr<const FrontSettings> settings) {
  // The old paths die on the thread that their connections belong to.
  loop_.Run([&] {
    caller_.Configure(std::move(paths), std::move(rules));
    front_.Configure(std::move(settings));
  });
}

absl::Status LiveThread::Serve(const HttpListener& listener, HttpServerOptions options) {
  absl::Status status;
  loop_.Run([&] {
    auto server = HttpServer::Start(loop_.io(), loop_.deadlines(), listener, std::move(options),
                                    [this](HttpExchange& exchange) { return front_.Handle(exchange); });
    status = server.status();
    if (server.ok()) server_ = *std::move(server);
  });
  return status;
}

void LiveThread::StopServing(absl::Duration grace) {
  if (server_ == nullptr) return;
  boost::asio::co_spawn(loop_.io(), server_->Stop(grace), boost::asio::use_future).wait();
}

}  // namespace warmpath
