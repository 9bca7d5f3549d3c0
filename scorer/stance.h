// What an answer does with the request: go ahead, decline, ask, hand over.
#pragma once

#include <string_view>

#include "scorer/stance_words.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Reads an answer's stance: vendor signals first (hand-over, refusal fields, filters), then tools called,
// then the words. UNSPECIFIED where there is no answer.
//
// Bounded: reads at most the first and last few kilobytes of the text.
StanceReading ReadStance(const v1::Observation& observation);

// Whether a tool of this name hands the conversation to a person, such as "transfer_to_human_agents".
bool IsHandoverTool(std::string_view name);

}  // namespace warmpath
