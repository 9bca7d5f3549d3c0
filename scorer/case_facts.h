// What several scorers need to know of one case, worked out once.
#pragma once

#include <vector>

#include "scorer/scorer.h"
#include "scorer/stance.h"
#include "scorer/tool_outcome.h"

namespace warmpath {

struct CaseFacts {
  // There is a control that answered, and it is not the candidate itself.
  bool compared = false;
  StanceReading control;
  StanceReading candidate;
  // Tool results that the request ends with, and whether any of them is an error.
  std::vector<ToolResult> tool_results;
  bool tool_failed = false;
};

CaseFacts ReadFacts(const ScoringCase& scoring_case);

// Whether an Observation holds an answer: something that can be judged. A broken-off stream is none.
bool IsAnswer(const v1::Observation& observation);

// Whether a path stood aside for a person, so that its answer has nothing to judge.
inline bool HandedOver(const v1::Observation& observation) {
  return observation.outcome() == v1::OUTCOME_HANDOVER;
}

}  // namespace warmpath
