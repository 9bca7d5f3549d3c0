// Google's error bodies.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "provider/codec.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// What an error body says: a google.rpc.Status, alone or in an array.
struct GeminiError {
  // The code's name, such as "RESOURCE_EXHAUSTED".
  std::string status;
  // The HTTP status that the body names; 0: none.
  int code = 0;
  // ErrorInfo.reason, such as "API_KEY_INVALID".
  std::string reason;
  // RetryInfo.retryDelay, in seconds as text; "" if there is none.
  std::string retry_seconds;
  // A quota of a day or longer is used up, so waiting a little does not help.
  bool long_quota = false;
  // What the message's words say, as there is no code for it; see ClassOfWords.
  std::optional<v1::FailureClass> words;
  // The error as JSON text; "" beyond 4 kB.
  std::string json;
};

// The error that `body` carries; false if it carries none.
bool FindGeminiError(const boost::json::value& body, GeminiError* error);

// Classifies by reason, then the code's name, then the HTTP status.
v1::Failure ClassifyGeminiError(int http_status, const GeminiError& error);

// The HTTP status and code's name that go with a failure.
struct GeminiStatusCode {
  int http;
  std::string_view name;
};
GeminiStatusCode GeminiStatus(v1::FailureClass failure_class);

// {"error":{"code","message","status","details"?}}.
std::string GeminiErrorBody(const v1::Failure& failure);

}  // namespace warmpath
