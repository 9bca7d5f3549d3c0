// The way of one call to a vendor's API and back, where the answer is not a stream.
#include "provider/http_provider.h"

#include <cstdlib>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "provider/observe.h"
#include "tests/provider/provider_fixture.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using namespace warmpath::testing;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

class HttpProviderTest : public ProviderFixture {
 protected:
  void SetUp() override {
    setenv("WP_TEST_KEY", "sk-own", 1);
    setenv("WP_TEST_SHADOW_KEY", "sk-shadow", 1);
  }
  static std::string BodyOf(const std::string& message) {
    return message.substr(message.find("\r\n\r\n") + 4);
  }
  static std::string HeadOf(const std::string& message) {
    return message.substr(0, message.find("\r\n\r\n") + 2);
  }
};

constexpr auto kOpenAi = v1::PROVIDER_KIND_OPENAI;
constexpr auto kAnthropic = v1::PROVIDER_KIND_ANTHROPIC;

TEST_F(HttpProviderTest, ForwardsBytesVerbatimButForTheModel) {
  const std::string upstream = std::string(kChatAnswer) + "\n";
  UseProvider(kOpenAi, StartRawServer({Say(Http(200, upstream,
                                                "Content-Type: application/json\r\nX-Request-ID: up1\r\n"
                                                "x-ratelimit-remaining-tokens: 7\r\nServer: s\r\n"
                                                "Set-Cookie: a=b\r\n"))}));
  const std::string before = "{ \"zzz\" : [1, 2.50, {\"model\":\"in\"}],\t\"model\" : ";
  const std::string after =
      " ,\n \"messages\":[{\"role\":\"user\",\"content\":\"caf\\u00e9 \\\"q\\\"\"}], \"new_field\":null }";
  const Answer answer = Call(MakeCall(before + "\"tri\\u0061ge\"" + after));
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(BodyOf(requests_[0]), before + "\"m-1\"" + after);
  EXPECT_THAT(requests_[0], ::testing::StartsWith("POST /v1/chat/completions HTTP/1.1\r\n"));
  EXPECT_THAT(HeadOf(requests_[0]), HasSubstr("x-request-id: req_1\r\n"));
  EXPECT_THAT(HeadOf(requests_[0]), Not(HasSubstr("shadow")));
  EXPECT_THAT(HeadOf(requests_[0]), Not(HasSubstr("uthorization")));
  ASSERT_NE(answer.reply, nullptr);
  EXPECT_EQ(*answer.reply, upstream);
  EXPECT_EQ(answer.reply, answer.native) << "one object, not a copy";
  EXPECT_EQ(answer.http_status, 200);
  EXPECT_EQ(answer.path, "primary");
  EXPECT_EQ(answer.requested_model, "m-1");
  EXPECT_FALSE(answer.streamed);
  EXPECT_EQ(answer.fidelity, nullptr);
  EXPECT_EQ(answer.dispatch_time, clock_.Now());
  EXPECT_GT(answer.duration, absl::ZeroDuration());
  EXPECT_THAT(answer.headers, ::testing::UnorderedElementsAre(
                                  Pair("x-request-id", "up1"),
                                  Pair("x-ratelimit-remaining-tokens", "7")));
}

TEST_F(HttpProviderTest, WritesAnyModelNameAsJson) {
  const uint16_t port = StartRawServer({Say(Http(200, kChatAnswer))});
  UseProvider(kOpenAi, port);
  Call(MakeCall(R"({"model":"x","messages":[]})"), nullptr, nullptr, "a\"b\\c\né");
  EXPECT_EQ(BodyOf(requests_.at(0)), "{\"model\":\"a\\\"b\\\\c\\né\",\"messages\":[]}");
}

TEST_F(HttpProviderTest, AddsAModelWhereThereIsNone) {
  UseProvider(kOpenAi, StartRawServer({Say(Http(200, kChatAnswer))}));
  Call(MakeCall(R"( {"messages":[]})"));
  UseProvider(kOpenAi, StartRawServer({Say(Http(200, kChatAnswer))}));
  Call(MakeCall("{ }"));
  EXPECT_EQ(BodyOf(requests_.at(0)), R"({"model":"m-1","messages":[]})");
  EXPECT_EQ(BodyOf(requests_.at(1)), R"({"model":"m-1" })");
}

