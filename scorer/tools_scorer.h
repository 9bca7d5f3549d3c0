// TOOLS: which tools are called, with what.
#pragma once

#include "scorer/case_facts.h"
#include "scorer/scorer.h"

namespace warmpath {

// Judges calls by what the request offers and the contract says (undeclared, forbidden, tool choice,
// arguments), and by the control's calls where there is a control. docs/scoring.md has the rules.
//
// Without a control, an answer that calls nothing is NOT_APPLICABLE unless the tool choice says
// something: that nothing was called is no evidence that nothing should have been.
class ToolsScorer final : public Scorer {
 public:
  v1::Dimension dimension() const override { return v1::DIMENSION_TOOLS; }
  DimensionResult Score(const ScoringCase& scoring_case, const CaseFacts& facts) const override;
};

}  // namespace warmpath
