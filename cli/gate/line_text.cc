#include "cli/gate/line_text.h"

#include <charconv>

#include "absl/strings/str_cat.h"

namespace warmpath {

void AppendJsonText(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[c >> 4 & 15];
      out += kHex[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendJsonNumber(double number, std::string& out) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), number);
  out.append(text, end.ptr);
}

void AppendJsonTime(Micros t, std::string& out) {
  absl::StrAppend(&out, t / kMicrosPerSecond);
  const Micros rest = t % kMicrosPerSecond;
  if (rest == 0) return;
  std::string digits = absl::StrCat(rest + kMicrosPerSecond);  // with leading zeros behind a 1
  digits.erase(digits.find_last_not_of('0') + 1);
  digits[0] = '.';
  out += digits;
}

}  // namespace warmpath
