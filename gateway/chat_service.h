// The gRPC front door.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/id.h"
#include "boost/asio/io_context.hpp"
#include "gateway/http_front.h"
#include "gateway/live_caller.h"
#include "grpcpp/grpcpp.h"
#include "warmpath/v1/chat.grpc.pb.h"

namespace warmpath {

// One thread's part of the gRPC front door.
struct ChatWorker {
  boost::asio::io_context* io;
  LiveCaller* caller;
};

// ChatService over gRPC's callback API: a request is handed to a worker's event loop, served there like
// any other, and its pieces go back as gRPC takes them.
//
// Thread safety: all methods may be called concurrently.
// Ownership: borrows clock and the workers' objects, which must outlive the gRPC server.
// Errors: as chat.proto says; details carry google.rpc.ErrorInfo (domain "warmpath") and, for downtime
//   and rate limits, google.rpc.RetryInfo.
class ChatServiceImpl final : public v1::ChatService::CallbackService {
 public:
  ChatServiceImpl(std::vector<ChatWorker> workers, const Clock& clock, uint64_t id_seed);
  ~ChatServiceImpl() override;

  void Configure(std::shared_ptr<const FrontSettings> settings) { settings_.store(std::move(settings)); }

  grpc::ServerUnaryReactor* Chat(grpc::CallbackServerContext* context, const v1::ChatRequest* request,
                                 v1::ChatResponse* response) override;
  grpc::ServerWriteReactor<v1::StreamChatResponse>* StreamChat(
      grpc::CallbackServerContext* context, const v1::StreamChatRequest* request) override;

 private:
  struct Accepted;
  struct RequestView;
  class UnaryReactor;
  class StreamReactor;

  // Turns a request into a call, or says why not.
  absl::StatusOr<Accepted> Accept(grpc::CallbackServerContext& context, const RequestView& view);
  const ChatWorker& NextWorker();
  std::string NewRequestId();

  const std::vector<ChatWorker> workers_;
  const Clock& clock_;
  std::atomic<std::shared_ptr<const FrontSettings>> settings_;
  std::atomic<uint64_t> next_worker_ = 0;
  absl::Mutex mutex_;
  IdGenerator ids_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
