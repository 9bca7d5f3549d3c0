// One PathService.Call, bridged from gRPC's threads to a coroutine.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>

#include "base/http/cancel_token.h"
#include "base/http/waker.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "warmpath/v1/path.grpc.pb.h"

namespace warmpath {

// A PathReader reads the answer's pieces one by one.
//
//   auto reader = std::make_shared<PathReader>(io);
//   ... fill reader->context() and reader->request() ...
//   reader->Start(*stub, cancel);
//   while (co_await reader->Read()) use(reader->response());   // until false
//   const grpc::Status status = co_await reader->Finish();     // always
//
// Thread safety: all but gRPC's callbacks on the thread that runs `io`; they do no more than post.
// Ownership: borrows `io`, which must live and run until Finish() has ended. Its last owner is the
// thread of `io`: gRPC's threads must not be the ones to destroy a channel.
class PathReader final : public grpc::ClientReadReactor<v1::CallResponse>,
                         public CancelTarget,
                         public std::enable_shared_from_this<PathReader> {
 public:
  explicit PathReader(boost::asio::io_context& io) : io_(io) {}

  grpc::ClientContext& context() { return context_; }
  v1::CallRequest& request() { return request_; }

  void Start(v1::PathService::Stub& stub, CancelToken* cancel);
  // False: there is no further piece.
  boost::asio::awaitable<bool> Read();
  // REQUIRES: a Read() has ended with true. Valid until the next one.
  v1::CallResponse& response() { return response_; }
  // Waits for the end and gives its status. REQUIRES: the last Read() ended with false.
  boost::asio::awaitable<grpc::Status> Finish();

  // Ends the call soon: Read() gives false.
  void Cancel() { context_.TryCancel(); }
  void OnCancel() override { Cancel(); }

  // The path has answered at all.
  bool reached() const { return reached_; }

 private:
  void OnReadInitialMetadataDone(bool ok) override { reached_ = ok; }
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  boost::asio::io_context& io_;
  grpc::ClientContext context_;
  v1::CallRequest request_;
  v1::CallResponse response_;
  std::shared_ptr<PathReader> self_;
  std::atomic<bool> reached_ = false;

  // Only on the thread of `io`.
  Waker waker_;
  bool reading_ = false;
  bool read_ok_ = false;
  bool done_ = false;
  grpc::Status status_;
};

}  // namespace warmpath