TEST_F(HttpProviderTest, SendsItsOwnKeyAndNotTheCallers) {
  UseProvider(kOpenAi, StartRawServer({Say(Http(200, kChatAnswer))}), [](v1::ProviderConfig& c) {
    c.set_api_key("env:WP_TEST_KEY");
    (*c.mutable_headers())["OpenAI-Organization"] = "org-1";
    (*c.mutable_headers())["x-secret"] = "env:WP_TEST_SHADOW_KEY";
  });
  ModelCall call = MakeCall(std::string(kChatBody));
  call.caller_authorization = "Bearer sk-caller";
  call.headers = {{"openai-beta", "b1"}, {"Authorization", "Bearer sk-caller"}, {"cookie", "c"},
                  {"content-length", "3"}, {"x-evil", "a\r\nx-injected: 1"}};
  Call(call);
  const std::string head = HeadOf(requests_.at(0));
  EXPECT_THAT(head, HasSubstr("authorization: Bearer sk-own\r\n"));
  EXPECT_THAT(head, HasSubstr("OpenAI-Organization: org-1\r\n"));
  EXPECT_THAT(head, HasSubstr("x-secret: sk-shadow\r\n"));
  EXPECT_THAT(head, HasSubstr("openai-beta: b1\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("sk-caller")));
  EXPECT_THAT(head, Not(HasSubstr("cookie")));
  EXPECT_THAT(head, Not(HasSubstr("injected")));
}

TEST_F(HttpProviderTest, ForwardsTheCallersKeyOnlyWhereItHasNone) {
  ModelCall call = MakeCall(std::string(kChatBody));
  call.caller_authorization = "Bearer sk-caller";
  UseProvider(kOpenAi, StartRawServer({Say(Http(200, kChatAnswer))}));
  Call(call);
  EXPECT_THAT(HeadOf(requests_.at(0)), HasSubstr("authorization: Bearer sk-caller\r\n"));

  // Another dialect is another vendor: its provider must not see the key.
  UseProvider(kAnthropic, StartRawServer({Say(Http(200, "{}"))}));
  Call(call);
  EXPECT_THAT(HeadOf(requests_.at(1)), Not(HasSubstr("sk-caller")));

  // A bare key goes back where it came from.
  call = MakeCall(R"({"model":"t","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})",
                  Dialect::kAnthropicMessages);
  call.caller_authorization = "sk-ant-bare";
  UseProvider(kAnthropic, StartRawServer({Say(Http(200, "{}"))}));
  Call(call);
  EXPECT_THAT(HeadOf(requests_.at(2)), HasSubstr("x-api-key: sk-ant-bare\r\n"));
}

TEST_F(HttpProviderTest, MarksShadowsAndGivesThemTheirOwnKey) {
  ModelCall call = MakeCall(std::string(kChatBody));
  call.shadow = true;
  call.caller_authorization = "Bearer sk-caller";  // a mistake of ours, and still not sent
  UseProvider(
      kOpenAi, StartRawServer({Say(Http(200, kChatAnswer))}),
      [](v1::ProviderConfig& c) {
        c.set_api_key("env:WP_TEST_KEY");
        c.set_shadow_api_key("env:WP_TEST_SHADOW_KEY");
      },
      Traffic::kShadow);
  const Answer answer = Call(call);
  EXPECT_THAT(HeadOf(requests_.at(0)), HasSubstr("x-warmpath-shadow: 1\r\n"));
  EXPECT_THAT(HeadOf(requests_.at(0)), HasSubstr("authorization: Bearer sk-shadow\r\n"));
  EXPECT_NE(answer.native, nullptr);
  EXPECT_EQ(answer.reply, nullptr) << "nobody takes it";

  UseProvider(kOpenAi, StartRawServer({Say(Http(200, kChatAnswer))}), nullptr, Traffic::kShadow);
  Call(call);
  EXPECT_THAT(HeadOf(requests_.at(1)), Not(HasSubstr("uthorization")));
}

