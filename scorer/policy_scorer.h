// POLICY: stop or go, and what may be said.
#pragma once

#include "scorer/case_facts.h"
#include "scorer/scorer.h"

namespace warmpath {

// What the stance comparison says of two stances; also used by reports.
struct StanceComparison {
  v1::FindingKind kind = v1::FINDING_KIND_UNSPECIFIED;  // unspecified: they agree
  v1::Severity severity = v1::SEVERITY_INFO;
};

// The truth table of docs/scoring.md.
StanceComparison CompareStances(v1::Stance control, v1::Stance candidate);

// Judges the words by the contract's patterns, the stance by the contract or the control, and the
// stop reason.
class PolicyScorer final : public Scorer {
 public:
  v1::Dimension dimension() const override { return v1::DIMENSION_POLICY; }
  DimensionResult Score(const ScoringCase& scoring_case, const CaseFacts& facts) const override;
};

// Whether the candidate proceeds where the control refused (1) or not (0); unset where stances are not
// compared.
std::optional<double> FalseProceed(const ScoringCase& scoring_case, const CaseFacts& facts);

}  // namespace warmpath
