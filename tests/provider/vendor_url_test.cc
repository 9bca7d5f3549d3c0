// Vendors whose URL or key header is not OpenAI's, as their servers see them.
#include <cstdlib>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "provider/http_provider.h"
#include "provider/observe.h"
#include "tests/provider/provider_fixture.h"

namespace warmpath {
namespace {

using namespace warmpath::testing;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr auto kGemini = v1::PROVIDER_KIND_GEMINI;
constexpr auto kAzure = v1::PROVIDER_KIND_AZURE_OPENAI;

constexpr std::string_view kGeminiAnswer =
    R"({"candidates":[{"content":{"parts":[{"text":"Hello"}],"role":"model"},"finishReason":"STOP"}],)"
    R"("usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1},"modelVersion":"gemini-x-001"})";

class VendorUrlTest : public ProviderFixture {
 protected:
  void SetUp() override { setenv("WP_TEST_KEY", "k-1", 1); }

  void Use(v1::ProviderKind kind, std::string_view answer, const std::string& api_version = "",
           const std::string& base_path = "") {
    const uint16_t port = StartRawServer({Say(Http(200, answer))});
    UseProvider(kind, port, [&](v1::ProviderConfig& config) {
      config.set_base_url(absl::StrCat("http://127.0.0.1:", port, base_path));
      config.set_api_key("env:WP_TEST_KEY");
      config.set_api_version(api_version);
    });
  }
};

TEST_F(VendorUrlTest, GeminiHasTheModelInTheUrlAndNotInTheBody) {
  Use(kGemini, kGeminiAnswer);
  const Answer answer = Call(MakeCall(std::string(kChatBody)), nullptr, nullptr, "gemini-2.5-pro");
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_THAT(requests_[0],
              StartsWith("POST /v1beta/models/gemini-2.5-pro:generateContent HTTP/1.1\r\n"));
  EXPECT_THAT(requests_[0], HasSubstr("\r\nx-goog-api-key: k-1\r\n"));
  EXPECT_THAT(requests_[0], Not(HasSubstr("\"model\"")));
  EXPECT_THAT(requests_[0], HasSubstr(R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})"));
  EXPECT_THAT(*answer.reply, HasSubstr("\"content\":\"Hello\""));
  EXPECT_EQ(Observe(answer).served_model(), "gemini-x-001");
}

TEST_F(VendorUrlTest, AGeminiStreamHasAUrlOfItsOwnAndIsReadToItsEnd) {
  const std::string chunk =
      R"(data: {"candidates":[{"content":{"parts":[{"text":"Hel"}]},"index":0}]})" "\n\n";
  const std::string last =
      R"(data: {"candidates":[{"content":{"parts":[{"text":"lo"}]},"finishReason":"STOP"}]})" "\n\n";
  const std::string usage =
      R"(data: {"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}})" "\n\n";
  UseProvider(kGemini, StartRawServer({Say(Sse(chunk + last + usage))}));
  RecordingSink sink;
  ModelCall call = MakeCall(std::string(kChatStreamBody));
  call.capture = true;
  const Answer answer = Call(call, &sink, nullptr, "g");
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_THAT(requests_[0],
              StartsWith("POST /v1beta/models/g:streamGenerateContent?alt=sse HTTP/1.1\r\n"));
  EXPECT_THAT(sink.bytes(), HasSubstr("\"content\":\"Hel\""));
  EXPECT_THAT(sink.bytes(), HasSubstr("\"finish_reason\":\"stop\""));
  EXPECT_THAT(sink.bytes(), HasSubstr("[DONE]"));
  EXPECT_EQ(Observe(answer).usage().output_tokens(), 2) << "usage behind the last content counts";
}

TEST_F(VendorUrlTest, AGeminiStreamWithoutAFinishReasonIsInterrupted) {
  UseProvider(kGemini, StartRawServer({Say(Sse(
      R"(data: {"candidates":[{"content":{"parts":[{"text":"Hel"}]}}]})" "\n\n"))}));
  RecordingSink sink;
  const Answer answer = Call(MakeCall(std::string(kChatStreamBody)), &sink, nullptr, "g");
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_INTERRUPTED);
  EXPECT_THAT(sink.bytes(), Not(HasSubstr("finish_reason\":\"stop")));
}

TEST_F(VendorUrlTest, AGeminiErrorBeforeContentLeavesTheCallerToTheNextPath) {
  UseProvider(kGemini, StartRawServer({Say(Sse(
      R"(data: {"candidates":[{"content":{"parts":[{"text":"Hm","thought":true}]}}]})" "\n\n"
      R"(data: [{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}])" "\n\n"))}));
  RecordingSink sink;
  const Answer answer = Call(MakeCall(std::string(kChatStreamBody)), &sink, nullptr, "g");
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_RATE_LIMITED);
  EXPECT_FALSE(answer.committed);
}

