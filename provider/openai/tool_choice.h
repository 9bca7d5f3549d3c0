// What the two OpenAI dialects' tool_choice have in common.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "absl/status/status.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Sets the mode that "auto", "none", "required" or "any" names; false for any other word.
bool SetToolChoiceMode(std::string_view word, v1::ModelRequest* request);

// Reads {"type": "allowed_tools"}: `request` keeps only the tools that may be called, and gets the
// mode. `allowed` holds "mode" and "tools"; Chat wraps each tool's name in "function", Responses does
// not. A tool that is allowed but not declared is an error, as it is for OpenAI.
// Errors: INVALID_ARGUMENT naming the place, which begins with `pointer`.
absl::Status ApplyAllowedTools(const boost::json::object& allowed, std::string_view pointer,
                               v1::ModelRequest* request);

}  // namespace warmpath
