// The few fields of a JSON request body that the live path looks at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "provider/answer.h"
#include "provider/dialect.h"

namespace warmpath {

// Bytes that ScanBody needs behind the text. Reserve body size + this before filling the string, and
// ScanBody copies nothing.
inline constexpr size_t kScanPadding = 64;

// What ScanBody found at the top level of a body.
struct BodyFields {
  // Where the value of "model" stands, its quotes included. Unset: there is none.
  std::optional<BodySpan> model;
  // The same, unescaped.
  std::string model_name;
  // Whether "stream" is true.
  bool stream = false;
  // Whether "stream_options" says "include_usage": true.
  bool include_usage = false;
  // Whether the conversation has something in it: "messages", or "input" in OpenAI Responses.
  bool has_messages = false;
  // Whether there is a "tools" array.
  bool has_tools = false;
  // Whether any message is the model's own.
  bool assistant_spoke = false;
  // Whether the last message holds a tool's result.
  bool ends_with_tool_result = false;
  // OpenAI Responses: the first part of the request that refers to state at the vendor, such as
  // "previous_response_id"; no other vendor can know it. Empty: none. A literal; lives for ever.
  std::string_view stateful_field;
  // Whether any message holds blocks that only the one who issued them takes back: signed or redacted
  // thinking, encrypted reasoning.
  bool has_signed_blocks = false;
  // Names the conversation: a hash of what stays the same in all its turns, which is the system
  // prompt and the messages up to the first one of the user. Text counts alike whether it is written
  // as a string or as one text part, and cache_control marks, which wander from turn to turn, don't
  // count. 0 without messages.
  uint64_t conversation = 0;
};

// Reads a request body of a JSON dialect in one pass, and checks that it is JSON throughout, to its last
// byte. `dialect` tells where the conversation stands: OpenAI Responses keeps it in "input" and
// "instructions", the others in "messages" and "system".
//
//   ASSIGN_OR_RETURN(const BodyFields fields, ScanBody(body, Dialect::kOpenAiChat));
//
// The text stays as it is; only the string's capacity may grow.
// Errors: INVALID_ARGUMENT, naming the fault, for anything that is not one JSON object, for a "model"
// that is not a string, a "stream" that is neither a boolean nor null, a conversation that is not an
// array (or, in OpenAI Responses, text), and for one of these three given twice: the path might read another one of them than we do.
// Nesting deeper than 256 is refused.
// Thread safety: may be called concurrently; keeps a parser for each thread.
absl::StatusOr<BodyFields> ScanBody(std::string& body, Dialect dialect = Dialect::kOpenAiChat);

}  // namespace warmpath