TEST_F(VendorUrlTest, ABodyInGeminisOwnDialectGoesOutAsItCame) {
  Use(kGemini, kGeminiAnswer, "", "/v1beta");
  const std::string body = R"({ "contents":[{"parts":[{"text":"hi"}]}], "newField": 1.0 })";
  ModelCall call;
  call.dialect = Dialect::kGemini;
  call.body = std::make_shared<const std::string>(body);
  const Answer answer = Call(call, nullptr, nullptr, "g");
  ASSERT_FALSE(answer.failure.has_value());
  EXPECT_THAT(requests_[0], StartsWith("POST /v1beta/models/g:generateContent HTTP/1.1\r\n"));
  EXPECT_THAT(requests_[0], HasSubstr("\r\n\r\n" + body));
  EXPECT_EQ(*answer.reply, kGeminiAnswer);
}

TEST_F(VendorUrlTest, AModelCannotLeaveItsPlaceInTheUrl) {
  Use(kGemini, kGeminiAnswer);
  Call(MakeCall(std::string(kChatBody)), nullptr, nullptr, "../x?y HTTP/1.1\r\nEvil: 1\r\n");
  EXPECT_THAT(requests_[0], StartsWith("POST /v1beta/models/..%2Fx%3Fy%20HTTP%2F1.1%0D%0AEvil%3A%201"
                                       "%0D%0A:generateContent HTTP/1.1\r\n"));
  EXPECT_THAT(requests_[0], Not(HasSubstr("\r\nEvil")));
}

TEST_F(VendorUrlTest, AzureV1NamesTheDeploymentInTheBody) {
  for (const char* base : {"", "/openai/v1"}) {
    requests_.clear();
    Use(kAzure, kChatAnswer, "", base);
    const Answer answer = Call(MakeCall(std::string(kChatBody)), nullptr, nullptr, "my-gpt");
    ASSERT_FALSE(answer.failure.has_value());
    EXPECT_THAT(requests_[0], StartsWith("POST /openai/v1/chat/completions HTTP/1.1\r\n"));
    EXPECT_THAT(requests_[0], HasSubstr("\r\napi-key: k-1\r\n"));
    EXPECT_THAT(requests_[0], Not(HasSubstr("authorization")));
    EXPECT_THAT(requests_[0], HasSubstr("{\"model\":\"my-gpt\",\"messages\""));
    EXPECT_EQ(*answer.reply, kChatAnswer) << "the same dialect: byte for byte";
  }
}

TEST_F(VendorUrlTest, AzureWithAnApiVersionNamesTheDeploymentInTheUrl) {
  for (const char* base : {"", "/openai"}) {
    requests_.clear();
    Use(kAzure, kChatAnswer, "2024-10-21", base);
    Call(MakeCall(std::string(kChatBody)), nullptr, nullptr, "my gpt/4");
    EXPECT_THAT(requests_[0],
                StartsWith("POST /openai/deployments/my%20gpt%2F4/chat/completions"
                           "?api-version=2024-10-21 HTTP/1.1\r\n"));
  }
}

TEST_F(VendorUrlTest, AzuresFilterOnThePromptIsARefusalInItsOwnWords) {
  const std::string body =
      R"({"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400,)"
      R"("innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{}}}})";
  UseProvider(kAzure, StartRawServer({Say(Http(400, body))}));
  const Answer answer = Call(MakeCall(std::string(kChatBody)));
  EXPECT_EQ(*answer.reply, body);
  EXPECT_EQ(CodecFor(Dialect::kOpenAiChat)
                .DecodeAnswer({.http_status = 400, .body = body})
                .refusal_origin(),
            v1::REFUSAL_ORIGIN_PROMPT_BLOCK);
}

TEST_F(VendorUrlTest, AProxyIsUsedAndItsRefusalNamesIt) {
  const uint16_t proxy = StartRawServer({Say("HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n")});
  setenv("WP_TEST_PROXY", "me:hidden", 1);
  UseProvider(kAzure, 1, [&](v1::ProviderConfig& config) {
    config.set_base_url("https://nowhere.example");
    config.set_proxy(absl::StrCat("http://127.0.0.1:", proxy));
    config.set_proxy_credentials("env:WP_TEST_PROXY");
  });
  const Answer answer = Call(MakeCall(std::string(kChatBody)));
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_CONNECT);
  EXPECT_THAT(answer.failure->message(), HasSubstr(absl::StrCat("http://127.0.0.1:", proxy)));
  EXPECT_THAT(answer.failure->message(), Not(HasSubstr("hidden")));
  EXPECT_THAT(requests_[0], StartsWith("CONNECT nowhere.example:443 HTTP/1.1\r\n"));
  EXPECT_THAT(requests_[0], HasSubstr("Proxy-Authorization: Basic bWU6aGlkZGVu\r\n"));
}

}  // namespace
}  // namespace warmpath
