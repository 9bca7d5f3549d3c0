#include "scorer/json_schema/formats.h"

#include <utility>

#include "absl/status/status.h"
#include "scorer/json_schema/ecma_translate.h"
#include "scorer/json_schema/formats_net.h"
#include "scorer/json_schema/formats_time.h"
#include "scorer/json_schema/formats_uri.h"

namespace warmpath {
namespace {

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !IsHex(text[i])) return false;
  }
  return true;
}

bool IsJsonPointer(absl::string_view text) {
  if (!text.empty() && text[0] != '/') return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
      return false;
    }
  }
  return true;
}

bool IsRelativeJsonPointer(absl::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0 || (digits > 1 && text[0] == '0')) return false;
  text.remove_prefix(digits);
  return text == "#" || IsJsonPointer(text);
}

// Whether ECMA-262 knows the pattern; what only RE2 can't hold is not the text's fault.
bool IsRegex(absl::string_view text) {
  return !absl::IsInvalidArgument(TranslateEcmaPattern(text).status());
}

constexpr std::pair<absl::string_view, FormatCheck> kFormats[] = {
    {"date-time", IsDateTime},
    {"date", IsDate},
    {"time", IsTime},
    {"duration", IsDuration},
    {"email", IsEmail},
    {"idn-email", IsIdnEmail},
    {"hostname", IsHostname},
    {"ipv4", IsIpv4},
    {"ipv6", IsIpv6},
    {"uri", IsUri},
    {"uri-reference", IsUriReference},
    {"iri", IsIri},
    {"iri-reference", IsIriReference},
    {"uri-template", IsUriTemplate},
    {"uuid", IsUuid},
    {"json-pointer", IsJsonPointer},
    {"relative-json-pointer", IsRelativeJsonPointer},
    {"regex", IsRegex},
};

}  // namespace

FormatCheck FindFormat(absl::string_view name) {
  for (const auto& [known, check] : kFormats) {
    if (known == name) return check;
  }
  return nullptr;
}

}  // namespace warmpath
