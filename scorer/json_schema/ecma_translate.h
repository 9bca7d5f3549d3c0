// ECMA-262 regular expressions, the dialect of JSON Schema, written in RE2's syntax.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace warmpath {

// One pattern as a conjunction: it matches where `pattern` matches, every one of `required` does
// and none of `forbidden` does. The latter two come from look-aheads that open the pattern
// (`^(?!x)...`), the only ones that linear-time matching can express.
struct TranslatedPattern {
  std::string pattern;
  std::vector<std::string> required;
  std::vector<std::string> forbidden;
};

// Translates `ecma`. UNIMPLEMENTED names the construct that RE2 can't hold (back-references, other
// look-around, ...), INVALID_ARGUMENT what ECMA-262 doesn't know.
//
// Differences that are translated: \s and . (Unicode line ends and spaces), \uXXXX and surrogate
// pairs, \cX, \/, escapes in classes, [] and [^], long names in \p{...}, {n,m} above RE2's 1000,
// braces that aren't quantifiers, named groups.
absl::StatusOr<TranslatedPattern> TranslateEcmaPattern(absl::string_view ecma);

}  // namespace warmpath
