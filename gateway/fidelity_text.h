// What translation lost, in a line.
#pragma once

#include <string>

#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// "exact", or "lossy; dropped /temperature, clamped /max_tokens": at most the first eight losses, and
// nothing that would not fit a header.
std::string FidelityText(const v1::FidelityReport& report);

}  // namespace warmpath
