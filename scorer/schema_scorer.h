// SCHEMA: whether the answer has the form that the workflow's code reads.
#pragma once

#include "scorer/case_facts.h"
#include "scorer/scorer.h"

namespace warmpath {

// Judges the answer's text by the contract's JSON Schema or its wish for a JSON object; where there is
// neither and the control's text is JSON, by the control's shape. docs/scoring.md has the rules.
class SchemaScorer final : public Scorer {
 public:
  v1::Dimension dimension() const override { return v1::DIMENSION_SCHEMA; }
  DimensionResult Score(const ScoringCase& scoring_case, const CaseFacts& facts) const override;
};

}  // namespace warmpath
