// Addresses and URLs as they stand in a config.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace warmpath {

// "host:port", an IPv6 host in brackets.
struct Address {
  std::string host;
  uint16_t port = 0;

  // 127.0.0.0/8, ::1 or "localhost".
  bool IsLoopback() const;
};
absl::StatusOr<Address> ParseAddress(std::string_view text);

// "http://host:port/base" or "https://…", without credentials, query and fragment. The base has no
// trailing slash.
struct Url {
  bool tls = false;
  std::string host;
  uint16_t port = 0;
  std::string base;
};
absl::StatusOr<Url> ParseUrl(std::string_view text);

}  // namespace warmpath
