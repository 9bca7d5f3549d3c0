#include "base/http/http_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"

namespace warmpath {
namespace {

using boost::asio::ip::tcp;

struct HostPort {
  std::string host;
  std::string port;
};

absl::StatusOr<HostPort> Split(std::string_view address) {
  const size_t colon = address.rfind(':');
  std::string host(address.substr(0, colon == std::string_view::npos ? 0 : colon));
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  int port = -1;
  const std::string digits(colon == std::string_view::npos ? "" : address.substr(colon + 1));
  if (host.empty() || !absl::SimpleAtoi(digits, &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on \"", std::string(address),
                     "\": want host:port, e.g. 127.0.0.1:8080 or [::1]:0"));
  }
  return HostPort{std::move(host), digits};
}

absl::Status CannotListen(std::string_view address, int error) {
  std::string_view remedy = "";
  if (error == EADDRINUSE) remedy = "; stop the other process or choose another port";
  if (error == EACCES) remedy = "; choose a port above 1023 or run with the right to use it";
  if (error == EADDRNOTAVAIL) remedy = "; use an address of this machine";
  const std::string reason =
      error == EADDRINUSE ? "address already in use" : std::string(strerror(error));
  return absl::UnavailableError(absl::StrCat("cannot listen on ", std::string(address), ": ",
                                             reason, std::string(remedy)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpListener>> HttpListener::Open(std::string_view address) {
  const auto parts = Split(address);
  if (!parts.ok()) return parts.status();
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &found)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot listen on ", std::string(address),
                                                   ": ", gai_strerror(error)));
  }
  const absl::Cleanup free_found = [found] { freeaddrinfo(found); };
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return CannotListen(address, errno);
  const int on = 1;
  // Only skips the wait for old connections; Linux still refuses a second listener.
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  tcp::endpoint bound;
  socklen_t size = static_cast<socklen_t>(bound.capacity());
  if (::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, SOMAXCONN) != 0 ||
      ::getsockname(fd, bound.data(), &size) != 0) {
    const int error = errno;
    ::close(fd);
    return CannotListen(address, error);
  }
  bound.resize(size);
  return std::unique_ptr<HttpListener>(new HttpListener(fd, bound));
}

HttpListener::~HttpListener() { ::close(fd_); }

std::string HttpListener::address() const {
  const auto& ip = endpoint_.address();
  return ip.is_v6() ? absl::StrCat("[", ip.to_string(), "]:", port())
                    : absl::StrCat(ip.to_string(), ":", port());
}

int HttpListener::Duplicate() const { return ::fcntl(fd_, F_DUPFD_CLOEXEC, 0); }

}  // namespace warmpath
