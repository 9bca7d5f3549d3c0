// The words of an OpenAI answer that whole answers and streams share.
#pragma once

#include <string>
#include <string_view>

#include "provider/wire/json_writer.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// The finish_reason for an outcome. What OpenAI has no word for, and what warmpath doesn't know, is
// "length": the one standard reason that says "not a whole answer". Folding it into "stop" would hide
// it.
std::string_view OpenAiFinishReason(const v1::Observation& observation);

// What goes into `refusal`: clients see a refusal only if it is set. "" where the model did not refuse.
std::string OpenAiRefusal(const v1::Observation& observation);

void WriteOpenAiUsage(const v1::Usage& usage, JsonWriter* w);

// The id of the call at `at`; made up from the answer's id where the path gave none.
std::string OpenAiCallId(std::string_view native_id, std::string_view answer_id, int at);

}  // namespace warmpath
