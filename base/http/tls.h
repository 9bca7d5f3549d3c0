// TLS contexts for both sides, with verification on.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "boost/asio/ssl/context.hpp"

namespace warmpath {

// How a client checks the server it talks to.
struct TlsClientOptions {
  // PEM file with further certificate authorities to trust, beside the system's. Empty: none.
  std::string ca_file = {};
  // Switches off the check of certificate and host name. For experiments only.
  bool insecure_skip_verify = false;
};

// The server's identity, PEM files. The certificate file may hold the chain.
struct TlsServerOptions {
  std::string certificate_file = {};
  std::string key_file = {};
};

// A ready context: TLS 1.2 or newer, HTTP/1.1 by ALPN. Host name check and SNI are per connection,
// see Stream::Handshake.
//
// Thread safety: a context may be shared by all threads once made.
// Errors: INVALID_ARGUMENT naming the file that could not be used and why.
using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
absl::StatusOr<TlsContext> MakeTlsClientContext(const TlsClientOptions& options);
absl::StatusOr<TlsContext> MakeTlsServerContext(const TlsServerOptions& options);

// The reason on top of OpenSSL's error queue, which it empties.
std::string TakeTlsError();

}  // namespace warmpath
