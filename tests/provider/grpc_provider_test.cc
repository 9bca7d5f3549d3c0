// Paths behind a real gRPC server on loopback.
#include "provider/grpc_provider.h"

#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "boost/asio/post.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "provider/canonical/codec.h"
#include "provider/observe.h"
#include "tests/provider/provider_fixture.h"
#include "warmpath/v1/path.grpc.pb.h"

namespace warmpath {
namespace {

using namespace warmpath::testing;
using ::testing::HasSubstr;

// Follows a script, on gRPC's threads, and keeps what it was asked.
class ScriptedPath final : public v1::PathService::Service {
 public:
  using Script =
      std::function<grpc::Status(grpc::ServerContext&, grpc::ServerWriter<v1::CallResponse>&)>;

  grpc::Status Call(grpc::ServerContext* context, const v1::CallRequest* request,
                    grpc::ServerWriter<v1::CallResponse>* writer) override {
    Script script;
    {
      absl::MutexLock lock(&mutex);
      last_request = *request;
      metadata.clear();
      for (const auto& [name, value] : context->client_metadata()) {
        metadata[std::string(name.data(), name.size())] = std::string(value.data(), value.size());
      }
      deadline = context->deadline();
      script = this->script;
    }
    const grpc::Status status = script(*context, *writer);
    absl::MutexLock lock(&mutex);
    ++ended;
    cancelled = context->IsCancelled();
    return status;
  }

  absl::Mutex mutex;
  Script script;
  v1::CallRequest last_request;
  std::map<std::string, std::string> metadata;
  std::chrono::system_clock::time_point deadline;
  int ended = 0;
  bool cancelled = false;
};

v1::CallResponse Text(const std::string& text) {
  v1::CallResponse response;
  response.mutable_delta()->set_text(text);
  return response;
}
v1::CallResponse Last(const std::string& text, v1::Outcome outcome = v1::OUTCOME_END) {
  v1::CallResponse response;
  v1::Observation& observation = *response.mutable_delta()->mutable_observation();
  observation.set_outcome(outcome);
  observation.set_text(text);
  observation.set_served_model("path-model-7");
  return response;
}

class GrpcProviderTest : public ProviderFixture {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    grpc_server_ = builder.BuildAndStart();
    ASSERT_NE(port_, 0);
    UseGrpc();
  }
  void TearDown() override {
    grpc_provider_.reset();
    grpc_server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
  }

  void UseGrpc(const std::function<void(v1::ProviderConfig&)>& tweak = nullptr,
               Traffic traffic = Traffic::kLive) {
    v1::ProviderConfig config;
    config.set_kind(v1::PROVIDER_KIND_GRPC);
    config.set_base_url(absl::StrCat("127.0.0.1:", port_));
    if (tweak) tweak(config);
    auto made = GrpcProvider::Create(
        config,
        {.io = io_, .deadlines = deadlines_, .clock = clock_, .traffic = traffic});
    ASSERT_TRUE(made.ok()) << made.status();
    grpc_provider_ = *std::move(made);
  }

  Answer Ask(const ModelCall& call, AnswerSink* sink = nullptr, CancelToken* cancel = nullptr) {
    const PathTarget target{.path = "own", .model = "m-own"};
    std::optional<Answer> answer;
    Run([&]() -> Task<void> {
      answer = co_await grpc_provider_->Call(call, target, sink, cancel);
    }());
    return answer.has_value() ? *std::move(answer) : Answer();
  }

  void Serve(ScriptedPath::Script script) {
    absl::MutexLock lock(&service_.mutex);
    service_.script = std::move(script);
  }
  void WaitForEnd(int calls = 1) {
    absl::MutexLock lock(&service_.mutex);
    const auto ended = [&]() { return service_.ended >= calls; };
    EXPECT_TRUE(service_.mutex.AwaitWithTimeout(absl::Condition(&ended), absl::Seconds(20)));
  }

