#include "scorer/json_schema/json_pointer.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace warmpath {

void AppendPointerToken(std::string& pointer, absl::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::string ChildPointer(absl::string_view pointer, absl::string_view token) {
  std::string child(pointer);
  AppendPointerToken(child, token);
  return child;
}

std::string UnescapePointerToken(absl::string_view token) {
  std::string out;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      out += token[++i] == '0' ? '~' : '/';
    } else {
      out += token[i];
    }
  }
  return out;
}

size_t PointerIndex(absl::string_view token) {
  uint64_t index = 0;
  if (token.empty() || !absl::ascii_isdigit(token[0]) || (token.size() > 1 && token[0] == '0') ||
      !absl::SimpleAtoi(token, &index)) {
    return absl::string_view::npos;
  }
  return index;
}

std::string Shortened(absl::string_view text) {
  constexpr size_t kLongest = 256;
  if (text.size() <= kLongest) return std::string(text);
  size_t end = kLongest;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

}  // namespace warmpath
