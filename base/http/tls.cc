#include "base/http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

namespace ssl = boost::asio::ssl;

// In ALPN's wire form: length, name.
constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_length,
               const unsigned char* in, unsigned int in_length, void*) {
  unsigned char* chosen = nullptr;
  const int result =
      SSL_select_next_proto(&chosen, out_length, kAlpn, sizeof(kAlpn), in, in_length);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

TlsContext MakeContext(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // A connection that ends without a close notification is an EOF; HTTP's own framing tells
  // whether something is missing.
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(native, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
  return context;
}

absl::Status FileError(absl::string_view what, const std::string& file,
                       const boost::system::error_code& error) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("cannot use ", what, " \"",
                                                 file, "\": ", error.message(),
                                                 "; it must be a readable PEM file"));
}

}  // namespace

absl::StatusOr<TlsContext> MakeTlsClientContext(const TlsClientOptions& options) {
  TlsContext context = MakeContext(ssl::context::tls_client);
  boost::system::error_code error;
  context->set_default_verify_paths(error);  // A system without any is caught by verification.
  ERR_clear_error();
  if (!options.ca_file.empty()) {
    context->load_verify_file(options.ca_file, error);
    if (error) return FileError("the CA file", options.ca_file, error);
  }
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_verify(native, options.insecure_skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                     nullptr);
  SSL_CTX_set_alpn_protos(native, kAlpn, sizeof(kAlpn));
  return context;
}

absl::StatusOr<TlsContext> MakeTlsServerContext(const TlsServerOptions& options) {
  TlsContext context = MakeContext(ssl::context::tls_server);
  boost::system::error_code error;
  context->use_certificate_chain_file(options.certificate_file, error);
  if (error) return FileError("the certificate file", options.certificate_file, error);
  context->use_private_key_file(options.key_file, ssl::context::pem, error);
  if (error) return FileError("the key file", options.key_file, error);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), SelectAlpn, nullptr);
  return context;
}

std::string TakeTlsError() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown TLS error";
  const char* const reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : absl::StrCat("TLS error ", code);
}

}  // namespace warmpath
