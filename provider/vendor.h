// What differs between vendors on the wire beside the dialect itself: data, no behaviour.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "provider/dialect.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// How a kind of provider is called over HTTP.
struct VendorWire {
  Dialect dialect;
  // Appended to the base URL's path. Where that already ends in `overlap`, it is not repeated. The
  // path's model stands in the place of "{model}", if there is one.
  std::string_view target;
  // The same for streams; empty: no other.
  std::string_view stream_target = {};
  std::string_view overlap;
  // Whether the body names the model.
  bool model_in_body = true;
  // The header that carries a key, and what stands before the key.
  std::string_view key_header;
  std::string_view key_prefix;
  // A header that every request must have: the caller's, else this one. Empty: none.
  std::string_view version_header;
  std::string_view default_version;
  // Data of the event after which a stream has nothing more to say. Empty: the event that completes
  // the answer is the last one, too.
  std::string_view last_event_data;
};

// The wire of an HTTP kind; null for kinds that are not called over HTTP. Azure: that of its v1 API.
const VendorWire* FindVendorWire(v1::ProviderKind kind);
// The wire of a provider: with an api_version Azure's older API, whose URL names the deployment.
const VendorWire* FindVendorWire(const v1::ProviderConfig& config);

// `text` as one segment of a URL's path, or one value of its query: all but letters, digits and
// "-._~" is percent-encoded, so that nothing in it can end the segment or the line.
std::string EscapeUrlPart(std::string_view text);

// Whether a header of the path's answer goes to the caller; `name` in any case.
bool IsForwardedResponseHeader(std::string_view name);

// Whether a header of the caller's may go to a path. Never credentials, never what warmpath or
// HTTP itself decides, such as content-length; never a value that would break out of its line.
bool IsForwardableRequestHeader(std::string_view name, std::string_view value);

// Whether a text can be a header's value: it does not break out of its line.
bool IsHeaderValue(std::string_view value);

// A base URL, taken apart.
struct BaseUrl {
  bool tls = false;
  std::string host;
  uint16_t port = 0;
  // Begins with '/' and ends without one; may be empty.
  std::string path;
};

// Reads "http://host[:port][/path]" or "https://…"; IPv6 addresses in brackets. INVALID_ARGUMENT,
// saying what is wrong, for anything else, such as a query or credentials inside the URL.
absl::StatusOr<BaseUrl> ParseBaseUrl(std::string_view url);

}  // namespace warmpath