TEST_F(HttpProviderTest, SpeaksToAnthropic) {
  const std::string body =
      R"({"model":"t","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"x"}})";
  UseProvider(kAnthropic,
              StartRawServer({Say(Http(
                  200, R"({"type":"message","content":[{"type":"text","text":"a"}]})"))}),
              [](v1::ProviderConfig& c) { c.set_api_key("env:WP_TEST_KEY"); });
  ModelCall call = MakeCall(body, Dialect::kAnthropicMessages);
  Call(call);
  EXPECT_THAT(requests_.at(0), ::testing::StartsWith("POST /v1/messages HTTP/1.1\r\n"));
  EXPECT_THAT(HeadOf(requests_.at(0)), HasSubstr("x-api-key: sk-own\r\n"));
  EXPECT_THAT(HeadOf(requests_.at(0)), HasSubstr("anthropic-version: 2023-06-01\r\n"));
  EXPECT_THAT(BodyOf(requests_.at(0)), HasSubstr(R"("thinking":{"type":"x"})"));

  UseProvider(kAnthropic, StartRawServer({Say(Http(200, "{}"))}), [](v1::ProviderConfig& c) {
    c.set_base_url(c.base_url() + "/proxy/v1/");
  });
  call.headers = {{"Anthropic-Version", "2026-10-21"}, {"anthropic-beta", "x"}};
  Call(call);
  EXPECT_THAT(requests_.at(1), ::testing::StartsWith("POST /proxy/v1/messages HTTP/1.1\r\n"));
  EXPECT_THAT(HeadOf(requests_.at(1)), HasSubstr("Version: 2026-10-21\r\n"));
  EXPECT_THAT(HeadOf(requests_.at(1)), Not(HasSubstr("2023-06-01")));
  EXPECT_THAT(HeadOf(requests_.at(1)), HasSubstr("anthropic-beta: x\r\n"));
}

TEST_F(HttpProviderTest, TranslatesForAnotherDialect) {
  UseProvider(kAnthropic,
              StartRawServer({Say(Http(
                  200,
                  R"({"id":"msg_1","type":"message","role":"assistant","model":"c-1",)"
                  R"("content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn",)"
                  R"("stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}})"))}));
  ModelCall call = MakeCall(std::string(kChatBody));
  call.headers = {{"openai-beta", "b1"}};
  const Answer answer = Call(call);
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_THAT(BodyOf(requests_.at(0)), HasSubstr("\"max_tokens\":4096"));
  EXPECT_THAT(BodyOf(requests_.at(0)), HasSubstr("\"m-1\""));
  EXPECT_THAT(HeadOf(requests_.at(0)), Not(HasSubstr("openai-beta")));
  ASSERT_NE(answer.fidelity, nullptr);
  ASSERT_NE(answer.reply, nullptr);
  EXPECT_THAT(*answer.reply, HasSubstr("chat.completion"));
  EXPECT_THAT(*answer.reply, HasSubstr("Hello"));
  EXPECT_THAT(*answer.native, HasSubstr("msg_1"));
  EXPECT_EQ(answer.dialect, Dialect::kAnthropicMessages);
  const v1::Observation seen = Observe(answer);
  EXPECT_EQ(seen.outcome(), v1::OUTCOME_END);
  EXPECT_EQ(seen.text(), "Hello");
  EXPECT_EQ(seen.served_model(), "c-1");
  EXPECT_EQ(seen.path(), "primary");
}

TEST_F(HttpProviderTest, SendsNothingThatCannotBeExpressed) {
  UseProvider(kAnthropic, StartRawServer({Say(Http(200, "{}"))}));
  const Answer answer = Call(MakeCall(
      R"({"model":"t","n":3,"messages":[{"role":"user","content":[{"type":"input_audio",)"
      R"("input_audio":{"data":"AAAA","format":"wav"}}]}]})"));
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_UNTRANSLATABLE);
  ASSERT_NE(answer.fidelity, nullptr);
  EXPECT_EQ(answer.fidelity->fidelity(), v1::FIDELITY_UNTRANSLATABLE);
  EXPECT_EQ(requests_.size(), 0u);
  EXPECT_EQ(provider_->stats().requests, 0u);
}

TEST_F(HttpProviderTest, TellsAMalformedRequestFromAnInexpressibleOne) {
  UseProvider(kAnthropic, StartRawServer({Say(Http(200, "{}"))}));
  const Answer answer = Call(MakeCall(R"({"model":"t","messages":[{"role":"nobody"}]})"));
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_INVALID_REQUEST);
  EXPECT_EQ(provider_->stats().requests, 0u);
}

