// Reads the instructions and the conversation of a generateContent request.
#pragma once

#include <boost/json/object.hpp>

#include "absl/status/status.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Adds systemInstruction as a SYSTEM message and then the contents of `body` to `request`.
//
// A user content becomes one TOOL message for each functionResponse and USER messages for the rest, in
// order. Parts that have no canonical place become Opaque, under their key. The signature of a call
// becomes an Opaque part "functionCall.members" with the call's number in the message, that of a text
// one "thinking.signature" behind it; a response that is more than one text becomes an Opaque part
// "functionResponse.response" beside the text.
// Errors: INVALID_ARGUMENT naming the place.
absl::Status DecodeGeminiContents(const boost::json::object& body, v1::ModelRequest* request);

}  // namespace warmpath
