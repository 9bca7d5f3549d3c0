// Reads the system prompt and the messages of a Messages request.
#pragma once

#include <boost/json/object.hpp>

#include "absl/status/status.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Adds `system` as a SYSTEM message and then the messages of `body` to `request`.
//
// A user turn becomes one TOOL message for each tool_result and USER messages for the rest, in order.
// Blocks that have no canonical place become Opaque parts; members of a block that have none, such as
// cache_control, become an Opaque part "block.<member>" behind it ("tool_use.<member>" for a call, with
// the call's id inside).
// Errors: INVALID_ARGUMENT naming the place.
absl::Status DecodeAnthropicMessages(const boost::json::object& body, v1::ModelRequest* request);

}  // namespace warmpath
