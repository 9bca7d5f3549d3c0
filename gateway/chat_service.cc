#include "gateway/chat_service.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/http/cancel_token.h"
#include "base/http/waker.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/post.hpp"
#include "gateway/answer_headers.h"
#include "gateway/conversation.h"
#include "gateway/grpc_access.h"
#include "gateway/grpc_errors.h"
#include "gateway/turn_type.h"
#include "provider/canonical/codec.h"
#include "proto/failure_rules.h"

namespace warmpath {
namespace {

void AddTrailers(grpc::CallbackServerContext& context, const ModelCall& call,
                 const ServedBy& served) {
  for (const auto& [name, value] : ServedMetadata(call.request_id, call.workflow, served)) {
    context.AddTrailingMetadata(name, value);
  }
}

absl::Duration RetryAfter(const LiveAnswer& live) {
  if (live.downtime) return live.retry_after;
  if (!live.answer.failure || !live.answer.failure->has_retry_after()) return absl::ZeroDuration();
  return absl::Seconds(live.answer.failure->retry_after().seconds());
}

}  // namespace

// The fields that ChatRequest and StreamChatRequest share.
struct ChatServiceImpl::RequestView {
  const std::string& workflow;
  const std::string& conversation;
  const v1::ModelRequest& request;
  bool stream;
};

// A request that may be served.
struct ChatServiceImpl::Accepted {
  std::shared_ptr<ModelCall> call;
  uint64_t conversation = 0;
  v1::TurnType turn_type = v1::TURN_TYPE_UNSPECIFIED;
};

ChatServiceImpl::ChatServiceImpl(std::vector<ChatWorker> workers, const Clock& clock,
                                 uint64_t id_seed)
    : workers_(std::move(workers)), clock_(clock), ids_(id_seed) {}

ChatServiceImpl::~ChatServiceImpl() = default;

absl::StatusOr<ChatServiceImpl::Accepted> ChatServiceImpl::Accept(
    grpc::CallbackServerContext& context, const RequestView& view) {
  const auto settings = settings_.load();
  RETURN_IF_ERROR(CheckDoor(settings->tokens, context));
  const std::string& name = view.workflow.empty() ? view.request.model() : view.workflow;
  const WorkflowEntry* workflow = settings->directory.Find(name);
  if (workflow == nullptr) return absl::NotFoundError(settings->directory.UnknownMessage(name));
  if (view.request.messages().empty()) {
    return absl::InvalidArgumentError("request.messages is empty; give at least one message");
  }
  const auto now = std::chrono::system_clock::now();
  if (context.deadline() <= now) return absl::DeadlineExceededError("the deadline had passed already");

  Accepted accepted;
  accepted.call = std::make_shared<ModelCall>();
  ModelCall& call = *accepted.call;
  const std::string_view given_id = Metadata(context, "x-request-id");
  call.request_id = given_id.empty() || given_id.size() > 128 ? NewRequestId() : std::string(given_id);
  call.workflow = workflow->name;
  call.dialect = Dialect::kCanonical;
  call.stream = view.stream;
  v1::ModelRequest request = view.request;
  request.set_stream(view.stream);
  call.body = std::make_shared<const std::string>(request.SerializeAsString());
  const auto steady = std::chrono::steady_clock::now();
  call.deadline = steady + absl::ToChronoNanoseconds(workflow->deadline);
  if (context.deadline() < std::chrono::system_clock::time_point::max()) {
    call.deadline = std::min(call.deadline, steady + (context.deadline() - now));
  }
  std::string_view named = view.conversation;
  if (named.empty()) named = Metadata(context, "x-warmpath-conversation");
  accepted.conversation = named.empty() ? ConversationOf(request) : StableHash64(named);
  accepted.turn_type = TurnTypeOf(request);
  return accepted;
}

const ChatWorker& ChatServiceImpl::NextWorker() {
  return workers_[next_worker_.fetch_add(1, std::memory_order_relaxed) % workers_.size()];
}

std::string ChatServiceImpl::NewRequestId() {
  absl::MutexLock lock(&mutex_);
  return ids_.Next("req", clock_.Now());
}

// Lives until gRPC is done with the call *and* the worker's coroutine has ended.
class ChatServiceImpl::UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  UnaryReactor(grpc::CallbackServerContext& context, v1::ChatResponse& response,
               const ChatWorker& worker)
      : context_(context), response_(response), worker_(worker) {}

  void Start(Accepted accepted) {
    self_ = std::shared_ptr<UnaryReactor>(this);
    boost::asio::co_spawn(*worker_.io, Run(self_, std::move(accepted)),
                          [self = self_](std::exception_ptr error) {
                            if (error) {
                              self->Finish({grpc::StatusCode::INTERNAL, "warmpath failed inside"});
                            }
                          });
  }

  void OnCancel() override {
    boost::asio::post(*worker_.io, [self = self_] { self->cancel_.Cancel(); });
  }
  void OnDone() override { self_.reset(); }

