// One thread with its event loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/http/deadlines.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"

namespace warmpath {

// An EventLoop owns an io_context, its deadlines, and the thread that runs them from Start to Stop.
//
// Thread safety: Run may be called from any other thread; the rest from the thread that made it.
class EventLoop {
 public:
  // `name` shows in top and gdb, at most 15 bytes. `niceness` 0 is normal; shadows run at 10.
  EventLoop(std::string name, int niceness);
  // REQUIRES: nothing refers to the io_context any more.
  ~EventLoop();

  boost::asio::io_context& io() { return io_; }
  Deadlines& deadlines() { return deadlines_; }

  void Start();
  // Ends the loop and destroys every handler and coroutine that waits on it, while the deadlines that
  // they may hold still live. Nothing runs on it any more. Idempotent.
  void Stop();

  // Runs `work` on the loop's thread and waits for it. REQUIRES: Start was called; not on that thread.
  void Run(const std::function<void()>& work);

 private:
  // An io_context whose handlers can be destroyed before it is.
  struct Context : boost::asio::io_context {
    // One thread runs it; others only post to it.
    Context() : boost::asio::io_context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO) {}
    void DestroyHandlers() { shutdown(); }
  };

  const std::string name_;
  const int niceness_;
  Context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  Deadlines deadlines_;
  std::thread thread_;
  bool stopped_ = false;
};

}  // namespace warmpath
