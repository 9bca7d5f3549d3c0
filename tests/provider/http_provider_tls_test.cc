// HTTPS to a vendor: verification is on, and what it finds is a failure of the path.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "provider/http_provider.h"
#include "tests/provider/provider_fixture.h"
#include "tests/support/certificates.h"

namespace warmpath {
namespace {

using namespace warmpath::testing;

class HttpProviderTlsTest : public ProviderFixture {
 protected:
  Answer CallOver(const std::string& name, const Certificate& certificate, bool trusted = true) {
    const TlsServerOptions files = WriteCertificate(name, certificate);
    auto context = MakeTlsServerContext(files);
    EXPECT_TRUE(context.ok()) << context.status();
    StartServer(
        [](HttpExchange& exchange) -> Task<void> {
          exchange.Respond(200, "Content-Type: application/json\r\n", kChatAnswer);
          co_return;
        },
        {.tls = *context});
    UseProvider(v1::PROVIDER_KIND_OPENAI, port_, [&](v1::ProviderConfig& config) {
      config.set_base_url(absl::StrCat("https://127.0.0.1:", port_, "/v1"));
      if (trusted) config.set_ca_file(files.certificate_file);
    });
    return Call(MakeCall(std::string(kChatBody)));
  }
};

TEST_F(HttpProviderTlsTest, TakesAGoodCertificate) {
  const Answer answer = CallOver("good", {});
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_EQ(*answer.reply, kChatAnswer);
}

TEST_F(HttpProviderTlsTest, RefusesAnExpiredCertificate) {
  const Answer answer = CallOver("expired", {.valid_days = -1});
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_TLS);
  EXPECT_THAT(answer.failure->message(), ::testing::HasSubstr("expired"));
}

TEST_F(HttpProviderTlsTest, RefusesACertificateOfAnotherName) {
  EXPECT_EQ(ClassIn(CallOver("other", {.subject_alternative_name = "DNS:elsewhere.test"})),
            v1::FAILURE_CLASS_TLS);
}

TEST_F(HttpProviderTlsTest, RefusesACertificateThatNobodyVouchesFor) {
  EXPECT_EQ(ClassIn(CallOver("unknown", {}, /*trusted=*/false)), v1::FAILURE_CLASS_TLS);
}

TEST_F(HttpProviderTlsTest, TellsAServerThatSpeaksNoTls) {
  StartServer([](HttpExchange& exchange) -> Task<void> {
    exchange.Respond(200, "", "{}");
    co_return;
  });
  UseProvider(v1::PROVIDER_KIND_OPENAI, port_, [&](v1::ProviderConfig& config) {
    config.set_base_url(absl::StrCat("https://127.0.0.1:", port_));
  });
  EXPECT_EQ(ClassIn(Call(MakeCall(std::string(kChatBody)))), v1::FAILURE_CLASS_TLS);
}

}  // namespace
}  // namespace warmpath