struct ErrorCase {
  int status;
  std::string_view body;
  v1::FailureClass expected;
};

TEST_F(HttpProviderTest, ClassifiesErrors) {
  constexpr std::string_view kQuota =
      R"({"error":{"message":"m","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})";
  constexpr std::string_view kPlain =
      R"({"error":{"message":"m","type":"t","param":null,"code":null}})";
  const ErrorCase cases[] = {
      {400, kPlain, v1::FAILURE_CLASS_INVALID_REQUEST},
      {401, kPlain, v1::FAILURE_CLASS_AUTH},
      {403, kPlain, v1::FAILURE_CLASS_AUTH},
      {404, kPlain, v1::FAILURE_CLASS_NOT_FOUND},
      {413, "<html>too large</html>", v1::FAILURE_CLASS_TOO_LARGE},
      {422, kPlain, v1::FAILURE_CLASS_INVALID_REQUEST},
      {429, kPlain, v1::FAILURE_CLASS_RATE_LIMITED},
      {429, kQuota, v1::FAILURE_CLASS_QUOTA},
      {500, "", v1::FAILURE_CLASS_SERVER_ERROR},
      {502, "<html>bad</html>", v1::FAILURE_CLASS_SERVER_ERROR},
      {503, kPlain, v1::FAILURE_CLASS_OVERLOADED},
      {529, kPlain, v1::FAILURE_CLASS_OVERLOADED},
      {301, "", v1::FAILURE_CLASS_NOT_FOUND},
  };
  for (const ErrorCase& c : cases) {
    SCOPED_TRACE(c.status);
    UseProvider(kOpenAi, StartRawServer({Say(Http(c.status, c.body))}));
    const Answer answer = Call(MakeCall(std::string(kChatBody)));
    EXPECT_EQ(ClassIn(answer), c.expected);
    EXPECT_EQ(answer.http_status, c.status);
    ASSERT_NE(answer.reply, nullptr);
    if (c.body.substr(0, 1) == "{") {
      EXPECT_EQ(*answer.reply, c.body) << "the vendor's own words";
    } else {
      EXPECT_THAT(*answer.reply, HasSubstr("\"error\"")) << "never HTML to an SDK";
    }
    EXPECT_EQ(Observe(answer).outcome(), v1::OUTCOME_FAILED);
  }
}

TEST_F(HttpProviderTest, GivesAnErrorInTheCallersDialect) {
  UseProvider(kAnthropic,
              StartRawServer({Say(Http(
                  529,
                  R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
                  "Content-Type: application/json\r\nRetry-After: 7\r\nrequest-id: r9\r\n"))}));
  const Answer answer = Call(MakeCall(std::string(kChatBody)));
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_OVERLOADED);
  EXPECT_EQ(answer.failure->retry_after().seconds(), 7);
  EXPECT_THAT(answer.headers, Contains(Pair("retry-after", "7")));
  ASSERT_NE(answer.reply, nullptr);
  EXPECT_THAT(*answer.reply, HasSubstr("\"code\""));
  EXPECT_THAT(*answer.reply, Not(HasSubstr("\"type\":\"error\"")));
}

