// Requests and answers as people record them: JSON values in a vendor's dialect.
#pragma once

#include <boost/json/value.hpp>
#include <optional>

#include "absl/status/statusor.h"
#include "provider/dialect.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Tells by its shape in which dialect a request body is: OpenAI Responses, which has an "input",
// Anthropic Messages, or else OpenAI Chat.
Dialect DialectOfRequest(const boost::json::object& body);

// Decodes a request body.
// Errors: INVALID_ARGUMENT naming the field.
absl::StatusOr<v1::ModelRequest> DecodeRecordedRequest(const boost::json::value& body);

// Decodes a recorded answer, which is one of
//   null                                  there is none: nullopt
//   {"dialect", "status", "raw"}          the text as it came over the wire, JSON or SSE
//   {"error": {...}, "status": n}         a failure
//   an answer's body                      OpenAI ("choices", or "output" in Responses) or Anthropic
//                                         ("type": "message")
// A failure is an Observation with a Failure. Errors: INVALID_ARGUMENT for anything else.
absl::StatusOr<std::optional<v1::Observation>> DecodeRecordedAnswer(
    const boost::json::value& value);

}  // namespace warmpath
