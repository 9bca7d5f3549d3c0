#include "shadow/judge_call.h"

#include <chrono>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "boost/asio/post.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"

namespace warmpath {
namespace {

namespace asio = boost::asio;

// A verdict and a line of reason.
constexpr int kMaxResponseBytes = 64 << 10;

grpc::ChannelArguments ChannelArgs() {
  grpc::ChannelArguments args;
  args.SetMaxReceiveMessageSize(kMaxResponseBytes);
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 250);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetUserAgentPrefix("warmpath");
  return args;
}

std::shared_ptr<grpc::Channel> Connect(const std::string& target, bool tls) {
  return grpc::CreateCustomChannel(
      target, tls ? grpc::SslCredentials({}) : grpc::InsecureChannelCredentials(), ChannelArgs());
}

}  // namespace

JudgeChannel::JudgeChannel(const std::string& target, bool tls)
    : stub_(v1::JudgeService::NewStub(Connect(target, tls))) {}

JudgeCall::JudgeCall(std::shared_ptr<JudgeChannel> channel, asio::any_io_executor executor)
    : channel_(std::move(channel)),
      wait_(std::move(executor), asio::steady_timer::time_point::max()) {}

asio::awaitable<grpc::Status> JudgeCall::Run(absl::Duration timeout) {
  const auto self = shared_from_this();
  {
    absl::MutexLock lock(&mutex_);
    self_ = self;
  }
  const auto leave = absl::MakeCleanup([this] { Leave(); });
  context_.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout));
  context_.AddMetadata("x-warmpath-shadow", "1");
  channel_->stub().async()->Judge(&context_, &request_, &response_,
                                  [this](grpc::Status status) { Finished(status); });
  boost::system::error_code cancelled;
  for (;;) {
    if (done_) break;
    co_await wait_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  absl::MutexLock lock(&mutex_);
  co_return status_;
}

void JudgeCall::Finished(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  status_ = status;
  finished_ = true;
  if (left_) return;
  // The coroutine cannot end, and this object with it, before the lock is let go: it leaves first.
  asio::post(wait_.get_executor(), [self = std::move(self_)] {
    self->done_ = true;
    self->wait_.cancel();
  });
}

void JudgeCall::Leave() {
  if (!done_) context_.TryCancel();
  std::shared_ptr<JudgeCall> self;
  absl::MutexLock lock(&mutex_);
  left_ = true;
  mutex_.Await(absl::Condition(&finished_));
  self = std::move(self_);
}

}  // namespace warmpath
