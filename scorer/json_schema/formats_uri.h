// URIs, IRIs and URI templates by their grammar.
#pragma once

#include "absl/strings/string_view.h"

namespace warmpath {

// RFC 3986: with a scheme; or a scheme or a relative reference.
bool IsUri(absl::string_view text);
bool IsUriReference(absl::string_view text);
// RFC 3987: the same with any character beyond ASCII.
bool IsIri(absl::string_view text);
bool IsIriReference(absl::string_view text);
// RFC 6570: literals and {expressions}.
bool IsUriTemplate(absl::string_view text);

}  // namespace warmpath