TEST_F(HttpProviderTest, DoesNotTakeNothingForAnAnswer) {
  const struct {
    std::string_view body;
    v1::FailureClass expected;
  } kCases[] = {
      {"", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {" \r\n ", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {"<html>maintenance</html>", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"[1]", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {R"({"id":"c1","choices":[{"message":{"content":"cut)", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {R"({"id":"c1","choices": [ ]})", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {R"({"id":"c1","choices":[{"message":{"role":"assistant","content":null},"finish_reason":"stop"}]})",
       v1::FAILURE_CLASS_EMPTY_ANSWER},
      {R"({"id":"c1","choices":[{"message":{"role":"assistant","content":""},"finish_reason":"stop"}]})",
       v1::FAILURE_CLASS_EMPTY_ANSWER},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.body);
    UseProvider(kOpenAi, StartRawServer({Say(Http(200, c.body))}));
    const Answer answer = Call(MakeCall(std::string(kChatBody)));
    EXPECT_EQ(ClassIn(answer), c.expected);
    EXPECT_FALSE(answer.committed);
    EXPECT_EQ(answer.reply, nullptr);
  }
}

TEST_F(HttpProviderTest, TakesToolCallsAndRefusalsWithoutTextForAnswers) {
  for (const std::string_view body :
       {R"({"choices":[{"message":{"content":null,"tool_calls":[{"id":"t","type":"function",)"
        R"("function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]})",
        R"({"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]})",
        R"({"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]})"}) {
    UseProvider(kOpenAi, StartRawServer({Say(Http(200, body))}));
    const Answer answer = Call(MakeCall(std::string(kChatBody)));
    EXPECT_FALSE(answer.failure.has_value()) << body << answer.failure->ShortDebugString();
    EXPECT_EQ(*answer.reply, body);
  }
}

TEST_F(HttpProviderTest, FindsAnErrorBehindA200) {
  UseProvider(kOpenAi,
              StartRawServer({Say(Http(
                  200, R"({"error":{"message":"no","type":"server_error","param":null,"code":null}})"))}));
  EXPECT_NE(ClassIn(Call(MakeCall(std::string(kChatBody)))), v1::FAILURE_CLASS_UNSPECIFIED);
}

TEST_F(HttpProviderTest, BoundsWhatItTakes) {
  // Declares and starts to send 100 MB; the provider must not wait for it, nor keep it.
  bool flood_ended = false;
  const auto flood = [&, this](RawPeer& peer) -> Task<void> {
    requests_.push_back(co_await peer.ReadMessage());
    bool more = co_await peer.Write(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = Chunk(std::string(64 * 1024, 'x'));
    for (int sent = 0; more && sent < 1600; ++sent) more = co_await peer.Write(chunk);
    flood_ended = true;
    EXPECT_FALSE(more) << "all of it was taken";
  };
  UseProvider(kOpenAi, StartRawServer({flood}),
              [](v1::ProviderConfig& c) { c.set_max_answer_bytes(1 << 20); });
  const Answer answer = Call(MakeCall(std::string(kChatBody)));
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_MALFORMED_ANSWER);
  EXPECT_EQ(answer.native, nullptr);
  RunUntil([&] { return flood_ended; });
}

TEST_F(HttpProviderTest, TellsHowTheConnectionFailed) {
  const auto close_at_once = [](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    peer.Close();
  };
  const auto reset_at_once = [](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    peer.Reset();
  };
  const auto reset_midway = [](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    co_await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"choices\"");
    peer.Reset();
  };
  const struct {
    const char* name;
    Script script;
    v1::FailureClass expected;
  } cases[] = {
      {"closed", close_at_once, v1::FAILURE_CLASS_RESET},
      {"reset", reset_at_once, v1::FAILURE_CLASS_RESET},
      {"reset midway", reset_midway, v1::FAILURE_CLASS_RESET},
      {"garbage", Say("no HTTP at all\r\n\r\n\r\n"), v1::FAILURE_CLASS_MALFORMED_ANSWER},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    UseProvider(kOpenAi, StartRawServer({c.script}));
    const Answer answer = Call(MakeCall(std::string(kChatBody)));
    EXPECT_EQ(ClassIn(answer), c.expected) << answer.failure->ShortDebugString();
    EXPECT_FALSE(answer.failure->message().empty());
    EXPECT_EQ(Observe(answer).outcome(), v1::OUTCOME_FAILED);
  }
}

