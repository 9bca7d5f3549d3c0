#include "base/http/proxy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/ip/address.hpp"

namespace warmpath {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxHeadBytes = 8 * 1024;
constexpr size_t kMaxSocksField = 255;

absl::string_view Abseil(std::string_view text) { return {text.data(), text.size()}; }

absl::Status BadProxy(std::string_view url, std::string_view why) {
  // The URL may hold credentials, so it is not repeated beyond its end.
  const size_t at = url.rfind('@');
  const std::string_view shown = at == std::string_view::npos ? url : url.substr(at + 1);
  return absl::InvalidArgumentError(
      absl::StrCat("proxy \"", Abseil(shown), "\" ", Abseil(why),
                   "; write it as http://host:port or socks5://host:port"));
}

absl::Status Refused(std::string why) { return absl::UnavailableError(std::move(why)); }

asio::awaitable<absl::Status> WriteAll(Stream& stream, std::string text) {
  IoPieces pieces = {text};
  while (!pieces.empty()) {
    const IoResult io = stream.TryWrite(pieces);
    if (io.state == IoResult::kOk) {
      AdvancePieces(pieces, io.bytes);
    } else if (io.state == IoResult::kWouldBlock) {
      co_await stream.Writable();
    } else {
      co_return Refused("it closed the connection");
    }
  }
  co_return absl::OkStatus();
}

// Reads at least one and at most `bytes` bytes.
asio::awaitable<absl::StatusOr<size_t>> ReadSome(Stream& stream, char* into, size_t bytes) {
  for (;;) {
    if (stream.closed()) co_return Refused("the connection was closed");
    const IoResult io = stream.TryRead(into, bytes);
    if (io.state == IoResult::kOk) co_return io.bytes;
    if (io.state != IoResult::kWouldBlock) co_return Refused("it closed the connection");
    co_await stream.Readable();
  }
}

// Not one byte more than `bytes`: what follows belongs to the target.
asio::awaitable<absl::StatusOr<std::string>> ReadExactly(Stream& stream, size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t got = 0; got < bytes;) {
    const absl::StatusOr<size_t> more = co_await ReadSome(stream, text.data() + got, bytes - got);
    if (!more.ok()) co_return more.status();
    got += *more;
  }
  co_return text;
}

std::string HostAndPort(std::string_view host, uint16_t port) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  return absl::StrCat(is_v6 ? "[" : "", Abseil(host), is_v6 ? "]:" : ":", port);
}

// What a CONNECT was answered with.
absl::Status ReadStatusLine(std::string_view head) {
  int status = 0;
  const bool is_http = head.size() >= 12 && head.starts_with("HTTP/1.") && head[8] == ' ' &&
                       absl::SimpleAtoi(Abseil(head.substr(9, 3)), &status) &&
                       (head.size() == 12 || !absl::ascii_isalnum(head[12]));
  if (!is_http) return Refused("its answer to CONNECT is not HTTP");
  if (status == 407) return Refused("it wants other credentials (407); set proxy_credentials");
  if (status < 200 || status > 299) return Refused(absl::StrCat("it answered CONNECT with ", status));
  return absl::OkStatus();
}

asio::awaitable<absl::Status> Connect(Stream& stream, const ProxyOptions& proxy, std::string target) {
  std::string request = absl::StrCat("CONNECT ", target, " HTTP/1.1\r\nHost: ", target, "\r\n");
  if (!proxy.user.empty()) {
    absl::StrAppend(&request, "Proxy-Authorization: Basic ",
                    absl::Base64Escape(absl::StrCat(proxy.user, ":", proxy.password)), "\r\n");
  }
  request += "\r\n";
  const absl::Status written = co_await WriteAll(stream, std::move(request));
  if (!written.ok()) co_return written;
  std::string head;
  for (;;) {
    char bytes[1024];
    const absl::StatusOr<size_t> got = co_await ReadSome(stream, bytes, sizeof(bytes));
    if (!got.ok()) co_return got.status();
    head.append(bytes, *got);
    const size_t end = head.find("\r\n\r\n");
    if (end != std::string::npos) {
      const absl::Status status = ReadStatusLine(head);
      if (!status.ok()) co_return status;
      // The target speaks only when it is spoken to.
      if (end + 4 != head.size()) co_return Refused("it sent more than its answer to CONNECT");
      co_return absl::OkStatus();
    }
    const size_t known = std::min<size_t>(head.size(), 7);
    if (head.compare(0, known, "HTTP/1.", known) != 0 || head.size() > kMaxHeadBytes) {
      co_return Refused("its answer to CONNECT is not HTTP");
    }
  }
}

std::string_view SocksReply(char code) {
  switch (code) {
    case 1: return "general failure";
    case 2: return "not allowed by its rules";
    case 3: return "network unreachable";
    case 4: return "host unreachable";
    case 5: return "connection refused";
    case 6: return "TTL expired";
    case 7: return "command not supported";
    case 8: return "address type not supported";
    default: return "an unknown reply";
  }
}

asio::awaitable<absl::Status> LogIn(Stream& stream, const ProxyOptions& proxy) {
  std::string greeting("\x05\x01\x00", 3);
  if (!proxy.user.empty()) greeting.assign("\x05\x02\x00\x02", 4);
  const absl::Status greeted = co_await WriteAll(stream, std::move(greeting));
  if (!greeted.ok()) co_return greeted;
  const absl::StatusOr<std::string> method = co_await ReadExactly(stream, 2);
  if (!method.ok()) co_return method.status();
  if ((*method)[0] != 5) co_return Refused("its answer is not SOCKS5");
  if ((*method)[1] == 0) co_return absl::OkStatus();
  if ((*method)[1] != 2 || proxy.user.empty()) {
    co_return Refused("it wants to be logged in to; set proxy_credentials");
  }
  std::string login = absl::StrCat("\x01", std::string(1, static_cast<char>(proxy.user.size())),
                                   proxy.user,
                                   std::string(1, static_cast<char>(proxy.password.size())),
                                   proxy.password);
  const absl::Status sent = co_await WriteAll(stream, std::move(login));
  if (!sent.ok()) co_return sent;
  const absl::StatusOr<std::string> verdict = co_await ReadExactly(stream, 2);
  if (!verdict.ok()) co_return verdict.status();
  if ((*verdict)[0] != 1) co_return Refused("its answer to the login is not SOCKS5");
  if ((*verdict)[1] != 0) co_return Refused("it refuses the credentials");
  co_return absl::OkStatus();
}

