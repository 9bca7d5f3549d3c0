// Reads the input of a Responses request.
#pragma once

#include <boost/json/object.hpp>

#include "absl/status/status.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Adds `instructions` and the items of `input` to `request`. The model's items between two others
// are one message, as they were one answer: its calls can then be answered by any vendor's rules.
//
// Items and content parts without a canonical place become Opaque parts of their own type, members of
// a message Opaque parts of type "message.<member>" before its content. A call whose item says more
// than a canonical call can is kept whole beside it, as an Opaque part of type "function_call.item" or
// "custom_tool_call". Ids and statuses of items are not kept: they mean nothing where nothing is stored.
// Errors: INVALID_ARGUMENT naming the place.
absl::Status DecodeResponsesInput(const boost::json::object& body, v1::ModelRequest* request);

}  // namespace warmpath
