// A listening TCP socket that several event loops may accept from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "boost/asio/ip/tcp.hpp"

namespace warmpath {

// Bound and listening from Open() on; each HttpServer accepts on a duplicate of its descriptor.
//
//   ASSIGN_OR_RETURN(auto listener, HttpListener::Open("127.0.0.1:0"));
//   LOG(listener->address());   // "127.0.0.1:40123"
//
// A second process on the same port is refused: SO_REUSEPORT is off on purpose.
// Thread safety: const after Open. Blocking: Open resolves a host name.
// Errors: INVALID_ARGUMENT for an address that cannot be read, UNAVAILABLE if it cannot be had,
// with the remedy.
class HttpListener {
 public:
  // `address` is host:port or [v6]:port; port 0 lets the system choose.
  static absl::StatusOr<std::unique_ptr<HttpListener>> Open(std::string_view address);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  const boost::asio::ip::tcp::endpoint& endpoint() const { return endpoint_; }
  uint16_t port() const { return endpoint_.port(); }
  std::string address() const;

  // A new descriptor of the same socket, owned by the caller; -1 if there are no more.
  int Duplicate() const;

 private:
  HttpListener(int fd, boost::asio::ip::tcp::endpoint endpoint) : fd_(fd), endpoint_(endpoint) {}

  const int fd_;
  const boost::asio::ip::tcp::endpoint endpoint_;
};

}  // namespace warmpath
