// The words of an Anthropic answer that whole answers and streams share.
#pragma once

#include <string>
#include <string_view>

#include "provider/wire/json_writer.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// The stop_reason for an outcome. A filter's block is a refusal (LiteLLM #40857 made it end_turn).
// What Anthropic has no word for is "max_tokens": the answer is not whole.
std::string_view AnthropicStopReason(const v1::Observation& observation);

// Writes stop_reason, stop_sequence and, for a refusal, stop_details.
void WriteAnthropicStop(const v1::Observation& observation, JsonWriter* w);

// Writes the usage object; zeros where nothing is known.
void WriteAnthropicUsage(const v1::Usage& usage, JsonWriter* w);

// The id of the call at `at`; made up from the answer's id where the path gave none or one that
// Anthropic's clients could not send back.
std::string AnthropicCallId(std::string_view native_id, std::string_view answer_id, int at);

// Writes arguments as `input`: the object, or, if they are not one, the text as a string. A client
// that expects an object then fails at it, rather than acting on something nobody said.
void WriteAnthropicInput(std::string_view arguments_json, JsonWriter* w);

}  // namespace warmpath
