// The little of RFC 3986 that schema identifiers need.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace warmpath {

// A reference cut at its first '#': the part before, and the percent-decoded part after.
struct SplitUri {
  absl::string_view without_fragment;
  std::optional<std::string> fragment;
};
SplitUri SplitFragment(absl::string_view uri);

// Resolves `reference` (which has no fragment) against the absolute or empty `base`, RFC 3986 5.2.
std::string ResolveUri(absl::string_view base, absl::string_view reference);

// Replaces %XX; a malformed escape stays as it is.
std::string PercentDecode(absl::string_view text);

}  // namespace warmpath
