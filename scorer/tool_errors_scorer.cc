#include "scorer/tool_errors_scorer.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/string_view.h"
#include "scorer/findings.h"
#include "scorer/next_move.h"

namespace warmpath {
namespace {

// People who debug paste traces: words that repeat what the user brought are no leak.
bool UserBrought(const v1::ModelRequest& request, std::string_view kind) {
  for (const v1::Message& message : request.messages()) {
    if (message.role() != v1::MESSAGE_ROLE_USER) continue;
    for (const v1::Part& part : message.parts()) {
      if (LeakedInternals(part.text()) == kind) return true;
    }
  }
  return false;
}

}  // namespace

DimensionResult ToolErrorsScorer::Score(const ScoringCase& scoring_case,
                                        const CaseFacts& facts) const {
  const v1::Observation& answer = scoring_case.candidate;
  if (!facts.tool_failed || answer.outcome() == v1::OUTCOME_FAILED || facts.candidate.from_vendor) {
    return NotApplicable(v1::DIMENSION_TOOL_ERRORS);
  }
  FindingList findings(v1::DIMENSION_TOOL_ERRORS);
  const v1::NextMove move =
      ClassifyNextMove(scoring_case.request, facts.tool_results, answer);
  const auto& accepted = scoring_case.contract.tool_errors().acceptable_moves();
  const auto accepts = [&](v1::NextMove one) {
    return std::find(accepted.begin(), accepted.end(), one) != accepted.end();
  };
  // Where no tool hands over, words are the only way to do it.
  const bool listed = accepts(move) || (facts.candidate.stance == v1::STANCE_ESCALATE &&
                                        accepts(v1::NEXT_MOVE_ESCALATE));
  if (move == v1::NEXT_MOVE_CLAIMS_SUCCESS && !listed) {
    findings.Violation(v1::FINDING_KIND_CLAIMS_SUCCESS, "/text",
                       "speaks as if the failed tool had worked");
  } else if (!accepted.empty() && !listed) {
    findings.Violation(v1::FINDING_KIND_MOVE_NOT_ACCEPTED, "",
                       absl::StrCat("the contract does not accept ", v1::NextMove_Name(move)));
  }
  const std::string_view leak = LeakedInternals(answer.text());
  if (!leak.empty() && !UserBrought(scoring_case.request, leak)) {
    findings.Violation(v1::FINDING_KIND_LEAKED_INTERNALS, "/text",
                       absl::StrCat("internals in the words: ", ToAbsl(leak)));
  }
  return findings.Finish(0.0);
}

}  // namespace warmpath
