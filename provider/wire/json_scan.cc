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

// The position behind the value that starts at `at`.
size_t SkipValue(std::string_view json, size_t at) {
  int depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (c == '"') {
      at = SkipString(json, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      --depth;
      ++at;
    } else if (depth == 0 && std::string_view(", \t\r\n").find(c) != std::string_view::npos) {
      return at;
    } else {
      ++at;
      continue;  // inside a number or a word
    }
    if (depth == 0) return at;
  }
  return at;
}

// The position of the member or element after the value that ends at `at`; the end's if it is the last.
size_t NextItem(std::string_view json, size_t at) {
  at = SkipSpace(json, at);
  return at < json.size() && json[at] == ',' ? SkipSpace(json, at + 1) : json.size();
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

std::string_view RawMember(std::string_view json, std::string_view quoted_key) {
  size_t at = SkipSpace(json, 0);
  if (at >= json.size() || json[at] != '{') return {};
  std::string_view found;
  for (at = SkipSpace(json, at + 1); at < json.size() && json[at] == '"';) {
    const size_t key_end = SkipString(json, at);
    const size_t value = ValueAfterKey(json, key_end);
    if (value == std::string_view::npos) return {};
    const size_t end = SkipValue(json, value);
    // Of a key that stands twice the last counts, as for the parser.
    if (json.substr(at, key_end - at) == quoted_key) found = json.substr(value, end - value);
    at = NextItem(json, end);
  }
  return found;
}

RawElements::RawElements(std::string_view json) : json_(json), at_(SkipSpace(json, 0)) {
  at_ = at_ < json.size() && json[at_] == '[' ? SkipSpace(json, at_ + 1) : json.size();
}

bool RawElements::Next(std::string_view& element) {
  element = {};
  if (at_ >= json_.size() || json_[at_] == ']') return false;
  const size_t end = SkipValue(json_, at_);
  element = json_.substr(at_, end - at_);
  at_ = NextItem(json_, end);
  return true;
}

std::string_view RawElement(std::string_view json, size_t index) {
  RawElements elements(json);
  for (std::string_view element; elements.Next(element); --index) {
    if (index == 0) return element;
  }
  return {};
}

bool AnyElementHas(std::string_view json, std::string_view quoted_key) {
  RawElements elements(json);
  for (std::string_view element; elements.Next(element);) {
    const std::string_view value = RawMember(element, quoted_key);
    if (!value.empty() && value != "null") return true;
  }
  return false;
}

}  // namespace warmpath
