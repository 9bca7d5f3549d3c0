#include "scorer/json_schema/formats_uri.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "scorer/json_schema/formats_net.h"

namespace warmpath {
namespace {

constexpr absl::string_view kSubDelims = "!$&'()*+,;=";

bool IsUnreserved(char c, bool international) {
  return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~' ||
         (international && static_cast<unsigned char>(c) >= 0x80);
}

bool IsPercentEscape(absl::string_view text, size_t at) {
  return at + 2 < text.size() && absl::ascii_isxdigit(text[at + 1]) &&
         absl::ascii_isxdigit(text[at + 2]);
}

// Unreserved characters, sub-delimiters, percent escapes and `also`.
bool HasOnly(absl::string_view text, absl::string_view also, bool international) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (!IsPercentEscape(text, i)) return false;
      i += 2;
    } else if (!IsUnreserved(c, international) && kSubDelims.find(c) == absl::string_view::npos &&
               also.find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool IsIpLiteral(absl::string_view inside) {
  if (!inside.empty() && (inside[0] == 'v' || inside[0] == 'V')) {  // IPvFuture
    const size_t dot = inside.find('.');
    return dot != absl::string_view::npos && dot > 1 && dot + 1 < inside.size() &&
           HasOnly(inside.substr(dot + 1), ":", false);
  }
  return IsIpv6(inside);
}

bool IsAuthority(absl::string_view text, bool international) {
  const size_t at = text.rfind('@');
  if (at != absl::string_view::npos) {
    if (!HasOnly(text.substr(0, at), ":", international)) return false;
    text.remove_prefix(at + 1);
  }
  absl::string_view port;
  if (!text.empty() && text[0] == '[') {
    const size_t close = text.find(']');
    if (close == absl::string_view::npos || !IsIpLiteral(text.substr(1, close - 1))) return false;
    port = text.substr(close + 1);
    if (!port.empty() && port[0] != ':') return false;
  } else {
    const size_t colon = text.find(':');
    if (!HasOnly(text.substr(0, colon), "", international)) return false;
    if (colon != absl::string_view::npos) port = text.substr(colon);
  }
  for (size_t i = 1; i < port.size(); ++i) {
    if (!absl::ascii_isdigit(port[i])) return false;
  }
  return true;
}

// Length of "scheme:", 0 if there is none.
size_t SchemeLength(absl::string_view text) {
  if (text.empty() || !absl::ascii_isalpha(text[0])) return 0;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ':') return i + 1;
    if (!absl::ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '-' && text[i] != '.') break;
  }
  return 0;
}

bool IsReference(absl::string_view text, bool needs_scheme, bool international) {
  const size_t scheme = SchemeLength(text);
  if (needs_scheme && scheme == 0) return false;
  text.remove_prefix(scheme);
  if (const size_t hash = text.find('#'); hash != absl::string_view::npos) {
    if (!HasOnly(text.substr(hash + 1), ":@/?", international)) return false;
    text = text.substr(0, hash);
  }
  if (const size_t question = text.find('?'); question != absl::string_view::npos) {
    if (!HasOnly(text.substr(question + 1), ":@/?", international)) return false;
    text = text.substr(0, question);
  }
  if (absl::StartsWith(text, "//")) {
    text.remove_prefix(2);
    const size_t slash = text.find('/');
    if (!IsAuthority(text.substr(0, slash), international)) return false;
    text = slash == absl::string_view::npos ? absl::string_view() : text.substr(slash);
  } else if (scheme == 0 && text.substr(0, text.find('/')).find(':') != absl::string_view::npos) {
    return false;  // the first segment of a relative path has no colon
  }
  return HasOnly(text, ":@/", international);
}

// A name of letters, digits, underscores, percent escapes and single inner dots; then perhaps a
// prefix length from 1 to 9999 or an asterisk.
bool IsVariable(absl::string_view text) {
  if (!text.empty() && text.back() == '*') {
    text.remove_suffix(1);
  } else if (const size_t colon = text.find(':'); colon != absl::string_view::npos) {
    const absl::string_view length = text.substr(colon + 1);
    if (length.empty() || length.size() > 4 || length[0] == '0') return false;
    for (const char c : length) {
      if (!absl::ascii_isdigit(c)) return false;
    }
    text = text.substr(0, colon);
  }
  bool dot_before = true;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      if (dot_before) return false;
      dot_before = true;
      continue;
    }
    dot_before = false;
    if (text[i] == '%' ? !IsPercentEscape(text, i)
                       : !absl::ascii_isalnum(text[i]) && text[i] != '_') {
      return false;
    }
  }
  return !dot_before;
}

bool IsTemplateExpression(absl::string_view text) {
  constexpr absl::string_view kOperators = "+#./;?&=,!@|";
  if (!text.empty() && kOperators.find(text[0]) != absl::string_view::npos) text.remove_prefix(1);
  while (true) {
    const size_t comma = text.find(',');
    if (!IsVariable(text.substr(0, comma))) return false;
    if (comma == absl::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

bool IsUri(absl::string_view text) { return IsReference(text, true, false); }
bool IsUriReference(absl::string_view text) { return IsReference(text, false, false); }
bool IsIri(absl::string_view text) { return IsReference(text, true, true); }
bool IsIriReference(absl::string_view text) { return IsReference(text, false, true); }

bool IsUriTemplate(absl::string_view text) {
  constexpr absl::string_view kNotLiteral = " \"<>\\^`|}";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{') {
      const size_t close = text.find('}', i);
      if (close == absl::string_view::npos ||
          !IsTemplateExpression(text.substr(i + 1, close - i - 1))) {
        return false;
      }
      i = close;
    } else if (c == '%') {
      if (!IsPercentEscape(text, i)) return false;
    } else if (absl::ascii_iscntrl(c) || kNotLiteral.find(c) != absl::string_view::npos) {
      return false;
    }
  }
  return true;
}

}  // namespace warmpath
