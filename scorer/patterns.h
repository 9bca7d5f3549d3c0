// RE2 patterns of contracts, compiled once for all scorers.
#pragma once

#include <memory>
#include <string>

#include "re2/re2.h"

namespace warmpath {

// The compiled pattern (which may be one that RE2 refuses: see ok()), from a cache of bounded size that all
// threads share.
std::shared_ptr<const re2::RE2> SharedPattern(const std::string& pattern);

}  // namespace warmpath