 private:
  static boost::asio::awaitable<void> Run(std::shared_ptr<UnaryReactor> self, Accepted accepted) {
    LiveAnswer live = co_await self->worker_.caller->Serve(
        accepted.call, accepted.conversation, accepted.turn_type, nullptr, &self->cancel_);
    AddTrailers(self->context_, *accepted.call, live.served);
    if (live.answer.failure) {
      self->Finish(GrpcError(*live.answer.failure, RetryAfter(live), live.downtime));
    } else if (!self->response_.mutable_observation()->ParseFromString(*live.answer.reply)) {
      self->Finish({grpc::StatusCode::INTERNAL, "the path's answer cannot be read"});
    } else {
      self->Finish(grpc::Status::OK);
    }
  }

  grpc::CallbackServerContext& context_;
  v1::ChatResponse& response_;
  const ChatWorker& worker_;
  CancelToken cancel_;
  std::shared_ptr<UnaryReactor> self_;
};

// As above; its coroutine waits for each write that gRPC has under way.
class ChatServiceImpl::StreamReactor final
    : public grpc::ServerWriteReactor<v1::StreamChatResponse>,
      public FrontStream {
 public:
  StreamReactor(grpc::CallbackServerContext& context, const ChatWorker& worker)
      : context_(context), worker_(worker) {}

  // Ends the call at once.
  void Refuse(const grpc::Status& status) {
    self_ = std::shared_ptr<StreamReactor>(this);
    Finish(status);
  }

  void Start(Accepted accepted) {
    self_ = std::shared_ptr<StreamReactor>(this);
    boost::asio::co_spawn(*worker_.io, Run(self_, std::move(accepted)),
                          [self = self_](std::exception_ptr error) {
                            if (error) {
                              self->Finish({grpc::StatusCode::INTERNAL, "warmpath failed inside"});
                            }
                          });
  }

  void OnWriteDone(bool ok) override {
    boost::asio::post(*worker_.io, [self = self_, ok] {
      self->writing_ = false;
      self->gone_ |= !ok;
      self->waker_.Wake();
    });
  }
  void OnCancel() override {
    boost::asio::post(*worker_.io, [self = self_] {
      self->gone_ = true;
      self->cancel_.Cancel();
      self->waker_.Wake();
    });
  }
  void OnDone() override { self_.reset(); }

  boost::asio::awaitable<bool> Begin(const ServedBy&, std::string_view bytes) override {
    co_return co_await Write(bytes);
  }

  boost::asio::awaitable<bool> Write(std::string_view frames) override {
    std::string_view delta;
    while (NextDeltaFrame(frames, delta)) {
      if (gone_) co_return false;
      if (!piece_.mutable_delta()->ParseFromArray(delta.data(), static_cast<int>(delta.size()))) {
        co_return false;
      }
      writing_ = true;
      StartWrite(&piece_);
      while (writing_) co_await waker_.Wait();
    }
    co_return !gone_;
  }

 private:
  static boost::asio::awaitable<void> Run(std::shared_ptr<StreamReactor> self, Accepted accepted) {
    LiveAnswer live = co_await self->worker_.caller->Serve(
        accepted.call, accepted.conversation, accepted.turn_type, self.get(), &self->cancel_);
    AddTrailers(self->context_, *accepted.call, live.served);
    if (live.answer.failure) {
      self->Finish(GrpcError(*live.answer.failure, RetryAfter(live), live.downtime));
    } else {
      self->Finish(grpc::Status::OK);
    }
  }

  grpc::CallbackServerContext& context_;
  const ChatWorker& worker_;
  Waker waker_;
  CancelToken cancel_;
  v1::StreamChatResponse piece_;
  // Only touched on the worker's loop.
  bool writing_ = false;
  bool gone_ = false;
  std::shared_ptr<StreamReactor> self_;
};

grpc::ServerUnaryReactor* ChatServiceImpl::Chat(grpc::CallbackServerContext* context,
                                                const v1::ChatRequest* request,
                                                v1::ChatResponse* response) {
  auto accepted =
      Accept(*context, {request->workflow(), request->conversation(), request->request(), false});
  if (!accepted.ok()) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(GrpcStatusOf(accepted.status()));
    return reactor;
  }
  auto* reactor = new UnaryReactor(*context, *response, NextWorker());
  reactor->Start(*std::move(accepted));
  return reactor;
}

grpc::ServerWriteReactor<v1::StreamChatResponse>* ChatServiceImpl::StreamChat(
    grpc::CallbackServerContext* context, const v1::StreamChatRequest* request) {
  auto accepted =
      Accept(*context, {request->workflow(), request->conversation(), request->request(), true});
  auto* reactor = new StreamReactor(*context, NextWorker());
  if (accepted.ok()) {
    reactor->Start(*std::move(accepted));
  } else {
    reactor->Refuse(GrpcStatusOf(accepted.status()));
  }
  return reactor;
}

}  // namespace warmpath
