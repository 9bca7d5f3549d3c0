#include "base/http/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/http/cancel_token.h"
#include "base/http/waker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/http/loop_fixture.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;
using testing::Task;

// What a self-signed certificate says; written to PEM files.
struct Certificate {
  std::string subject_alternative_name = "IP:127.0.0.1,DNS:localhost";
  int valid_days = 1;  // negative: it ended that long ago
};

TlsServerOptions Write(const std::string& name, const Certificate& wanted) {
  const std::string stem = ::testing::TempDir() + "/" + name;
  TlsServerOptions files{stem + ".crt", stem + ".key"};
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const cert = X509_new();
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), -30L * 24 * 3600);
  X509_gmtime_adj(X509_getm_notAfter(cert), 24L * 3600 * wanted.valid_days);
  X509_set_pubkey(cert, key);
  X509_NAME* const subject = X509_get_subject_name(cert);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(cert, subject);
  X509V3_CTX context;
  X509V3_set_ctx(&context, cert, cert, nullptr, nullptr, 0);
  for (const auto& [id, value] :
       {std::pair{NID_subject_alt_name, wanted.subject_alternative_name},
        std::pair{NID_basic_constraints, std::string("critical,CA:TRUE")}}) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(cert, key, EVP_sha256());
  std::FILE* file = std::fopen(files.certificate_file.c_str(), "w");
  PEM_write_X509(file, cert);
  std::fclose(file);
  file = std::fopen(files.key_file.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(cert);
  EVP_PKEY_free(key);
  return files;
}

class TlsTest : public testing::LoopFixture {
 protected:
  // A TLS server with that certificate; its pool trusts exactly this one.
  void Start(const std::string& name, const Certificate& certificate, TlsClientOptions client = {},
             std::string host = "127.0.0.1") {
    files_ = Write(name, certificate);
    auto context = MakeTlsServerContext(files_);
    ASSERT_THAT(context, testing::IsOk());
    StartServer(
        [](HttpExchange& exchange) -> Task<void> {
          if (exchange.path() == "/stream") {
            exchange.StartStream({});
            for (int i = 0; i < 3; ++i) co_await exchange.Write("piece ");
            co_await exchange.Finish("end");
          } else if (exchange.path() == "/wait") {
            Waker waker;
            exchange.OnDisconnect([&] { waker.Wake(); });
            co_await waker.Wait();
          } else {
            const std::string body = std::move(exchange.body());
            exchange.Respond(200, "", body);
          }
        },
        {.tls = *context});
    if (client.ca_file.empty()) client.ca_file = files_.certificate_file;
    StartPool(port_, {.host = host, .tls = true, .tls_options = client});
  }

  absl::Status Failure() {
    absl::Status status;
    Run([&]() -> Task<void> {
      HttpRequest request{.target = "/"};
      status = (co_await pool_->Send(request)).status();
    }());
    return status;
  }

  std::string FetchNow(HttpRequest request) {
    std::string result;
    Run([&]() -> Task<void> { result = co_await Fetch(request); }());
    return result;
  }

  TlsServerOptions files_;
};

TEST_F(TlsTest, CarriesBodiesOfEverySizeOnAKeptConnection) {
  Start("good", {});
  for (const size_t size : {0, 1, 5000, 16384, 16385, 3'000'000}) {
    const std::string body(size, 'x');
    const std::string half = body.substr(0, size / 2);
    const std::string rest = body.substr(size / 2);
    EXPECT_TRUE(FetchNow({.target = "/", .body = {half, rest}}) == "200 " + body) << size;
  }
  EXPECT_EQ(FetchNow({.target = "/stream"}), "200 piece piece piece end");
  EXPECT_EQ(pool_->stats().opened, 1u);
}

TEST_F(TlsTest, ChecksTheHostNameOrAddress) {
  Start("name", {}, {}, "localhost");
  EXPECT_EQ(FetchNow({.target = "/", .body = {"a"}}), "200 a");
  Start("other", {.subject_alternative_name = "DNS:elsewhere.example"});
  const absl::Status status = Failure();
  EXPECT_EQ(FailureName(status), "tls");
  EXPECT_THAT(std::string(status.message()), HasSubstr("certificate check failed"));
  RunUntil([&] { return server_->stats().tls_failures == 1; });
}

TEST_F(TlsTest, RefusesAnExpiredCertificate) {
  Start("expired", {.valid_days = -2});
  const absl::Status status = Failure();
  EXPECT_EQ(FailureName(status), "tls");
  EXPECT_THAT(std::string(status.message()), HasSubstr("certificate has expired"));
}

TEST_F(TlsTest, RefusesAnUnknownAuthorityUnlessToldToSkipTheCheck) {
  const TlsServerOptions unrelated = Write("unrelated", {});
  Start("unknown", {}, {.ca_file = unrelated.certificate_file});
  EXPECT_EQ(FailureName(Failure()), "tls");
  Start("unknown", {.valid_days = -2},
        {.ca_file = unrelated.certificate_file, .insecure_skip_verify = true});
  EXPECT_EQ(FetchNow({.target = "/", .body = {"a"}}), "200 a");
}

TEST_F(TlsTest, APlainPeerIsATlsFailureAndNotAHang) {
  StartServer([](HttpExchange&) -> Task<void> { co_return; });
  StartPool(port_, {.tls = true});
  EXPECT_EQ(FailureName(Failure()), "tls");
}

TEST_F(TlsTest, TheHandlerLearnsThatTheClientLeft) {
  Start("leaving", {});
  CancelToken cancel;
  std::string result;
  boost::asio::co_spawn(
      io_,
      [&]() -> Task<void> {
        HttpRequest request{.target = "/wait", .cancel = &cancel};
        result = co_await Fetch(request);
      },
      boost::asio::detached);
  RunUntil([&] { return server_->stats().requests == 1; });
  cancel.Cancel();
  RunUntil([&] { return server_->stats().disconnects == 1; });
  EXPECT_EQ(result, "cancelled");
}

TEST_F(TlsTest, NoticesAnIdleConnectionThatThePeerClosed) {
  Start("idle", {});
  EXPECT_EQ(FetchNow({.target = "/", .body = {"a"}}), "200 a");
  EXPECT_EQ(pool_->stats().idle, 1u) << "session tickets are no reason to close";
  server_.reset();
  RunUntil([&] { return pool_->stats().open == 0; });
}

TEST(Tls, NamesAFileThatCannotBeUsed) {
  EXPECT_THAT(MakeTlsClientContext({.ca_file = "/no/such.pem"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"/no/such.pem\"")));
  const TlsServerOptions good = Write("files", {});
  EXPECT_THAT(MakeTlsServerContext({"/no/such.crt", good.key_file}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the certificate file")));
  EXPECT_THAT(MakeTlsServerContext({good.certificate_file, good.certificate_file}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the key file")));
  const TlsServerOptions other = Write("files2", {});
  EXPECT_THAT(MakeTlsServerContext({good.certificate_file, other.key_file}),
              StatusIs(absl::StatusCode::kInvalidArgument)) << "the key of another certificate";
}

}  // namespace
}  // namespace warmpath
