#include "provider/path_reader.h"

#include <utility>

#include "boost/asio/post.hpp"

namespace warmpath {

namespace asio = boost::asio;

void PathReader::Start(v1::PathService::Stub& stub, CancelToken* cancel) {
  self_ = shared_from_this();
  Attach(cancel);
  stub.async()->Call(&context_, &request_, this);
  // Reads start outside of callbacks, so gRPC must not take the call for ended between two of them.
  AddHold();
  StartCall();
}

asio::awaitable<bool> PathReader::Read() {
  reading_ = true;
  StartRead(&response_);
  while (reading_) co_await waker_.Wait();
  co_return read_ok_;
}

asio::awaitable<grpc::Status> PathReader::Finish() {
  released_ = true;
  RemoveHold();
  while (!done_) co_await waker_.Wait();
  Detach();
  {
    absl::MutexLock lock(&mutex_);
    left_ = true;
  }
  co_return std::move(status_);
}

void PathReader::Leave(bool cleanly) {
  Detach();
  {
    absl::MutexLock lock(&mutex_);
    if (left_) return;
    left_ = true;
  }
  if (released_) return;
  released_ = true;
  if (cleanly) {
    StartRead(&response_);
  } else {
    context_.TryCancel();
  }
  RemoveHold();
}

void PathReader::OnReadDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    // Nothing may come after the last piece.
    if (left_ && ok) context_.TryCancel();
  }
  Post([this, ok] {
    reading_ = false;
    read_ok_ = ok;
    waker_.Wake();
  });
}

void PathReader::OnDone(const grpc::Status& status) {
  const std::shared_ptr<PathReader> self = std::move(self_);
  Post([this, self, status] {
    done_ = true;
    status_ = status;
    waker_.Wake();
  });
}

void PathReader::Post(absl::AnyInvocable<void()> event) {
  absl::MutexLock lock(&mutex_);
  if (left_) return;
  asio::post(io_, [self = weak_from_this(), event = std::move(event)]() mutable {
    if (const auto alive = self.lock()) event();
  });
}

}  // namespace warmpath
