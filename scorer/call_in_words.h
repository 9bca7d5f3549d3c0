// Tool calls that a model wrote as words, so that no code sees them.
#pragma once

#include <string_view>

#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Whether the words are, or begin with, a call of a tool that the request offers: raw tags of a model's chat
// template ("<tool_call>", "[TOOL_CALLS]", "<function="), "tool(argument=...)", or a JSON object with the
// tool's name and arguments. False where the request offers no tools.
//
// Bounded: reads the first 64 KB.
bool CallInWords(const v1::ModelRequest& request, std::string_view words);

}  // namespace warmpath