TEST_F(HttpProviderTest, TellsAnUnreachableHost) {
  // A port that was free a moment ago.
  boost::asio::ip::tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
  const uint16_t port = acceptor.local_endpoint().port();
  acceptor.close();
  UseProvider(kOpenAi, port);
  const Answer answer = Call(MakeCall(std::string(kChatBody)));
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_CONNECT);
  EXPECT_EQ(answer.http_status, 0);
}

class HttpProviderTimeTest : public HttpProviderTest {
 protected:
  static void SetMillis(google::protobuf::Duration* duration, int millis) {
    duration->set_nanos(millis * 1'000'000);
  }
  // Reads the request, sends `start`, and says no more until the client leaves.
  static Script HangAfter(std::string start) {
    return [start](RawPeer& peer) -> Task<void> {
      co_await peer.ReadMessage();
      co_await peer.Write(start);
      co_await peer.ReadToEnd();
    };
  }
};

TEST_F(HttpProviderTimeTest, EndsASilentCall) {
  UseProvider(kOpenAi, StartRawServer({HangAfter("")}), [](v1::ProviderConfig& c) {
    SetMillis(c.mutable_first_byte_timeout(), 60);
  });
  EXPECT_EQ(ClassIn(Call(MakeCall(std::string(kChatBody)))), v1::FAILURE_CLASS_TIMEOUT);
}

TEST_F(HttpProviderTimeTest, EndsAnAnswerThatStops) {
  UseProvider(kOpenAi, StartRawServer({HangAfter("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")}),
              [](v1::ProviderConfig& c) { SetMillis(c.mutable_idle_timeout(), 60); });
  EXPECT_EQ(ClassIn(Call(MakeCall(std::string(kChatBody)))), v1::FAILURE_CLASS_TIMEOUT);
}

TEST_F(HttpProviderTimeTest, EndsAStreamWhoseContentDoesNotCome) {
  const std::string role =
      R"(data: {"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"
      "\n\n";
  UseProvider(kOpenAi, StartRawServer({HangAfter(SseHead() + Chunk(role))}),
              [](v1::ProviderConfig& c) { SetMillis(c.mutable_first_content_timeout(), 60); });
  RecordingSink sink;
  const Answer answer = Call(MakeCall(std::string(kChatStreamBody)), &sink);
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_TIMEOUT);
  EXPECT_THAT(answer.failure->message(), HasSubstr("first_content_timeout"));
  EXPECT_FALSE(answer.committed);
}

TEST_F(HttpProviderTimeTest, EndsAtItsTotalTime) {
  UseProvider(kOpenAi, StartRawServer({HangAfter("")}),
              [](v1::ProviderConfig& c) { SetMillis(c.mutable_total_timeout(), 60); });
  ModelCall call = MakeCall(std::string(kChatBody));
  call.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  EXPECT_EQ(ClassIn(Call(call)), v1::FAILURE_CLASS_TIMEOUT);
}

TEST_F(HttpProviderTimeTest, TellsTheCallersDeadlineFromThePathsTimeOut) {
  UseProvider(kOpenAi, StartRawServer({HangAfter("")}));
  ModelCall call = MakeCall(std::string(kChatBody));
  call.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
  EXPECT_EQ(ClassIn(Call(call)), v1::FAILURE_CLASS_DEADLINE);
  call.deadline = std::chrono::steady_clock::now();
  const uint64_t before = provider_->stats().requests;
  EXPECT_EQ(ClassIn(Call(call)), v1::FAILURE_CLASS_DEADLINE);
  EXPECT_EQ(provider_->stats().requests, before) << "nothing was sent";
}

