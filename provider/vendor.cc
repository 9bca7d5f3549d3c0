#include "provider/vendor.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/http/http_parser.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

constexpr VendorWire kOpenAi = {
    .dialect = Dialect::kOpenAiChat,
    .target = "/chat/completions",
    .overlap = "",
    .key_header = "authorization",
    .key_prefix = "Bearer ",
    .version_header = "",
    .default_version = "",
    .last_event_data = "[DONE]",
};

constexpr VendorWire kOpenAiResponses = {
    .dialect = Dialect::kOpenAiResponses,
    .target = "/responses",
    .overlap = "",
    .key_header = "authorization",
    .key_prefix = "Bearer ",
    .version_header = "",
    .default_version = "",
    .last_event_data = "",
};

constexpr VendorWire kAnthropic = {
    .dialect = Dialect::kAnthropicMessages,
    .target = "/v1/messages",
    .overlap = "/v1",
    .key_header = "x-api-key",
    .key_prefix = "",
    .version_header = "anthropic-version",
    .default_version = "2023-06-01",
    .last_event_data = "",
};

constexpr VendorWire kGemini = {
    .dialect = Dialect::kGemini,
    .target = "/v1beta/models/{model}:generateContent",
    .stream_target = "/v1beta/models/{model}:streamGenerateContent?alt=sse",
    .overlap = "/v1beta",
    .model_in_body = false,
    .key_header = "x-goog-api-key",
    .key_prefix = "",
    .version_header = "",
    .default_version = "",
    // Never sent by Google. The stream is read to its end, as a finishReason once stood in every chunk
    // and usage may come behind it.
    .last_event_data = "[DONE]",
};

constexpr VendorWire kAzureOpenAi = {
    .dialect = Dialect::kOpenAiChat,
    .target = "/openai/v1/chat/completions",
    .overlap = "/openai/v1",
    .key_header = "api-key",
    .key_prefix = "",
    .version_header = "",
    .default_version = "",
    .last_event_data = "[DONE]",
};

constexpr VendorWire kAzureOpenAiDeployment = {
    .dialect = Dialect::kOpenAiChat,
    .target = "/openai/deployments/{model}/chat/completions",
    .overlap = "/openai",
    .key_header = "api-key",
    .key_prefix = "",
    .version_header = "",
    .default_version = "",
    .last_event_data = "[DONE]",
};

constexpr std::string_view kForwardedPrefixes[] = {"x-ratelimit-", "anthropic-ratelimit-"};
constexpr std::string_view kForwarded[] = {
    "x-request-id",  "request-id",           "retry-after",
    "retry-after-ms", "x-should-retry",       "openai-processing-ms",
    "openai-version", "openai-organization", "anthropic-organization-id",
    "apim-request-id",
};

constexpr std::string_view kNotForwardable[] = {
    "authorization", "x-api-key",         "api-key",    "cookie",         "proxy-authorization",
    "host",          "content-length",    "connection", "content-type",   "transfer-encoding",
    "te",            "trailer",           "upgrade",    "keep-alive",     "proxy-connection",
    "expect",        "accept-encoding",   "x-request-id", "content-encoding",
    "x-warmpath-shadow", "x-goog-api-key",
};

absl::Status BadUrl(std::string_view url, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("base_url \"", ToAbsl(url), "\" ", ToAbsl(why),
                   "; write it as https://host[:port][/path]"));
}

}  // namespace

const VendorWire* FindVendorWire(v1::ProviderKind kind) {
  switch (kind) {
    case v1::PROVIDER_KIND_OPENAI:
      return &kOpenAi;
    case v1::PROVIDER_KIND_OPENAI_RESPONSES:
      return &kOpenAiResponses;
    case v1::PROVIDER_KIND_ANTHROPIC:
      return &kAnthropic;
    case v1::PROVIDER_KIND_GEMINI:
      return &kGemini;
    case v1::PROVIDER_KIND_AZURE_OPENAI:
      return &kAzureOpenAi;
    default:
      return nullptr;
  }
}

const VendorWire* FindVendorWire(const v1::ProviderConfig& config) {
  const bool by_deployment =
      config.kind() == v1::PROVIDER_KIND_AZURE_OPENAI && !config.api_version().empty();
  return by_deployment ? &kAzureOpenAiDeployment : FindVendorWire(config.kind());
}

std::string EscapeUrlPart(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      escaped += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      escaped += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return escaped;
}

bool IsForwardedResponseHeader(std::string_view name) {
  // Cheap first: most headers begin with another letter.
  switch (absl::ascii_tolower(name.empty() ? '\0' : name[0])) {
    case 'x':
    case 'r':
    case 'o':
    case 'a':
      break;
    default:
      return false;
  }
  for (const std::string_view known : kForwarded) {
    if (EqualsIgnoreCase(name, known)) return true;
  }
  for (const std::string_view prefix : kForwardedPrefixes) {
    if (name.size() > prefix.size() && EqualsIgnoreCase(name.substr(0, prefix.size()), prefix)) {
      return true;
    }
  }
  return false;
}

bool IsForwardableRequestHeader(std::string_view name, std::string_view value) {
  const auto is_token = [](char c) {
    return absl::ascii_isalnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_token)) return false;
  if (!IsHeaderValue(value)) return false;
  for (const std::string_view banned : kNotForwardable) {
    if (EqualsIgnoreCase(name, banned)) return false;
  }
  return true;
}

bool IsHeaderValue(std::string_view value) {
  const auto breaks_line = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return std::none_of(value.begin(), value.end(), breaks_line);
}

absl::StatusOr<BaseUrl> ParseBaseUrl(std::string_view url) {
  BaseUrl parsed;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    parsed.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return BadUrl(url, "does not begin with https:// or http://");
  }
  const auto refused = [](char c) { return c <= ' ' || c == '?' || c == '#' || c == '@' || c == 0x7f; };
  if (std::any_of(rest.begin(), rest.end(), refused)) {
    return BadUrl(url, "holds a space, query, fragment or credentials");
  }
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    parsed.path = rest.substr(slash);
    while (!parsed.path.empty() && parsed.path.back() == '/') parsed.path.pop_back();
    rest = rest.substr(0, slash);
  }
  std::string_view port;
  if (rest.starts_with("[")) {
    const size_t close = rest.find(']');
    if (close == std::string_view::npos) return BadUrl(url, "has a bracket that is not closed");
    parsed.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    if (!rest.empty() && rest[0] != ':') return BadUrl(url, "has text after the address");
    port = rest;
  } else {
    const size_t colon = rest.find(':');
    parsed.host = rest.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : rest.substr(colon);
  }
  if (parsed.host.empty()) return BadUrl(url, "names no host");
  uint32_t number = parsed.tls ? 443 : 80;
  if (!port.empty() && (!absl::SimpleAtoi(ToAbsl(port.substr(1)), &number) || number == 0 ||
                        number > 65535)) {
    return BadUrl(url, "has a port that is not a number from 1 to 65535");
  }
  parsed.port = static_cast<uint16_t>(number);
  return parsed;
}

}  // namespace warmpath