  int port_ = 0;
  ScriptedPath service_;
  std::unique_ptr<grpc::Server> grpc_server_;
  std::unique_ptr<GrpcProvider> grpc_provider_;
};

TEST_F(GrpcProviderTest, AnswersACallOfAnotherDialect) {
  Serve([](auto&, auto& writer) {
    writer.Write(Text("Hel"));
    writer.Write(Last("Hello"));
    return grpc::Status::OK;
  });
  ModelCall call = MakeCall(std::string(kChatBody));
  call.caller_authorization = "Bearer sk-caller";
  call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const Answer answer = Ask(call);
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  ASSERT_NE(answer.reply, nullptr);
  EXPECT_THAT(*answer.reply, HasSubstr("\"Hello\""));
  EXPECT_THAT(*answer.reply, HasSubstr("chat.completion"));
  const v1::Observation seen = Observe(answer);
  EXPECT_EQ(seen.outcome(), v1::OUTCOME_END);
  EXPECT_EQ(seen.text(), "Hello");
  EXPECT_EQ(seen.served_model(), "path-model-7");
  EXPECT_EQ(seen.path(), "own");

  absl::MutexLock lock(&service_.mutex);
  EXPECT_EQ(service_.last_request.request_id(), "req_1");
  EXPECT_EQ(service_.last_request.workflow(), "triage");
  EXPECT_EQ(service_.last_request.model(), "m-own");
  EXPECT_FALSE(service_.last_request.shadow());
  EXPECT_EQ(service_.last_request.request().model(), "m-own");
  EXPECT_EQ(service_.last_request.request().messages(0).parts(0).text(), "hi");
  EXPECT_EQ(service_.metadata["x-request-id"], "req_1");
  EXPECT_EQ(service_.metadata.count("authorization"), 0u) << "another dialect's key";
  EXPECT_EQ(service_.metadata.count("x-warmpath-shadow"), 0u);
  EXPECT_LT(service_.deadline, std::chrono::system_clock::now() + std::chrono::seconds(61));
}

TEST_F(GrpcProviderTest, StreamsPieceByPiece) {
  Serve([](auto&, auto& writer) {
    writer.Write(Text("Hel"));
    writer.Write(Text("lo"));
    writer.Write(Last("Hello"));
    return grpc::Status::OK;
  });
  RecordingSink sink;
  ModelCall call = MakeCall(std::string(kChatStreamBody));
  call.capture = true;
  const Answer answer = Ask(call, &sink);
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_TRUE(answer.streamed);
  EXPECT_TRUE(answer.committed);
  EXPECT_THAT(sink.bytes(), HasSubstr("Hel"));
  EXPECT_THAT(sink.bytes(), ::testing::EndsWith("data: [DONE]\n\n"));
  EXPECT_EQ(sink.pieces.size(), 3u);
  EXPECT_EQ(sink.pieces.back().second, PieceKind::kTerminal);
  EXPECT_EQ(Observe(answer).text(), "Hello");
  EXPECT_EQ(Observe(answer).outcome(), v1::OUTCOME_END);
}

TEST_F(GrpcProviderTest, PassesCanonicalCallersThrough) {
  v1::ModelRequest request;
  auto& message = *request.add_messages();
  message.set_role(v1::MESSAGE_ROLE_USER);
  message.add_parts()->set_text("hi");
  ModelCall call;
  call.request_id = "req_2";
  call.workflow = "triage";
  call.dialect = Dialect::kCanonical;
  call.body = std::make_shared<const std::string>(request.SerializeAsString());
  call.caller_authorization = "Bearer sk-caller";
  Serve([](auto&, auto& writer) {
    writer.Write(Last("Hello"));
    return grpc::Status::OK;
  });
  const Answer answer = Ask(call);
  ASSERT_NE(answer.reply, nullptr);
  v1::Observation seen;
  ASSERT_TRUE(seen.ParseFromString(*answer.reply));
  EXPECT_EQ(seen.text(), "Hello");
  EXPECT_EQ(seen.path(), "own");
  EXPECT_EQ(seen.requested_model(), "m-own");
  {
    absl::MutexLock lock(&service_.mutex);
    EXPECT_EQ(service_.metadata["authorization"], "Bearer sk-caller");
  }
  RecordingSink sink;
  call.stream = true;
  Ask(call, &sink);
  const std::string bytes = sink.bytes();
  std::string_view frames = bytes, frame;
  ASSERT_TRUE(NextDeltaFrame(frames, frame));
  v1::Delta delta;
  ASSERT_TRUE(delta.ParseFromArray(frame.data(), static_cast<int>(frame.size())));
  EXPECT_EQ(delta.observation().text(), "Hello");
  EXPECT_EQ(delta.observation().path(), "own");
}

TEST_F(GrpcProviderTest, MarksShadowsAndUsesTheirKey) {
  setenv("WP_TEST_SHADOW_KEY", "sk-shadow", 1);
  UseGrpc(
      [](v1::ProviderConfig& c) {
        c.set_shadow_api_key("env:WP_TEST_SHADOW_KEY");
        (*c.mutable_headers())["X-Tenant"] = "t1";
      },
      Traffic::kShadow);
  Serve([](auto&, auto& writer) {
    writer.Write(Last("Hello"));
    return grpc::Status::OK;
  });
  ModelCall call = MakeCall(std::string(kChatBody));
  call.shadow = true;
  call.caller_authorization = "Bearer sk-caller";
  const Answer answer = Ask(call);
  EXPECT_FALSE(answer.failure.has_value());
  EXPECT_EQ(Observe(answer).text(), "Hello");
  absl::MutexLock lock(&service_.mutex);
  EXPECT_TRUE(service_.last_request.shadow());
  EXPECT_EQ(service_.metadata["x-warmpath-shadow"], "1");
  EXPECT_EQ(service_.metadata["authorization"], "Bearer sk-shadow");
  EXPECT_EQ(service_.metadata["x-tenant"], "t1");
}

TEST_F(GrpcProviderTest, NeedsTheObservationAtTheEnd) {
  Serve([](auto&, auto& writer) {
    writer.Write(Text("Hel"));
    return grpc::Status::OK;
  });
  RecordingSink sink;
  const Answer answer = Ask(MakeCall(std::string(kChatStreamBody)), &sink);
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_INTERRUPTED);
  EXPECT_TRUE(answer.committed);
  Serve([](auto&, auto&) { return grpc::Status::OK; });
  EXPECT_EQ(ClassIn(Ask(MakeCall(std::string(kChatBody)))), v1::FAILURE_CLASS_INTERRUPTED);
}

