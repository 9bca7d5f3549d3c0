// How one answer conforms: pure, no I/O, no clock, no log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// All that a scorer sees.
struct ScoringCase {
  const v1::ModelRequest& request;
  // What the workflow's code depends on: EffectiveContract(request, workflow's contract).
  const v1::Contract& contract;
  // What served; null where there is none, such as while the primary is down. Where it is the same
  // object as `candidate`, the live answer itself is judged against the contract alone.
  const v1::Observation* control;
  // What is judged. Its outcome is an answer: failures are not scored.
  const v1::Observation& candidate;
};

// One dimension's result.
struct DimensionResult {
  v1::DimensionScore score;
  std::vector<v1::Finding> findings;
};

// What several scorers need to know of a case, worked out once; scorer/case_facts.h.
struct CaseFacts;

// A Scorer judges one dimension.
//
// Thread safety: stateless; Score may be called concurrently.
// Errors: none; what cannot be decided is SCORER_ERROR, what the contract does not speak of is
//   NOT_APPLICABLE. Bounded in time and memory for any input.
class Scorer {
 public:
  virtual ~Scorer() = default;
  virtual v1::Dimension dimension() const = 0;
  virtual DimensionResult Score(const ScoringCase& scoring_case, const CaseFacts& facts) const = 0;
};

// The result of all scorers.
struct ScoreResult {
  std::vector<v1::DimensionScore> scores;
  std::vector<v1::Finding> findings;
  v1::Stance control_stance = v1::STANCE_UNSPECIFIED;
  v1::Stance candidate_stance = v1::STANCE_UNSPECIFIED;
  v1::NextMove next_move = v1::NEXT_MOVE_UNSPECIFIED;
  // 1: proceeds where the control refused, 0: does not; unset where POLICY was not compared, and for
  // a case that was handed over.
  std::optional<double> false_proceed;
};

// Runs every scorer. Defined in scorer/score_all.cc.
ScoreResult ScoreAll(const ScoringCase& scoring_case);

// The contract of one request: its own tools and output format where it has them, the workflow's
// rules for all else.
v1::Contract EffectiveContract(const v1::ModelRequest& request, const v1::Contract& workflow_contract);

// The contract's parts of the evidence key, each a hash: instructions, tools, output schema, policy. All
// that the workflow says counts; of the request, what the contract's evidence_parts name (none: all).
// `workflow_contract` is the workflow's own, not EffectiveContract's.
v1::EvidenceKeyParts ContractKeyParts(const v1::ModelRequest& request,
                                      const v1::Contract& workflow_contract);

// Changes with every change of what a scorer says; part of the evidence key.
inline constexpr char kScorerVersion[] = "3";

}  // namespace warmpath
