// TOOL_ERRORS: what is done after a tool failed.
#pragma once

#include "scorer/case_facts.h"
#include "scorer/scorer.h"

namespace warmpath {

// Applies only where the request ends with tool results of which at least one is an error. The move must be one
// that the contract accepts (by default any but CLAIMS_SUCCESS), and no internals may leak into the words.
class ToolErrorsScorer final : public Scorer {
 public:
  v1::Dimension dimension() const override { return v1::DIMENSION_TOOL_ERRORS; }
  DimensionResult Score(const ScoringCase& scoring_case, const CaseFacts& facts) const override;
};

}  // namespace warmpath
