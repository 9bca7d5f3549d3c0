#include "provider/gemini/finish_reasons.h"

namespace warmpath {
namespace {

struct Row {
  std::string_view reason;
  v1::Outcome outcome;
};

constexpr Row kRows[] = {
    {"STOP", v1::OUTCOME_END},
    {"MAX_TOKENS", v1::OUTCOME_LENGTH},
    {"SAFETY", v1::OUTCOME_REFUSED},
    {"RECITATION", v1::OUTCOME_REFUSED},
    {"BLOCKLIST", v1::OUTCOME_REFUSED},
    {"PROHIBITED_CONTENT", v1::OUTCOME_REFUSED},
    {"SPII", v1::OUTCOME_REFUSED},
    {"IMAGE_SAFETY", v1::OUTCOME_REFUSED},
    {"IMAGE_PROHIBITED_CONTENT", v1::OUTCOME_REFUSED},
    {"IMAGE_RECITATION", v1::OUTCOME_REFUSED},
    {"IMAGE_OTHER", v1::OUTCOME_REFUSED},
    {"MALFORMED_FUNCTION_CALL", v1::OUTCOME_MALFORMED},
    {"MALFORMED_RESPONSE", v1::OUTCOME_MALFORMED},
    {"UNEXPECTED_TOOL_CALL", v1::OUTCOME_MALFORMED},
    {"TOO_MANY_TOOL_CALLS", v1::OUTCOME_MALFORMED},
    {"CONTINUATION", v1::OUTCOME_PAUSED},
    // LANGUAGE, OTHER, NO_IMAGE, FINISH_REASON_UNSPECIFIED and what is yet to come: unknown.
};

std::string_view UsualReason(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_END:
    case v1::OUTCOME_STOP_SEQUENCE:
    case v1::OUTCOME_TOOL_CALLS:
    case v1::OUTCOME_HANDOVER: return "STOP";
    case v1::OUTCOME_LENGTH:
    case v1::OUTCOME_CONTEXT_WINDOW: return "MAX_TOKENS";
    case v1::OUTCOME_REFUSED: return "SAFETY";
    case v1::OUTCOME_PAUSED: return "CONTINUATION";
    case v1::OUTCOME_MALFORMED: return "MALFORMED_RESPONSE";
    default: return "OTHER";
  }
}

}  // namespace

v1::Outcome GeminiOutcomeOf(std::string_view finish_reason) {
  for (const Row& row : kRows) {
    if (row.reason == finish_reason) return row.outcome;
  }
  return v1::OUTCOME_UNKNOWN;
}

std::string_view GeminiFinishReason(const v1::Observation& observation) {
  const std::string_view native = observation.native_stop_reason();
  for (const Row& row : kRows) {
    if (row.reason == native && row.outcome == observation.outcome()) return row.reason;
  }
  return UsualReason(observation.outcome());
}

}  // namespace warmpath
