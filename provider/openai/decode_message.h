// Reads the messages of a Chat Completions request.
#pragma once

#include <boost/json/object.hpp>

#include "absl/status/status.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Adds the messages of `body` to `request`, one canonical message for each.
//
// Members of a message that have no canonical place become Opaque parts of type "message.<member>",
// content parts that have none become Opaque parts of their own type. Calls of custom tools are also
// kept as Opaque parts of type "custom_tool_call". Old-style function calls get
// ids, so that they can be answered.
// Errors: INVALID_ARGUMENT naming the place.
absl::Status DecodeOpenAiMessages(const boost::json::object& body, v1::ModelRequest* request);

}  // namespace warmpath
