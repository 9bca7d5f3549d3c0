// What Gemini's finish reasons mean.
#pragma once

#include <string_view>

#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// The outcome of a finishReason, calls not looked at; UNKNOWN for one that is not known. Source: the
// FinishReason type of @google/genai 3.1.0.
v1::Outcome GeminiOutcomeOf(std::string_view finish_reason);

// The finishReason to tell an outcome with. Where the Observation's own reason is Gemini's and means
// the same, that one.
std::string_view GeminiFinishReason(const v1::Observation& observation);

}  // namespace warmpath
