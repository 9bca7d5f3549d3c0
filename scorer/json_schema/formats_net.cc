#include "scorer/json_schema/formats_net.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace warmpath {
namespace {

bool IsBeyondAscii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

bool IsLabel(absl::string_view label, bool international) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
    return false;
  }
  for (const char c : label) {
    if (!absl::ascii_isalnum(c) && c != '-' && !(international && IsBeyondAscii(c))) return false;
  }
  if (label.size() >= 4 && label[2] == '-' && label[3] == '-') {
    return absl::StartsWithIgnoreCase(label, "xn--") && label.size() > 4;
  }
  return true;
}

bool IsDottedName(absl::string_view text, bool international) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const size_t dot = text.find('.');
    if (!IsLabel(text.substr(0, dot), international)) return false;
    if (dot == absl::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool IsDottedAtom(absl::string_view text, bool international) {
  constexpr absl::string_view kAtomPunctuation = "!#$%&'*+-/=?^_`{|}~";
  bool dot_before = true;
  for (const char c : text) {
    if (c == '.') {
      if (dot_before) return false;
      dot_before = true;
      continue;
    }
    dot_before = false;
    if (!absl::ascii_isalnum(c) && !(international && IsBeyondAscii(c)) &&
        kAtomPunctuation.find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return !dot_before;
}

bool IsQuotedString(absl::string_view text, bool international) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return false;
    if (text[i] == '\\' && ++i == text.size()) return false;
    if (!absl::ascii_isprint(text[i]) && !(international && IsBeyondAscii(text[i]))) return false;
  }
  return true;
}

bool IsMailbox(absl::string_view text, bool international) {
  const size_t at = text.rfind('@');
  if (at == absl::string_view::npos) return false;
  const absl::string_view local = text.substr(0, at);
  const absl::string_view domain = text.substr(at + 1);
  if (!IsDottedAtom(local, international) && !IsQuotedString(local, international)) return false;
  if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
    const absl::string_view address = domain.substr(1, domain.size() - 2);
    if (absl::StartsWithIgnoreCase(address, "IPv6:")) return IsIpv6(address.substr(5));
    return IsIpv4(address);
  }
  return IsDottedName(domain, international);
}

// Counts the 16-bit groups of a run without "::"; -1 if it is malformed. Only the last run of an
// address may end in IPv4 notation.
int CountGroups(absl::string_view run, bool may_end_in_ipv4) {
  if (run.empty()) return 0;
  int groups = 0;
  while (true) {
    const size_t colon = run.find(':');
    const absl::string_view group = run.substr(0, colon);
    const bool last = colon == absl::string_view::npos;
    if (last && may_end_in_ipv4 && group.find('.') != absl::string_view::npos) {
      return IsIpv4(group) ? groups + 2 : -1;
    }
    if (group.empty() || group.size() > 4) return -1;
    for (const char c : group) {
      if (!absl::ascii_isxdigit(c)) return -1;
    }
    ++groups;
    if (last) return groups;
    run.remove_prefix(colon + 1);
  }
}

}  // namespace

bool IsIpv4(absl::string_view text) {
  for (int part = 0; part < 4; ++part) {
    size_t digits = 0;
    int value = 0;
    while (digits < text.size() && digits < 3 && absl::ascii_isdigit(text[digits])) {
      value = value * 10 + (text[digits++] - '0');
    }
    if (digits == 0 || value > 255 || (digits > 1 && text[0] == '0')) return false;
    text.remove_prefix(digits);
    if (part == 3) return text.empty();
    if (text.empty() || text[0] != '.') return false;
    text.remove_prefix(1);
  }
  return false;
}

bool IsIpv6(absl::string_view text) {
  const size_t gap = text.find("::");
  if (gap == absl::string_view::npos) return CountGroups(text, true) == 8;
  const int before = CountGroups(text.substr(0, gap), false);
  const int after = CountGroups(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after <= 7;
}

bool IsHostname(absl::string_view text) { return IsDottedName(text, false); }
bool IsEmail(absl::string_view text) { return IsMailbox(text, false); }
bool IsIdnEmail(absl::string_view text) { return IsMailbox(text, true); }

}  // namespace warmpath
