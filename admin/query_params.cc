#include "admin/query_params.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "base/suggest.h"

namespace warmpath {

absl::StatusOr<std::string> DecodeUrlText(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else if (i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
               absl::ascii_isxdigit(text[i + 2])) {
      decoded += absl::HexStringToBytes(ToAbsl(text.substr(i + 1, 2)));
      i += 2;
    } else {
      return absl::InvalidArgumentError("the URL has a broken %-escape");
    }
  }
  return decoded;
}

std::string EncodeUrlText(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      encoded += c;
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

absl::StatusOr<QueryParams> QueryParams::Parse(std::string_view query,
                                               const std::vector<std::string>& known) {
  QueryParams params;
  for (absl::string_view pair : absl::StrSplit(ToAbsl(query), '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    ASSIGN_OR_RETURN(const std::string name, DecodeUrlText(ToStd(parts.first)));
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string closest = ClosestMatch(name, known);
      return absl::InvalidArgumentError(absl::StrCat(
          "unknown parameter '", name, "'; ",
          closest.empty() ? absl::StrCat("known are: ", absl::StrJoin(known, ", "))
                          : absl::StrCat("did you mean '", closest, "'?")));
    }
    ASSIGN_OR_RETURN(params.values_[name], DecodeUrlText(ToStd(parts.second)));
  }
  return params;
}

std::string QueryParams::Get(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? "" : found->second;
}

}  // namespace warmpath
