#include "scorer/case_facts.h"

namespace warmpath {

bool IsAnswer(const v1::Observation& observation) {
  switch (observation.outcome()) {
    case v1::OUTCOME_UNSPECIFIED:
    case v1::OUTCOME_FAILED:
    case v1::OUTCOME_INTERRUPTED:
      return false;
    default:
      return true;
  }
}

CaseFacts ReadFacts(const ScoringCase& scoring_case) {
  CaseFacts facts;
  const v1::Observation* control = scoring_case.control;
  facts.compared =
      control != nullptr && control != &scoring_case.candidate && IsAnswer(*control);
  facts.candidate = ReadStance(scoring_case.candidate);
  if (facts.compared) facts.control = ReadStance(*control);
  if (control == &scoring_case.candidate) facts.control = facts.candidate;
  facts.tool_results = LastToolResults(scoring_case.request);
  for (const ToolResult& result : facts.tool_results) {
    facts.tool_failed = facts.tool_failed || result.error;
  }
  return facts;
}

}  // namespace warmpath
