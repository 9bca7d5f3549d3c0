// The one way to every path.
#include "provider/path_set.h"

#include <cstdlib>
#include <optional>
#include <string>

#include "boost/asio/bind_cancellation_slot.hpp"
#include "boost/asio/cancellation_signal.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/provider/provider_fixture.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using namespace warmpath::testing;
using ::testing::HasSubstr;

class PathSetTest : public ProviderFixture {
 protected:
  // A workflow "triage" with a path "primary" over HTTP and one "rest" that always says the same.
  v1::Config MakeConfig(uint16_t port) {
    v1::Config config;
    v1::ProviderConfig& http = (*config.mutable_providers())["vendor"];
    http.set_kind(v1::PROVIDER_KIND_OPENAI);
    http.set_base_url(absl::StrCat("http://127.0.0.1:", port, "/v1"));
    v1::ProviderConfig& fixed = (*config.mutable_providers())["fixed"];
    fixed.set_kind(v1::PROVIDER_KIND_STATIC);
    fixed.mutable_static_()->set_text("closed");
    v1::WorkflowConfig& workflow = (*config.mutable_workflows())["triage"];
    AddPath(workflow, "primary", "vendor", "m-1");
    AddPath(workflow, "rest", "fixed", "");
    return config;
  }
  static void AddPath(v1::WorkflowConfig& workflow, const std::string& name,
                      const std::string& provider, const std::string& model) {
    v1::PathConfig& path = *workflow.add_paths();
    path.set_name(name);
    path.set_provider(provider);
    path.set_model(model);
  }
  absl::StatusOr<std::shared_ptr<PathSet>> Make(const v1::Config& config,
                                                Traffic traffic = Traffic::kLive) {
    return PathSet::Create(
        config, {.io = io_, .deadlines = deadlines_, .clock = clock_, .traffic = traffic});
  }
  Answer CallPath(PathSet& set, std::string_view workflow, std::string_view path,
                  const ModelCall& call, AnswerSink* sink = nullptr) {
    std::optional<Answer> answer;
    Run([&]() -> Task<void> { answer = co_await set.Call(workflow, path, call, sink); }());
    return answer.has_value() ? *std::move(answer) : Answer();
  }

  std::shared_ptr<PathSet> set_;
};

TEST_F(PathSetTest, CallsTheProviderOfAPathWithItsModel) {
  auto set = Make(MakeConfig(StartRawServer({Say(Http(200, kChatAnswer))})));
  ASSERT_THAT(set, IsOk());
  EXPECT_TRUE((*set)->Has("triage", "primary"));
  EXPECT_FALSE((*set)->Has("triage", "other"));
  const Answer answer = CallPath(**set, "triage", "primary", MakeCall(std::string(kChatBody)));
  EXPECT_FALSE(answer.failure.has_value());
  EXPECT_EQ(answer.path, "primary");
  EXPECT_THAT(requests_.at(0), HasSubstr("\"m-1\""));
}

TEST_F(PathSetTest, CallsEmbeddedPathsAsWell) {
  auto set = Make(MakeConfig(1));
  ASSERT_THAT(set, IsOk());
  const Answer answer = CallPath(**set, "triage", "rest", MakeCall(std::string(kChatBody)));
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_THAT(*answer.reply, HasSubstr("closed"));
  RecordingSink sink;
  const Answer streamed =
      CallPath(**set, "triage", "rest", MakeCall(std::string(kChatStreamBody)), &sink);
  ASSERT_FALSE(streamed.failure.has_value());
  EXPECT_THAT(sink.bytes(), HasSubstr("closed"));
  EXPECT_THAT(sink.bytes(), ::testing::EndsWith("data: [DONE]\n\n"));
  EXPECT_TRUE(streamed.committed);
}

TEST_F(PathSetTest, FailsOnAPathThatIsNotThere) {
  auto set = Make(MakeConfig(1));
  ASSERT_THAT(set, IsOk());
  for (const auto& [workflow, path] :
       {std::pair{"triage", "nowhere"}, std::pair{"other", "primary"}}) {
    const Answer answer = CallPath(**set, workflow, path, MakeCall(std::string(kChatBody)));
    EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_INTERNAL);
    EXPECT_THAT(answer.failure->message(), HasSubstr(path));
  }
}

