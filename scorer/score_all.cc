#include <array>
#include <utility>

#include "scorer/case_facts.h"
#include "scorer/next_move.h"
#include "scorer/policy_scorer.h"
#include "scorer/schema_scorer.h"
#include "scorer/scorer.h"
#include "scorer/tool_errors_scorer.h"
#include "scorer/tools_scorer.h"

namespace warmpath {

ScoreResult ScoreAll(const ScoringCase& scoring_case) {
  static const SchemaScorer schema;
  static const ToolsScorer tools;
  static const PolicyScorer policy;
  static const ToolErrorsScorer tool_errors;
  static const std::array<const Scorer*, 4> scorers = {&schema, &tools, &policy, &tool_errors};

  const CaseFacts facts = ReadFacts(scoring_case);
  ScoreResult result;
  for (const Scorer* scorer : scorers) {
    DimensionResult one = scorer->Score(scoring_case, facts);
    result.scores.push_back(std::move(one.score));
    result.findings.insert(result.findings.end(), std::make_move_iterator(one.findings.begin()),
                           std::make_move_iterator(one.findings.end()));
  }
  result.control_stance = facts.control.stance;
  result.candidate_stance = facts.candidate.stance;
  if (facts.tool_failed && scoring_case.candidate.outcome() != v1::OUTCOME_FAILED) {
    result.next_move =
        ClassifyNextMove(scoring_case.request, facts.tool_results, scoring_case.candidate);
  }
  result.false_proceed = FalseProceed(scoring_case, facts);
  return result;
}

}  // namespace warmpath
