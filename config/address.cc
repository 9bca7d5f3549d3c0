#include "config/address.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

bool SplitPort(std::string_view text, std::string_view& host, std::string_view& port) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (text.empty()) return true;
    if (text.front() != ':') return false;
    port = text.substr(1);
    return true;
  }
  const size_t colon = text.find(':');
  host = text.substr(0, colon);
  if (colon == std::string_view::npos) return true;
  port = text.substr(colon + 1);
  return port.find(':') == std::string_view::npos;
}

bool ParsePort(std::string_view text, uint16_t& port) {
  uint32_t number = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &number) || number > 65535) return false;
  port = static_cast<uint16_t>(number);
  return true;
}

}  // namespace

bool Address::IsLoopback() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  std::string_view host, port;
  Address address;
  if (!SplitPort(text, host, port) || host.empty() || !ParsePort(port, address.port)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", ToAbsl(text), "' is not an address; write host:port, such as 127.0.0.1:8080"));
  }
  address.host = std::string(host);
  return address;
}

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  const auto bad = [&] {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", ToAbsl(text), "' is not a base URL; write http(s)://host[:port][/base] without a query"));
  };
  Url url;
  std::string_view rest = text;
  url.tls = rest.starts_with("https://");
  if (!url.tls && !rest.starts_with("http://")) return bad();
  rest.remove_prefix(url.tls ? 8 : 7);
  if (rest.find_first_of(" @?#\r\n") != std::string_view::npos) return bad();
  const size_t slash = rest.find('/');
  std::string_view host, port;
  if (!SplitPort(rest.substr(0, slash), host, port) || host.empty()) return bad();
  url.port = url.tls ? 443 : 80;
  if (!port.empty() && !ParsePort(port, url.port)) return bad();
  url.host = std::string(host);
  if (slash != std::string_view::npos) url.base = std::string(rest.substr(slash));
  while (url.base.ends_with('/')) url.base.pop_back();
  return url;
}

}  // namespace warmpath
