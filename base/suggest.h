// "Did you mean ...?" for keys, flags and names that people mistype.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace warmpath {

// The candidate that `word` was probably meant to be: one that differs only in case, '-', '_' or
// spaces, else the one fewest edits away, if those are few for the word's length. Empty if none is.
std::string ClosestMatch(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace warmpath
