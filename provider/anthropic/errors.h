// Anthropic's error bodies.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "provider/codec.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// What an error body or an error event says.
struct AnthropicError {
  std::string type;
  // details.error_code: what to branch on.
  std::string code;
  std::string request_id;
  // What the message says that has no code, see ClassOfWords. A wrong guess costs one call of another
  // path.
  std::optional<v1::FailureClass> words;
  // The error as JSON text; "" beyond 4 kB.
  std::string json;
};

// The error that `body` carries; false if it carries none.
bool FindAnthropicError(const boost::json::value& body, AnthropicError* error);

// Classifies by code, then status, then type; inside a 200 the type decides.
v1::Failure ClassifyAnthropicError(int http_status, const AnthropicError& error);

// {"type":"error","error":{"type","message","details"?},"request_id"}.
std::string AnthropicErrorBody(const v1::Failure& failure, std::string_view request_id);

// The status that goes with a failure: 529 for overload, 402 for money, else HttpStatusFor.
int AnthropicStatus(v1::FailureClass failure_class);

}  // namespace warmpath
