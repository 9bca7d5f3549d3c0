#include "provider/wire/tool_ids.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "base/stable_hash.h"

namespace warmpath {
namespace {

constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr size_t kUsualDigits = 24;
// A prefix must leave room for as many digits as Mistral's ids have.
constexpr size_t kLeastDigits = 9;
// 62^10 is the highest power that a 64-bit hash covers evenly enough.
constexpr int kDigitsOfHash = 10;

bool Allowed(char c, const ToolIdRule& rule) {
  if (absl::ascii_isalnum(c)) return true;
  if (rule.alphanumeric) return false;
  return !rule.plain || c == '_' || c == '-';
}

}  // namespace

ToolIdRule ToolIdRuleOf(const v1::ModelCapabilities& capabilities, ToolIdRule fallback) {
  ToolIdRule rule = fallback;
  if (capabilities.has_tool_id_max_length() && capabilities.tool_id_max_length() > 0) {
    rule.max_length = static_cast<size_t>(capabilities.tool_id_max_length());
  }
  if (capabilities.has_tool_id_min_length() && capabilities.tool_id_min_length() > 0) {
    rule.min_length = static_cast<size_t>(capabilities.tool_id_min_length());
  }
  switch (capabilities.tool_id_charset()) {
    case v1::TOOL_ID_CHARSET_URL_SAFE: rule.plain = true; break;
    case v1::TOOL_ID_CHARSET_ALPHANUMERIC: rule.plain = rule.alphanumeric = true; break;
    default: break;
  }
  return rule;
}

bool FitsToolIdRule(std::string_view id, const ToolIdRule& rule) {
  return !id.empty() && id.size() >= rule.min_length && id.size() <= rule.max_length &&
         std::all_of(id.begin(), id.end(), [&](char c) { return Allowed(c, rule); });
}

std::string FittingToolId(const ToolIdRule& rule, std::string_view seed) {
  std::string id(rule.prefix);
  const bool keeps_prefix =
      id.size() + kLeastDigits <= rule.max_length &&
      std::all_of(id.begin(), id.end(), [&](char c) { return Allowed(c, rule); });
  if (!keeps_prefix) id.clear();
  const size_t length = std::min(std::max(id.size() + kUsualDigits, rule.min_length), rule.max_length);
  for (uint64_t round = 0; id.size() < length; ++round) {
    uint64_t hash = StableHash64(seed, round);
    for (int i = 0; i < kDigitsOfHash && id.size() < length; ++i) {
      id += kDigits[hash % kDigits.size()];
      hash /= kDigits.size();
    }
  }
  return id;
}

}  // namespace warmpath
