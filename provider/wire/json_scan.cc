#include "provider/wire/json_scan.h"

#include <cstddef>

namespace warmpath {
namespace {

size_t SkipSpace(std::string_view json, size_t at) {
  const size_t next = json.find_first_not_of(" \t\r\n", at);
  return next == std::string_view::npos ? json.size() : next;
}

// Where the value stands, if the string that ends before `at` is a key; else npos.
size_t ValueAfterKey(std::string_view json, size_t at) {
  at = SkipSpace(json, at);
  if (at >= json.size() || json[at] != ':') return std::string_view::npos;
  return SkipSpace(json, at + 1);
}

bool IsNull(std::string_view json, size_t at) { return json.substr(at, 4) == "null"; }

bool IsFilled(std::string_view json, size_t at) {
  if (at >= json.size() || IsNull(json, at)) return false;
  const char open = json[at];
  if (open == '"') return at + 1 < json.size() && json[at + 1] != '"';
  if (open != '[' && open != '{') return true;
  const size_t first = SkipSpace(json, at + 1);
  return first < json.size() && json[first] != ']' && json[first] != '}';
}

// The position behind the string that starts at `at`.
size_t SkipString(std::string_view json, size_t at) {
  for (++at; at < json.size(); ++at) {
    if (json[at] == '\\') {
      ++at;
    } else if (json[at] == '"') {
      return at + 1;
    }
  }
  return json.size();
}

}  // namespace

bool HasFilledMember(std::string_view json, std::string_view quoted_key) {
  for (size_t at = json.find(quoted_key); at != std::string_view::npos;
       at = json.find(quoted_key, at + quoted_key.size())) {
    const size_t value = ValueAfterKey(json, at + quoted_key.size());
    if (value != std::string_view::npos && IsFilled(json, value)) return true;
  }
  return false;
}

bool HasTopLevelValue(std::string_view json, std::string_view quoted_key) {
  if (json.find(quoted_key) == std::string_view::npos) return false;
  int depth = 0;
  for (size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      const size_t end = SkipString(json, at);
      if (depth == 1 && json.substr(at, end - at) == quoted_key) {
        const size_t value = ValueAfterKey(json, end);
        if (value != std::string_view::npos && !IsNull(json, value)) return true;
      }
      at = end;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
  }
  return false;
}

std::string_view ScanString(std::string_view json, std::string_view quoted_key) {
  const size_t key = json.find(quoted_key);
  if (key == std::string_view::npos) return {};
  const size_t value = ValueAfterKey(json, key + quoted_key.size());
  if (value == std::string_view::npos || value >= json.size() || json[value] != '"') return {};
  const size_t end = SkipString(json, value);
  const std::string_view text = json.substr(value + 1, end - value - 2);
  return text.find('\\') == std::string_view::npos ? text : std::string_view();
}

}  // namespace warmpath
