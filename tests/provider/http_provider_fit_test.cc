// What a path's model takes decides how a request goes to it: as it came, written anew, or not at all.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/failure_rules.h"
#include "provider/capability/table.h"
#include "provider/context_fit.h"
#include "provider/observe.h"
#include "tests/provider/provider_fixture.h"

namespace warmpath {
namespace {

using namespace warmpath::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kOpenAi = v1::PROVIDER_KIND_OPENAI;
constexpr auto kAnthropic = v1::PROVIDER_KIND_ANTHROPIC;
constexpr std::string_view kMessage = R"({"type":"message","content":[{"type":"text","text":"a"}]})";

class HttpProviderFitTest : public ProviderFixture {
 protected:
  static PathTarget Target(const std::string& server, const std::string& model,
                           const std::string& provider = "own") {
    PathTarget target{.path = "primary", .model = model};
    target.provider = provider;
    target.server = server;
    target.capabilities = CapabilitiesFor(ShippedCapabilities(), server, model);
    return target;
  }
  std::string Sent() const {
    return requests_.empty() ? "" : requests_.back().substr(requests_.back().find("\r\n\r\n") + 4);
  }
  // "DROPPED /seed" for each loss.
  static std::vector<std::string> Losses(const Answer& answer) {
    std::vector<std::string> losses;
    if (answer.fidelity == nullptr) return losses;
    for (const v1::FidelityLoss& loss : answer.fidelity->losses()) {
      losses.push_back(v1::LossKind_Name(loss.kind()).substr(10) + " " + loss.pointer());
    }
    return losses;
  }
};

TEST_F(HttpProviderFitTest, AnOpenAiCallersRequestIsWrittenAnewForAMistralPath) {
  UseProvider(kOpenAi, StartRawServer({Say(Http(200, kChatAnswer))}));
  const Answer answer = CallTarget(
      MakeCall(
          R"({"model":"t","max_completion_tokens":7,"store":true,"x_new":{"big":12345678901234567890123},)"
          R"("messages":[{"role":"developer","content":"S"},{"role":"user","name":"bob","content":"hi"},)"
          R"({"role":"assistant","content":null,"tool_calls":[{"id":"call_abc","type":"function",)"
          R"("function":{"name":"f","arguments":"{\"a\": 1}"}}]},)"
          R"({"role":"tool","tool_call_id":"call_abc","content":"ok"}]})"),
      Target("mistral", "mistral-large-latest"));
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_THAT(Sent(), HasSubstr(R"("model":"mistral-large-latest")"));
  EXPECT_THAT(Sent(), HasSubstr(R"("max_tokens":7)"));
  EXPECT_THAT(Sent(), HasSubstr(R"("role":"system","content":"S")"));
  EXPECT_THAT(Sent(), Not(HasSubstr("store")));
  EXPECT_THAT(Sent(), Not(HasSubstr("bob")));
  EXPECT_THAT(Sent(), Not(HasSubstr("call_abc")));
  EXPECT_THAT(Sent(), ::testing::ContainsRegex(R"("tool_call_id":"[0-9A-Za-z]{9}")"));
  EXPECT_THAT(Losses(answer), ::testing::UnorderedElementsAre("DROPPED /messages/1/name", "DROPPED /store"));
  EXPECT_EQ(answer.fidelity->fidelity(), v1::FIDELITY_LOSSY);
  EXPECT_EQ(answer.reply, answer.native) << "the answer still goes to the caller as it came";
}

TEST_F(HttpProviderFitTest, WhatTheTargetTakesGoesAsItCame) {
  const std::string head = R"({ "temperature" : 0.50, "max_tokens":9 ,"x":1e2,"model":)";
  const std::string tail = R"(, "messages":[{"role":"user","content":"h\u0069"}] })";
  UseProvider(kAnthropic, StartRawServer({Say(Http(200, kMessage))}));
  const Answer answer = CallTarget(MakeCall(head + "\"t\"" + tail, Dialect::kAnthropicMessages),
                                   Target("anthropic", "claude-opus-4-6"));
  EXPECT_EQ(Sent(), head + "\"claude-opus-4-6\"" + tail);
  EXPECT_EQ(answer.fidelity, nullptr);
}