TEST_F(GrpcProviderTest, TakesAFailedObservationForAFailure) {
  Serve([](auto&, auto& writer) {
    v1::CallResponse last = Last("", v1::OUTCOME_FAILED);
    last.mutable_delta()->mutable_observation()->mutable_failure()->set_failure_class(
        v1::FAILURE_CLASS_RATE_LIMITED);
    writer.Write(last);
    return grpc::Status::OK;
  });
  RecordingSink sink;
  const Answer answer = Ask(MakeCall(std::string(kChatStreamBody)), &sink);
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_RATE_LIMITED);
  EXPECT_FALSE(answer.committed);
  EXPECT_TRUE(sink.pieces.empty());
}

TEST_F(GrpcProviderTest, ClassifiesStatuses) {
  const struct {
    grpc::StatusCode code;
    v1::FailureClass expected;
  } kCases[] = {
      {grpc::StatusCode::UNAVAILABLE, v1::FAILURE_CLASS_OVERLOADED},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, v1::FAILURE_CLASS_RATE_LIMITED},
      {grpc::StatusCode::UNAUTHENTICATED, v1::FAILURE_CLASS_AUTH},
      {grpc::StatusCode::PERMISSION_DENIED, v1::FAILURE_CLASS_AUTH},
      {grpc::StatusCode::NOT_FOUND, v1::FAILURE_CLASS_NOT_FOUND},
      {grpc::StatusCode::INVALID_ARGUMENT, v1::FAILURE_CLASS_INVALID_REQUEST},
      {grpc::StatusCode::INTERNAL, v1::FAILURE_CLASS_SERVER_ERROR},
      {grpc::StatusCode::ABORTED, v1::FAILURE_CLASS_SERVER_ERROR},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.code);
    // With a piece before it, so that the path was surely reached.
    Serve([&](auto&, auto& writer) {
      writer.Write(v1::CallResponse());
      return grpc::Status(c.code, "the prompt was: secret words");
    });
    const Answer answer = Ask(MakeCall(std::string(kChatBody)));
    EXPECT_EQ(ClassIn(answer), c.expected) << answer.failure->ShortDebugString();
    EXPECT_THAT(answer.failure->message(), ::testing::Not(HasSubstr("secret")));
  }
}