// The target as SOCKS5 writes it: an address as one, a name for the proxy to resolve.
std::string SocksAddress(std::string_view host, uint16_t port) {
  std::string text;
  boost::system::error_code not_an_address;
  const auto address = asio::ip::make_address(std::string(host), not_an_address);
  if (not_an_address) {
    text = absl::StrCat("\x03", std::string(1, static_cast<char>(host.size())), Abseil(host));
  } else if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    text.assign("\x01", 1).append(bytes.begin(), bytes.end());
  } else {
    const auto bytes = address.to_v6().to_bytes();
    text.assign("\x04", 1).append(bytes.begin(), bytes.end());
  }
  text += static_cast<char>(port >> 8);
  text += static_cast<char>(port & 255);
  return text;
}

asio::awaitable<absl::Status> Socks5(Stream& stream, const ProxyOptions& proxy, std::string address) {
  const absl::Status logged_in = co_await LogIn(stream, proxy);
  if (!logged_in.ok()) co_return logged_in;
  const absl::Status asked =
      co_await WriteAll(stream, std::string("\x05\x01\x00", 3) + std::move(address));
  if (!asked.ok()) co_return asked;
  // Version, reply, a zero, the kind of address, and the first byte of the address.
  const absl::StatusOr<std::string> reply = co_await ReadExactly(stream, 5);
  if (!reply.ok()) co_return reply.status();
  if ((*reply)[0] != 5) co_return Refused("its answer is not SOCKS5");
  if ((*reply)[1] != 0) {
    co_return Refused(absl::StrCat("it answered: ", Abseil(SocksReply((*reply)[1]))));
  }
  size_t rest = 2;  // the port
  switch ((*reply)[3]) {
    case 1: rest += 3; break;
    case 3: rest += static_cast<unsigned char>((*reply)[4]); break;
    case 4: rest += 15; break;
    default: co_return Refused("its answer is not SOCKS5");
  }
  const absl::StatusOr<std::string> bound = co_await ReadExactly(stream, rest);
  co_return bound.status();
}

}  // namespace

std::string ProxyOptions::Name() const {
  return absl::StrCat(kind == Kind::kSocks5 ? "socks5://" : "http://", HostAndPort(host, port));
}

absl::StatusOr<ProxyOptions> ParseProxy(std::string_view url) {
  ProxyOptions proxy;
  if (url.empty()) return proxy;
  std::string_view rest = url;
  if (rest.starts_with("http://")) {
    proxy.kind = ProxyOptions::Kind::kConnect;
    rest.remove_prefix(7);
  } else if (rest.starts_with("socks5://")) {
    proxy.kind = ProxyOptions::Kind::kSocks5;
    rest.remove_prefix(9);
  } else {
    return BadProxy(url, "begins with neither http:// nor socks5://");
  }
  if (rest.find('@') != std::string_view::npos) {
    return BadProxy(url, "holds credentials; they belong into proxy_credentials");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto refused = [](char c) {
    return c <= ' ' || c == '/' || c == '?' || c == '#' || c == 0x7f;
  };
  if (std::any_of(rest.begin(), rest.end(), refused)) {
    return BadProxy(url, "has more than host and port");
  }
  const size_t colon = rest.rfind(':');
  uint32_t port = 0;
  if (colon == std::string_view::npos ||
      !absl::SimpleAtoi(Abseil(rest.substr(colon + 1)), &port) || port == 0 || port > 65535) {
    return BadProxy(url, "has no port from 1 to 65535");
  }
  std::string_view host = rest.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("[]") != std::string_view::npos ||
      (host.find(':') != std::string_view::npos && !in_brackets)) {
    return BadProxy(url, "names no host");
  }
  proxy.host = std::string(host);
  proxy.port = static_cast<uint16_t>(port);
  return proxy;
}

absl::Status SetProxyCredentials(std::string_view credentials, ProxyOptions* proxy) {
  const size_t colon = credentials.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return absl::InvalidArgumentError("proxy_credentials must be \"user:password\"");
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  const std::string_view password = credentials.substr(colon + 1);
  if (std::any_of(credentials.begin(), credentials.end(), is_control) ||
      colon > kMaxSocksField || password.size() > kMaxSocksField) {
    return absl::InvalidArgumentError(
        "proxy_credentials hold a control character, or more than 255 bytes of user or password");
  }
  proxy->user = std::string(credentials.substr(0, colon));
  proxy->password = std::string(password);
  return absl::OkStatus();
}

asio::awaitable<absl::Status> OpenTunnel(StreamPtr stream, const ProxyOptions& proxy,
                                         std::string_view host, uint16_t port) {
  if (proxy.kind == ProxyOptions::Kind::kConnect) {
    co_return co_await Connect(*stream, proxy, HostAndPort(host, port));
  }
  if (host.size() > kMaxSocksField) co_return Refused("SOCKS5 takes names of at most 255 bytes");
  co_return co_await Socks5(*stream, proxy, SocksAddress(host, port));
}

}  // namespace warmpath