TEST_F(HttpProviderFitTest, WhatOnlyTheVendorUnderstandsGoesToItAsItCame) {
  UseProvider(kAnthropic, StartRawServer({Say(Http(400, R"({"type":"error","error":{"type":"x"}})"))}));
  const std::string body = R"({"model":"t","temperature":3,"messages":[{"role":"oracle","content":"x"}]})";
  const Answer answer = CallTarget(MakeCall(body, Dialect::kAnthropicMessages),
                                   Target("anthropic", "claude-sonnet-5-5"));
  EXPECT_THAT(Sent(), HasSubstr("oracle"));
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_INVALID_REQUEST);
}

TEST_F(HttpProviderFitTest, ARequestThatCannotBeExpressedSaysWhyAndIsNotSent) {
  UseProvider(kAnthropic, StartRawServer({Say(Http(200, kMessage))}));
  const Answer answer = CallTarget(
      MakeCall(R"({"model":"t","n":3,"messages":[{"role":"user","content":"x"}]})"),
      Target("anthropic", "claude-opus-4-6"));
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_UNTRANSLATABLE);
  EXPECT_TRUE(MayTryAnotherPath(ClassIn(answer)));
  EXPECT_FALSE(CountsAgainstHealth(ClassIn(answer)));
  ASSERT_NE(answer.fidelity, nullptr);
  EXPECT_EQ(answer.fidelity->fidelity(), v1::FIDELITY_UNTRANSLATABLE);
  ASSERT_EQ(answer.fidelity->losses_size(), 1);
  EXPECT_EQ(answer.fidelity->losses(0).pointer(), "/n");
  EXPECT_THAT(answer.fidelity->losses(0).message(), HasSubstr("cannot be expressed"));
  EXPECT_EQ(Observe(answer).fidelity().losses_size(), 1);
  EXPECT_EQ(provider_->stats().requests, 0u);
}

constexpr std::string_view kSigned =
    R"({"model":"t","max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[)"
    R"({"role":"user","content":"q"},{"role":"assistant","content":[)"
    R"({"type":"thinking","thinking":"Hm","signature":"c2ln"},{"type":"redacted_thinking","data":"eA=="},)"
    R"({"type":"text","text":"a"}]},{"role":"user","content":"r"}]})";

TEST_F(HttpProviderFitTest, SignedThinkingGoesBackToItsIssuerByteForByte) {
  ModelCall call = MakeCall(std::string(kSigned), Dialect::kAnthropicMessages);
  ASSERT_TRUE(call.has_signed_blocks);
  for (const char* issuer : {"own", ""}) {
    call.signed_by = issuer;
    UseProvider(kAnthropic, StartRawServer({Say(Http(200, kMessage))}));
    const Answer answer = CallTarget(call, Target("anthropic", "claude-opus-4-6"));
    EXPECT_THAT(Sent(), HasSubstr(R"({"type":"thinking","thinking":"Hm","signature":"c2ln"})"));
    EXPECT_EQ(answer.fidelity, nullptr);
  }
}

TEST_F(HttpProviderFitTest, SignedThinkingOfAnotherProviderIsLeftOutWithAMark) {
  ModelCall call = MakeCall(std::string(kSigned), Dialect::kAnthropicMessages);
  call.signed_by = "another_host";
  UseProvider(kAnthropic, StartRawServer({Say(Http(200, kMessage))}));
  const Answer answer = CallTarget(call, Target("anthropic", "claude-opus-4-6"));
  EXPECT_THAT(Sent(), Not(HasSubstr("c2ln")));
  EXPECT_THAT(Sent(), Not(HasSubstr("redacted")));
  EXPECT_THAT(Sent(), HasSubstr(R"("budget_tokens":1024)"));
  EXPECT_THAT(Sent(), HasSubstr(R"({"role":"assistant","content":"a"})"));
  EXPECT_THAT(Losses(answer), ElementsAre("DROPPED /messages/1"));
}

TEST_F(HttpProviderFitTest, ARoundOfToolCallsThatLosesItsThinkingGoesOnWithoutAny) {
  ModelCall call = MakeCall(
      R"({"model":"t","max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[)"
      R"({"role":"user","content":"q"},{"role":"assistant","content":[)"
      R"({"type":"thinking","thinking":"Hm","signature":"c2ln"},{"type":"tool_use","id":"t1","name":"f",)"
      R"("input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"x"}]}]})",
      Dialect::kAnthropicMessages);
  call.signed_by = "another_host";
  UseProvider(kAnthropic, StartRawServer({Say(Http(200, kMessage))}));
  const Answer answer = CallTarget(call, Target("anthropic", "claude-opus-4-6"));
  EXPECT_THAT(Sent(), Not(HasSubstr("thinking")));
  EXPECT_THAT(Losses(answer), ElementsAre("DROPPED /messages/1", "DROPPED /thinking"));
}

