#include "provider/vendor.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using testing::StatusIs;

TEST(ParseBaseUrl, TakesUrlsApart) {
  const struct {
    std::string_view url, host, path;
    bool tls;
    int port;
  } kCases[] = {
      {"https://api.openai.com/v1", "api.openai.com", "/v1", true, 443},
      {"https://api.anthropic.com", "api.anthropic.com", "", true, 443},
      {"http://localhost:8080/", "localhost", "", false, 8080},
      {"http://127.0.0.1/a/b//", "127.0.0.1", "/a/b", false, 80},
      {"https://[::1]:8443/v1", "::1", "/v1", true, 8443},
      {"http://[fe80::1]", "fe80::1", "", false, 80},
  };
  for (const auto& c : kCases) {
    const auto parsed = ParseBaseUrl(c.url);
    ASSERT_THAT(parsed, testing::IsOk()) << c.url;
    EXPECT_EQ(parsed->host, c.host);
    EXPECT_EQ(parsed->path, c.path);
    EXPECT_EQ(parsed->tls, c.tls);
    EXPECT_EQ(parsed->port, c.port);
  }
}

TEST(ParseBaseUrl, RefusesWhatItWouldHaveToGuess) {
  for (const std::string_view url :
       {"", "api.openai.com", "ftp://h", "https://", "https:///v1", "https://:443", "http://h:",
        "http://h:0", "http://h:65536", "http://h:-1", "http://h:1x", "http://[::1", "http://[::1]x",
        "http://u@h", "http://h/?q", "http://h/#f", "http://h /", "http://h\n"}) {
    EXPECT_THAT(ParseBaseUrl(url), StatusIs(absl::StatusCode::kInvalidArgument)) << url;
  }
}

TEST(RequestHeaders, NeverCarryCredentialsOrWhatHttpDecides) {
  for (const std::string_view name :
       {"Authorization", "X-API-Key", "cookie", "Host", "Content-Length", "transfer-encoding",
        "connection", "x-request-id", "X-Warmpath-Shadow", "x-goog-api-key", "", "a b", "a:b", "a\r\nb"}) {
    EXPECT_FALSE(IsForwardableRequestHeader(name, "v")) << name;
  }
  EXPECT_TRUE(IsForwardableRequestHeader("anthropic-beta", "a,b"));
  EXPECT_FALSE(IsForwardableRequestHeader("anthropic-beta", "a\nb"));
  EXPECT_FALSE(IsForwardableRequestHeader("anthropic-beta", std::string_view("a\0b", 3)));
}

TEST(ResponseHeaders, GoToTheCallerByName) {
  for (const std::string_view name :
       {"X-Request-Id", "request-id", "Retry-After", "x-ratelimit-remaining-tokens",
        "Anthropic-RateLimit-Tokens-Reset", "openai-processing-ms", "x-should-retry"}) {
    EXPECT_TRUE(IsForwardedResponseHeader(name)) << name;
  }
  for (const std::string_view name : {"Set-Cookie", "Server", "Content-Length", "Connection",
                                      "x-ratelimit-", "x-internal", "", "alt-svc"}) {
    EXPECT_FALSE(IsForwardedResponseHeader(name)) << name;
  }
}

TEST(UrlParts, AreEscapedSoThatNothingCanEndThem) {
  EXPECT_EQ(EscapeUrlPart("gemini-2.5_pro~x"), "gemini-2.5_pro~x");
  EXPECT_EQ(EscapeUrlPart("a/b?c#d e:f%"), "a%2Fb%3Fc%23d%20e%3Af%25");
  EXPECT_EQ(EscapeUrlPart("x HTTP/1.1\r\nHost: y"), "x%20HTTP%2F1.1%0D%0AHost%3A%20y");
  EXPECT_EQ(EscapeUrlPart(std::string_view("\0\xff", 2)), "%00%FF");
}

TEST(VendorWires, AzureWithAnApiVersionNamesTheDeploymentInTheUrl) {
  v1::ProviderConfig config;
  config.set_kind(v1::PROVIDER_KIND_AZURE_OPENAI);
  EXPECT_EQ(FindVendorWire(config)->target, "/openai/v1/chat/completions");
  config.set_api_version("2024-10-21");
  EXPECT_EQ(FindVendorWire(config)->target, "/openai/deployments/{model}/chat/completions");
  config.set_kind(v1::PROVIDER_KIND_OPENAI);
  EXPECT_EQ(FindVendorWire(config)->target, "/chat/completions");
}

TEST(VendorWires, AreThereForHttpKindsOnly) {
  for (int i = 0; i < v1::ProviderKind_descriptor()->value_count(); ++i) {
    const auto kind =
        static_cast<v1::ProviderKind>(v1::ProviderKind_descriptor()->value(i)->number());
    const bool http = kind == v1::PROVIDER_KIND_OPENAI || kind == v1::PROVIDER_KIND_ANTHROPIC ||
                      kind == v1::PROVIDER_KIND_OPENAI_RESPONSES ||
                      kind == v1::PROVIDER_KIND_GEMINI ||
                      kind == v1::PROVIDER_KIND_AZURE_OPENAI;
    EXPECT_EQ(FindVendorWire(kind) != nullptr, http) << v1::ProviderKind_Name(kind);
  }
}

}  // namespace
}  // namespace warmpath