TEST_F(HttpProviderTimeTest, IsCancelledAtAnyPoint) {
  for (const char* start : {"", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"}) {
    CancelToken token;
    bool closed = false;
    const auto script = [&, start](RawPeer& peer) -> Task<void> {
      co_await peer.ReadMessage();
      co_await peer.Write(start);
      token.Cancel();
      co_await peer.ReadToEnd();
      closed = true;
    };
    UseProvider(kOpenAi, StartRawServer({script}));
    EXPECT_EQ(ClassIn(Call(MakeCall(std::string(kChatBody)), nullptr, &token)),
              v1::FAILURE_CLASS_CANCELLED);
    RunUntil([&] { return closed; });
  }
}

TEST_F(HttpProviderTest, SaysSoWhenItsConnectionsAreUsedUp) {
  bool waiting = false;
  UseProvider(kOpenAi,
              StartRawServer({[&](RawPeer& peer) -> Task<void> {
                co_await peer.ReadMessage();
                waiting = true;
                co_await peer.ReadToEnd();
              }}),
              [](v1::ProviderConfig& c) { c.set_max_connections(1); });
  const ModelCall call = MakeCall(std::string(kChatBody));
  CancelToken token;
  const PathTarget target{.path = "primary", .model = "m"};
  std::optional<Answer> first;
  boost::asio::co_spawn(
      io_,
      [&]() -> Task<void> { first = co_await provider_->Call(call, target, nullptr, &token); },
      boost::asio::detached);
  RunUntil([&] { return waiting; });
  EXPECT_EQ(ClassIn(Call(call)), v1::FAILURE_CLASS_LOCAL_LIMIT);
  token.Cancel();
  RunUntil([&] { return first.has_value(); });
}

TEST_F(HttpProviderTest, KeepsConnectionsAlive) {
  const auto twice = [this](RawPeer& peer) -> Task<void> {
    for (int i = 0; i < 2; ++i) {
      requests_.push_back(co_await peer.ReadMessage());
      co_await peer.Write(Http(200, kChatAnswer));
    }
    co_await peer.ReadToEnd();
  };
  UseProvider(kOpenAi, StartRawServer({twice}));
  EXPECT_FALSE(Call(MakeCall(std::string(kChatBody))).failure.has_value());
  EXPECT_FALSE(Call(MakeCall(std::string(kChatBody))).failure.has_value());
  EXPECT_EQ(provider_->stats().opened, 1u);
}

TEST_F(HttpProviderTest, RefusesConfigsThatCannotWork) {
  const struct {
    std::function<void(v1::ProviderConfig&)> tweak;
    const char* message;
  } cases[] = {
      {[](auto& c) { c.set_base_url("127.0.0.1:80"); }, "does not begin with"},
      {[](auto& c) { c.set_base_url("http://"); }, "names no host"},
      {[](auto& c) { c.set_base_url("http://h:99999"); }, "port"},
      {[](auto& c) { c.set_base_url("http://h:8x"); }, "port"},
      {[](auto& c) { c.set_base_url("http://u:p@h"); }, "credentials"},
      {[](auto& c) { c.set_base_url("http://h/?a=b"); }, "query"},
      {[](auto& c) { c.set_api_key("sk-plain"); }, "api_key"},
      {[](auto& c) { c.set_api_key("env:WP_TEST_UNSET"); }, "WP_TEST_UNSET"},
      {[](auto& c) { c.set_ca_file("/x"); }, "https"},
      {[](auto& c) { (*c.mutable_headers())["content-length"] = "1"; }, "content-length"},
      {[](auto& c) { (*c.mutable_headers())["bad name"] = "1"; }, "bad name"},
      {[](auto& c) { (*c.mutable_headers())["x"] = "a\r\nb: c"; }, "\"x\""},
      {[](auto& c) { c.set_kind(v1::PROVIDER_KIND_GRPC); }, "HTTP"},
  };
  for (const auto& c : cases) {
    v1::ProviderConfig config;
    config.set_kind(kOpenAi);
    config.set_base_url("http://127.0.0.1:1/v1");
    c.tweak(config);
    const auto made =
        HttpProvider::Create(config, {.io = io_, .deadlines = deadlines_, .clock = clock_});
    ASSERT_FALSE(made.ok()) << c.message;
    EXPECT_THAT(std::string(made.status().message()), HasSubstr(c.message));
    EXPECT_THAT(std::string(made.status().message()), Not(HasSubstr("sk-plain")));
  }
}

}  // namespace
}  // namespace warmpath
