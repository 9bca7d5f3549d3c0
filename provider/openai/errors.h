// OpenAI's error bodies, and those of servers that copy them.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "provider/codec.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// What an error body says, whatever its shape.
struct OpenAiError {
  std::string type;
  std::string code;
  // The status that the body itself names, as some servers do inside a 200; 0: none.
  int status = 0;
  // What the message says, see ClassOfWords: the only thing taken from its text, as many servers have
  // no code for it. A wrong guess costs one call of another path.
  std::optional<v1::FailureClass> words;
  // The vendor's filter blocked the prompt: a refusal, though it comes as an error.
  bool prompt_block = false;
  // The error as JSON text, cut off beyond 4 kB; "" if it was longer.
  std::string json;
};

// The error that `body` carries; false if it carries none.
bool FindOpenAiError(const boost::json::value& body, OpenAiError* error);

// Classifies by code, then type, then status.
v1::Failure ClassifyOpenAiError(int http_status, const OpenAiError& error);

// Puts an error into an observation: FAILED, or REFUSED where the prompt was blocked.
void SetOpenAiError(int http_status, const OpenAiError& error, v1::Observation* observation);

// {"error":{"message","type","param","code"}}: SDKs want all four.
std::string OpenAiErrorBody(const v1::Failure& failure);
// The object inside it.
std::string OpenAiErrorObject(const v1::Failure& failure);
// Its type and code; the code is "" for a plain bad request, as OpenAI has it.
std::string_view OpenAiErrorType(const v1::Failure& failure);
std::string OpenAiErrorCode(const v1::Failure& failure);

}  // namespace warmpath