TEST_F(PathSetTest, KeepsLiveTrafficAndShadowsApart) {
  ModelCall shadow = MakeCall(std::string(kChatBody));
  shadow.shadow = true;
  auto live_set = Make(MakeConfig(1), Traffic::kLive);
  auto shadow_set = Make(MakeConfig(1), Traffic::kShadow);
  ASSERT_THAT(live_set, IsOk());
  ASSERT_THAT(shadow_set, IsOk());
  EXPECT_EQ(ClassIn(CallPath(**live_set, "triage", "rest", shadow)), v1::FAILURE_CLASS_INTERNAL);
  EXPECT_EQ(ClassIn(CallPath(**shadow_set, "triage", "rest", MakeCall(std::string(kChatBody)))),
            v1::FAILURE_CLASS_INTERNAL);
  EXPECT_FALSE(CallPath(**shadow_set, "triage", "rest", shadow).failure.has_value());
}

TEST_F(PathSetTest, ReadsSecretsWhenItIsMade) {
  v1::Config config = MakeConfig(1);
  (*config.mutable_providers())["vendor"].set_api_key("env:WP_TEST_PATH_SET_KEY");
  unsetenv("WP_TEST_PATH_SET_KEY");
  const auto without = Make(config);
  ASSERT_FALSE(without.ok());
  EXPECT_THAT(std::string(without.status().message()), HasSubstr("\"vendor\""));
  setenv("WP_TEST_PATH_SET_KEY", "k", 1);
  EXPECT_THAT(Make(config), IsOk());
}

TEST_F(PathSetTest, NamesAProviderThatDoesNotExist) {
  v1::Config config = MakeConfig(1);
  config.mutable_providers()->erase("vendor");
  EXPECT_THAT(Make(config), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("vendor")));
}

TEST_F(PathSetTest, LivesUntilItsLastCallHasEnded) {
  const auto script = [&](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    // The set is dropped while its call waits.
    set_.reset();
    co_await peer.Write(Http(200, kChatAnswer));
    co_await peer.ReadToEnd();
  };
  auto made = Make(MakeConfig(StartRawServer({script})));
  ASSERT_THAT(made, IsOk());
  set_ = *std::move(made);
  const ModelCall call = MakeCall(std::string(kChatBody));
  std::optional<Answer> answer;
  boost::asio::co_spawn(
      io_, set_->Call("triage", "primary", call, nullptr),
      [&](std::exception_ptr error, Answer got) {
        EXPECT_EQ(error, nullptr);
        answer = std::move(got);
      });
  std::weak_ptr<PathSet> watch = set_;
  RunUntil([&] { return answer.has_value(); });
  EXPECT_FALSE(answer->failure.has_value());
  EXPECT_TRUE(watch.expired());
}

TEST_F(PathSetTest, IsCancelledByAsiosOwnMeans) {
  bool waiting = false;
  bool closed = false;
  const auto script = [&](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    waiting = true;
    co_await peer.ReadToEnd();
    closed = true;
  };
  auto set = Make(MakeConfig(StartRawServer({script})));
  ASSERT_THAT(set, IsOk());
  const ModelCall call = MakeCall(std::string(kChatBody));
  boost::asio::cancellation_signal signal;
  std::optional<Answer> answer;
  boost::asio::co_spawn(
      io_,
      [&]() -> Task<void> {
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        answer = co_await (*set)->Call("triage", "primary", call, nullptr);
      },
      boost::asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr error) {
        EXPECT_EQ(error, nullptr);
      }));
  RunUntil([&] { return waiting; });
  signal.emit(boost::asio::cancellation_type::terminal);
  RunUntil([&] { return answer.has_value() && closed; });
  EXPECT_EQ(ClassIn(*answer), v1::FAILURE_CLASS_CANCELLED);
}

}  // namespace
}  // namespace warmpath
