// One JudgeService.Judge, bridged from gRPC's threads to a coroutine.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "warmpath/v1/judge.grpc.pb.h"

namespace warmpath {

// A JudgeChannel is a connection to a JudgeService that calls share. It connects with the first
// call; the environment's proxies are not looked at. `target` is host:port.
class JudgeChannel {
 public:
  JudgeChannel(const std::string& target, bool tls);
  v1::JudgeService::Stub& stub() { return *stub_; }

 private:
  const std::unique_ptr<v1::JudgeService::Stub> stub_;
};

// A JudgeCall asks once.
//
//   auto call = std::make_shared<JudgeCall>(channel, executor);
//   … fill call->request() …
//   const grpc::Status status = co_await call->Run(timeout);
//   if (status.ok()) use(call->response());
//
// Thread safety: Run on the thread of `executor`; gRPC's own thread only posts to it.
// Ownership: shares the channel. A coroutine that is destroyed while it waits cancels the call and
//   waits for gRPC to let go of it, so nothing is posted to an executor that is gone.
class JudgeCall final : public std::enable_shared_from_this<JudgeCall> {
 public:
  JudgeCall(std::shared_ptr<JudgeChannel> channel, boost::asio::any_io_executor executor);

  v1::JudgeRequest& request() { return request_; }
  const v1::JudgeResponse& response() const { return response_; }

  // Ends by itself when `timeout` is over. REQUIRES: called once.
  boost::asio::awaitable<grpc::Status> Run(absl::Duration timeout);

 private:
  void Finished(const grpc::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<JudgeChannel> channel_;
  grpc::ClientContext context_;
  v1::JudgeRequest request_;
  v1::JudgeResponse response_;
  // What the coroutine waits on; runs out only if gRPC breaks its word. On the executor's thread
  // alone.
  boost::asio::steady_timer wait_;
  bool done_ = false;

  absl::Mutex mutex_;
  // What gRPC refers to. Its last owner is the executor's thread: gRPC's threads must not be the
  // ones to destroy a channel.
  std::shared_ptr<JudgeCall> self_ ABSL_GUARDED_BY(mutex_);
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // The executor may not be posted to any more.
  bool left_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace warmpath
