// The program's version.
#pragma once

namespace warmpath {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace warmpath
