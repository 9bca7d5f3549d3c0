// Reaching an origin through a proxy: HTTP CONNECT or SOCKS5.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/http/stream.h"
#include "boost/asio/awaitable.hpp"

namespace warmpath {

// A proxy. Every connection becomes a tunnel, for plain targets as well as for TLS: the proxy sees no
// request, only where it goes. The target's name is resolved by the proxy.
struct ProxyOptions {
  enum class Kind {
    kNone,
    kConnect,  // HTTP CONNECT (RFC 9110, 9.3.6)
    kSocks5,   // RFC 1928, user and password by RFC 1929
  };
  Kind kind = Kind::kNone;
  std::string host = {};  // name or address, without brackets
  uint16_t port = 0;
  // Sent if `user` is not empty. SOCKS5 takes at most 255 bytes of each.
  std::string user = {};
  std::string password = {};

  // "http://host:port" or "socks5://host:port", without credentials: for messages.
  std::string Name() const;
};

// Reads "http://host:port" or "socks5://host:port", an IPv6 address in brackets. "" is no proxy.
// INVALID_ARGUMENT, saying what is wrong, for anything else, such as credentials inside the URL.
absl::StatusOr<ProxyOptions> ParseProxy(std::string_view url);

// Sets user and password from "user:password". INVALID_ARGUMENT, without repeating them, if there is
// no colon, or one of them is too long or holds a control character.
absl::Status SetProxyCredentials(std::string_view credentials, ProxyOptions* proxy);

// Asks the proxy, to which `stream` is connected, for a tunnel to `host` and `port`. Afterwards the
// stream is as if it were connected to them.
//
// Errors: UNAVAILABLE saying what the proxy answered; never names credentials. The caller bounds the
// time by closing the stream, which ends this at once.
boost::asio::awaitable<absl::Status> OpenTunnel(StreamPtr stream, const ProxyOptions& proxy,
                                                std::string_view host, uint16_t port);

}  // namespace warmpath