TEST_F(HttpProviderFitTest, ARequestOverTheWindowIsNotSent) {
  PathTarget target = Target("openai", "small");
  target.capabilities.set_context_window_tokens(100);
  const std::string long_text(600, 'x');
  const std::string body = absl::StrCat(
      R"({"model":"t","messages":[{"role":"user","content":")", long_text, R"("}]})");
  for (const bool shadow : {false, true}) {
    UseProvider(kOpenAi, StartRawServer({Say(Http(200, kChatAnswer))}), nullptr,
                shadow ? Traffic::kShadow : Traffic::kLive);
    ModelCall call = MakeCall(body);
    call.shadow = shadow;
    const Answer answer = CallTarget(call, target);
    EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_CONTEXT_WINDOW);
    EXPECT_THAT(answer.failure->message(), HasSubstr("at least 120 tokens; the window of small holds 100"));
    EXPECT_EQ(answer.fidelity->fidelity(), v1::FIDELITY_UNTRANSLATABLE);
    EXPECT_EQ(provider_->stats().requests, 0u);
  }
}

TEST(WhyTooLong, CountsTheAnswersLimitAndNoImages) {
  const auto call = [](const std::string& members, size_t text, size_t image) {
    ModelCall made;
    made.body = std::make_shared<const std::string>(absl::StrCat(
        "{", members, R"("messages":[{"role":"user","content":[{"type":"text","text":")",
        std::string(text, 'x'), R"("},{"type":"image_url","image_url":{"url":"data:image/png;base64,)",
        std::string(image, 'A'), R"("}}]}]})"));
    return made;
  };
  PathTarget target{.path = "p", .model = "m"};
  EXPECT_FALSE(WhyTooLong(call("", 100000, 0), target)) << "nobody knows the window";
  target.capabilities.set_context_window_tokens(1000);
  EXPECT_FALSE(WhyTooLong(call("", 5000, 1000000), target));
  EXPECT_TRUE(WhyTooLong(call("", 5005, 0), target));
  EXPECT_TRUE(WhyTooLong(call(R"("max_tokens":600,)", 2500, 0), target));
  EXPECT_FALSE(WhyTooLong(call(R"("max_tokens":500,)", 2500, 0), target));
  // What is clamped anyway does not count.
  target.capabilities.set_max_output_tokens(100);
  EXPECT_FALSE(WhyTooLong(call(R"("max_tokens":100000,)", 4000, 0), target));
}

TEST_F(HttpProviderFitTest, AVendorThatRefusesTheHistoryIsLeftForTheNextPath) {
  const struct {
    v1::ProviderKind kind;
    std::string body;
    v1::FailureClass failure_class;
  } kCases[] = {
      {kAnthropic,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}})",
       v1::FAILURE_CLASS_HISTORY},
      {kAnthropic,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"messages.3.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`"}})",
       v1::FAILURE_CLASS_HISTORY},
      {kAnthropic,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}})",
       v1::FAILURE_CLASS_CONTEXT_WINDOW},
      {kAnthropic,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"`max_tokens` must be greater than `thinking.budget_tokens`"}})",
       v1::FAILURE_CLASS_INVALID_REQUEST},
      {kOpenAi,
       R"({"object":"error","message":"Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.","type":"invalid_function_call","param":null,"code":"3280"})",
       v1::FAILURE_CLASS_HISTORY},
      {kOpenAi,
       R"({"error":{"message":"Function call is missing a thought_signature in functionCall parts.","code":400,"status":"INVALID_ARGUMENT"}})",
       v1::FAILURE_CLASS_HISTORY},
  };
  for (const auto& test : kCases) {
    UseProvider(test.kind, StartRawServer({Say(Http(400, test.body))}));
    const Answer answer = Call(MakeCall(std::string(kChatBody)));
    EXPECT_EQ(ClassIn(answer), test.failure_class) << test.body;
    EXPECT_EQ(MayTryAnotherPath(ClassIn(answer)),
              test.failure_class != v1::FAILURE_CLASS_INVALID_REQUEST);
  }
}

}  // namespace
}  // namespace warmpath