TEST_F(GrpcProviderTest, TellsAPathThatIsNotThere) {
  grpc_server_->Shutdown();
  const Answer answer = Ask(MakeCall(std::string(kChatBody)));
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_CONNECT) << answer.failure->ShortDebugString();
}

// Holds the call open until the client gives it up.
grpc::Status UntilCancelled(grpc::ServerContext& context,
                            grpc::ServerWriter<v1::CallResponse>& writer) {
  v1::CallResponse nothing;
  while (!context.IsCancelled() && writer.Write(nothing)) {
  }
  return grpc::Status::CANCELLED;
}

TEST_F(GrpcProviderTest, EndsASilentCall) {
  absl::Notification release;
  Serve([&](auto&, auto&) {
    release.WaitForNotification();
    return grpc::Status::OK;
  });
  UseGrpc([](v1::ProviderConfig& c) { c.mutable_first_byte_timeout()->set_nanos(60'000'000); });
  EXPECT_EQ(ClassIn(Ask(MakeCall(std::string(kChatBody)))), v1::FAILURE_CLASS_TIMEOUT);
  ModelCall call = MakeCall(std::string(kChatBody));
  UseGrpc();
  call.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
  EXPECT_EQ(ClassIn(Ask(call)), v1::FAILURE_CLASS_DEADLINE);
  call.deadline = std::chrono::steady_clock::now();
  EXPECT_EQ(ClassIn(Ask(call)), v1::FAILURE_CLASS_DEADLINE);
  release.Notify();
  WaitForEnd(2);
}

TEST_F(GrpcProviderTest, AsksNothingOfAPathWhoseWindowIsTooSmall) {
  Serve([](auto&, auto& writer) {
    writer.Write(Last("Hello"));
    return grpc::Status::OK;
  });
  PathTarget target{.path = "own", .model = "m"};
  target.capabilities.set_context_window_tokens(10);
  const ModelCall call = MakeCall(R"({"model":"t","messages":[{"role":"user","content":")" +
                                  std::string(60, 'x') + R"("}]})");
  std::optional<Answer> answer;
  Run([&]() -> Task<void> {
    answer = co_await grpc_provider_->Call(call, target, nullptr, nullptr);
  }());
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(ClassIn(*answer), v1::FAILURE_CLASS_CONTEXT_WINDOW);
}

TEST_F(GrpcProviderTest, IsCancelled) {
  CancelToken token;
  Serve(UntilCancelled);
  const ModelCall call = MakeCall(std::string(kChatBody));
  const PathTarget target{.path = "own", .model = "m"};
  std::optional<Answer> answer;
  boost::asio::co_spawn(
      io_,
      [&]() -> Task<void> { answer = co_await grpc_provider_->Call(call, target, nullptr, &token); },
      boost::asio::detached);
  boost::asio::post(io_, [&] { token.Cancel(); });
  RunUntil([&] { return answer.has_value(); });
  EXPECT_EQ(ClassIn(*answer), v1::FAILURE_CLASS_CANCELLED);
  EXPECT_EQ(ClassIn(Ask(call, nullptr, &token)), v1::FAILURE_CLASS_CANCELLED) << "nor started";
}

