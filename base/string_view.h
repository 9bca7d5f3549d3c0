// Debian's Abseil is built for C++14, so absl::string_view there is a type of its own, and neither
// it nor std::string_view turns into the other by itself. warmpath's headers take
// std::string_view, as Boost and the standard library do; these cross over where Abseil is called.
//
//   absl::StrCat("unknown workflow ", ToAbsl(name));
//   SendError(ToStd(status.message()));
#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace warmpath {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace warmpath
