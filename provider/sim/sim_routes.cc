#include "provider/sim/sim_routes.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/ascii.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

std::string Unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
                        absl::ascii_isxdigit(text[i + 2]);
    if (escape) {
      plain += absl::HexStringToBytes(ToAbsl(text.substr(i + 1, 2)));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// What stands between `before` and `after`; nothing if it has a slash or is empty.
std::optional<std::string> Between(std::string_view path, std::string_view before,
                                   std::string_view after) {
  if (!path.starts_with(before) || !path.ends_with(after) ||
      path.size() <= before.size() + after.size()) {
    return std::nullopt;
  }
  path.remove_prefix(before.size());
  path.remove_suffix(after.size());
  if (path.find('/') != std::string_view::npos) return std::nullopt;
  return Unescape(path);
}

}  // namespace

std::string QueryValue(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return std::string(pair.substr(equals + 1));
    }
  }
  return "";
}

std::optional<SimRoute> FindSimRoute(std::string_view path, std::string_view query) {
  if (path == "/v1/chat/completions" || path == "/openai/v1/chat/completions") {
    return SimRoute{.dialect = Dialect::kOpenAiChat, .model = {}, .stream = {}};
  }
  if (path == "/v1/messages") {
    return SimRoute{.dialect = Dialect::kAnthropicMessages, .model = {}, .stream = {}};
  }
  if (path == "/v1/responses") {
    return SimRoute{.dialect = Dialect::kOpenAiResponses, .model = {}, .stream = {}};
  }
  if (auto model = Between(path, "/openai/deployments/", "/chat/completions")) {
    if (QueryValue(query, "api-version").empty()) return std::nullopt;
    return SimRoute{.dialect = Dialect::kOpenAiChat, .model = std::move(model), .stream = {}};
  }
  if (auto model = Between(path, "/v1beta/models/", ":generateContent")) {
    return SimRoute{.dialect = Dialect::kGemini, .model = std::move(model), .stream = false};
  }
  if (auto model = Between(path, "/v1beta/models/", ":streamGenerateContent")) {
    if (QueryValue(query, "alt") != "sse") return std::nullopt;
    return SimRoute{.dialect = Dialect::kGemini, .model = std::move(model), .stream = true};
  }
  return std::nullopt;
}

}  // namespace warmpath