TEST_F(GrpcProviderTest, TellsThePathWhenTheCallerHasGone) {
  Serve([](auto& context, auto& writer) {
    writer.Write(Text("Hel"));
    return UntilCancelled(context, writer);
  });
  RecordingSink sink;
  sink.gone_after = 0;
  EXPECT_EQ(ClassIn(Ask(MakeCall(std::string(kChatStreamBody)), &sink)),
            v1::FAILURE_CLASS_CANCELLED);
  WaitForEnd();
  absl::MutexLock lock(&service_.mutex);
  EXPECT_TRUE(service_.cancelled);
}

TEST_F(GrpcProviderTest, LetsAPathEndProperly) {
  Serve([](auto&, auto& writer) {
    writer.Write(Last("Hello"));
    return grpc::Status::OK;
  });
  for (int i = 1; i <= 20; ++i) {
    EXPECT_FALSE(Ask(MakeCall(std::string(kChatBody))).failure.has_value());
    WaitForEnd(i);
    absl::MutexLock lock(&service_.mutex);
    EXPECT_FALSE(service_.cancelled);
  }
}

TEST_F(GrpcProviderTest, BoundsWhatItTakes) {
  const std::string piece(100'000, 'x');
  Serve([&](auto& context, auto& writer) {
    while (!context.IsCancelled() && writer.Write(Text(piece))) {
    }
    return grpc::Status::CANCELLED;
  });
  UseGrpc([](v1::ProviderConfig& c) { c.set_max_answer_bytes(1 << 20); });
  EXPECT_EQ(ClassIn(Ask(MakeCall(std::string(kChatBody)))), v1::FAILURE_CLASS_MALFORMED_ANSWER);
  WaitForEnd();
  Serve([](auto&, auto& writer) {
    writer.Write(Last(std::string(2 << 20, 'x')));
    return grpc::Status::OK;
  });
  EXPECT_EQ(ClassIn(Ask(MakeCall(std::string(kChatBody)))), v1::FAILURE_CLASS_MALFORMED_ANSWER);
}

TEST_F(GrpcProviderTest, SaysSoWhenItsPlacesAreUsedUp) {
  UseGrpc([](v1::ProviderConfig& c) { c.set_max_connections(1); });
  Serve(UntilCancelled);
  const ModelCall call = MakeCall(std::string(kChatBody));
  CancelToken token;
  const PathTarget target{.path = "own", .model = "m"};
  std::optional<Answer> first;
  boost::asio::co_spawn(
      io_,
      [&]() -> Task<void> { first = co_await grpc_provider_->Call(call, target, nullptr, &token); },
      boost::asio::detached);
  EXPECT_EQ(ClassIn(Ask(call)), v1::FAILURE_CLASS_LOCAL_LIMIT);
  token.Cancel();
  RunUntil([&] { return first.has_value(); });
  Serve([](auto&, auto& writer) {
    writer.Write(Last("Hello"));
    return grpc::Status::OK;
  });
  EXPECT_FALSE(Ask(call).failure.has_value()) << "the place is free again";
}

TEST_F(GrpcProviderTest, RefusesConfigsThatCannotWork) {
  for (const char* url : {"", "http://h/path", "h:0", "h:x"}) {
    v1::ProviderConfig config;
    config.set_kind(v1::PROVIDER_KIND_GRPC);
    config.set_base_url(url);
    EXPECT_FALSE(
        GrpcProvider::Create(config, {.io = io_, .deadlines = deadlines_, .clock = clock_}).ok())
        << url;
  }
}

}  // namespace
}  // namespace warmpath
