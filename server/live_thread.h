// Everything that serves live HTTP on one thread.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/http/http_listener.h"
#include "base/http/http_server.h"
#include "gateway/http_front.h"
#include "gateway/live_caller.h"
#include "provider/path_set.h"
#include "server/event_loop.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// A LiveThread accepts, proxies and answers requests on one thread: event loop, paths with their
// connection pools, caller, front door, HTTP server.
//
// Thread safety: methods from the thread that made it; they hand work to the loop and wait for it.
// Ownership: borrows what is shared.
class LiveThread {
 public:
  LiveThread(int index, const LiveShared& shared, uint64_t id_seed);
  ~LiveThread();

  EventLoop& loop() { return loop_; }
  LiveCaller& caller() { return caller_; }

  // Takes a config's paths and front-door settings: once before Serve, and again at each reload.
  // Errors leave the old ones in place.
  absl::StatusOr<std::shared_ptr<PathSet>> MakePaths(const v1::Config& config);
  void Configure(std::shared_ptr<PathSet> paths, std::shared_ptr<const LiveRules> rules,
                 std::shared_ptr<const FrontSettings> settings);

  // Starts the thread.
  void Start() { loop_.Start(); }
  // Begins to accept from `listener`.
  absl::Status Serve(const HttpListener& listener, HttpServerOptions options);
  // Lets requests under way end within `grace`.
  void StopServing(absl::Duration grace);

 private:
  const Clock& clock_;
  EventLoop loop_;
  LiveCaller caller_;
  HttpFront front_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace warmpath
