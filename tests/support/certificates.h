// Self-signed certificates made on the spot, for tests of TLS.
#pragma once

#include <string>

#include "base/http/tls.h"

namespace warmpath::testing {

// What a certificate says.
struct Certificate {
  std::string subject_alternative_name = "IP:127.0.0.1,DNS:localhost";
  int valid_days = 1;  // negative: it ended that long ago
};

// Writes a new key and its certificate as PEM files into the test's folder. A client that takes the
// certificate file as its ca_file trusts exactly this server.
TlsServerOptions WriteCertificate(const std::string& name, const Certificate& wanted);

}  // namespace warmpath::testing
