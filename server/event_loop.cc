#include "server/event_loop.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <future>
#include <utility>

#include "boost/asio/post.hpp"

namespace warmpath {

EventLoop::EventLoop(std::string name, int niceness)
    : name_(std::move(name)),
      niceness_(niceness),
      guard_(boost::asio::make_work_guard(io_)),
      deadlines_(io_) {}

EventLoop::~EventLoop() { Stop(); }

void EventLoop::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    if (niceness_ != 0) {
      // On Linux niceness belongs to a thread. A refusal only costs the preference.
      (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness_);
    }
    io_.run();
  });
}

void EventLoop::Stop() {
  if (std::exchange(stopped_, true)) return;
  io_.stop();
  if (thread_.joinable()) thread_.join();
  io_.DestroyHandlers();
}

void EventLoop::Run(const std::function<void()>& work) {
  std::promise<void> done;
  boost::asio::post(io_, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace warmpath
