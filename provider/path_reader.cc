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
  RemoveHold();
  while (!done_) co_await waker_.Wait();
  Detach();
  co_return std::move(status_);
}

void PathReader::OnReadDone(bool ok) {
  asio::post(io_, [this, ok] {
    reading_ = false;
    read_ok_ = ok;
    waker_.Wake();
  });
}

void PathReader::OnDone(const grpc::Status& status) {
  // Nothing of this object may be touched after the post: the other thread may be done with it.
  asio::post(io_, [self = std::move(self_), status] {
    self->done_ = true;
    self->status_ = status;
    self->waker_.Wake();
  });
}

}  // namespace warmpath
