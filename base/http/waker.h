// Lets one coroutine sleep until somebody on the same thread wakes it.
#pragma once

#include <utility>

#include "absl/functional/any_invocable.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/async_result.hpp"
#include "boost/asio/deferred.hpp"
#include "boost/asio/post.hpp"

namespace warmpath {

// A one-place waiting room without allocation, mutex or coroutine frame of its own.
//
//   co_await waker.Wait();   // REQUIRES: nobody waits yet
//   waker.Wake();            // elsewhere: runs the coroutine before it returns
//
// Wakes are not remembered: keep the condition in a variable of your own and loop on it.
// Thread safety: none; all calls from the thread that runs the coroutine.
// Ownership: holds the suspended coroutine; destroying the Waker destroys it.
class Waker {
 public:
  bool waiting() const { return resume_ != nullptr; }

  auto Wait() {
    return boost::asio::async_initiate<const boost::asio::deferred_t, void()>(
        [this](auto handler) { resume_ = std::move(handler); }, boost::asio::deferred);
  }

  // Resumes the waiting coroutine, if any, inside this call. The Waker itself may be gone when it
  // returns.
  void Wake() {
    if (resume_ != nullptr) std::exchange(resume_, nullptr)();
  }

  // Resumes it from `executor`'s loop instead: for callers that cannot have code run below them.
  template <typename Executor>
  void WakeLater(const Executor& executor) {
    if (resume_ != nullptr) boost::asio::post(executor, std::exchange(resume_, nullptr));
  }

 private:
  absl::AnyInvocable<void()> resume_;
};

}  // namespace warmpath
