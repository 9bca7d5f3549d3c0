#include "gateway/answer_check.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "provider/codec.h"
#include "provider/observe.h"
#include "scorer/scorer.h"

namespace warmpath {
namespace {

bool IsForeignTool(v1::FindingKind kind) {
  return kind == v1::FINDING_KIND_TOOL_UNDECLARED || kind == v1::FINDING_KIND_TOOL_FORBIDDEN;
}

std::string Describe(const v1::Finding& finding) {
  constexpr std::string_view kPrefix = "FINDING_KIND_";
  const std::string word =
      absl::AsciiStrToLower(v1::FindingKind_Name(finding.kind()).substr(kPrefix.size()));
  return finding.pointer().empty() ? word : absl::StrCat(word, " at ", finding.pointer());
}

std::string FindBreach(const v1::ModelRequest& request, const v1::Observation& answer,
                       const v1::Contract& workflow_contract) {
  const v1::Contract contract = EffectiveContract(request, workflow_contract);
  const ScoreResult result =
      ScoreAll({.request = request, .contract = contract, .control = nullptr, .candidate = answer});
  bool schema_failed = false;
  for (const v1::DimensionScore& score : result.scores) {
    schema_failed |= score.dimension() == v1::DIMENSION_SCHEMA &&
                     score.verdict() == v1::SCORE_VERDICT_FAIL;
  }
  for (const v1::Finding& finding : result.findings) {
    const bool of_schema = schema_failed && finding.dimension() == v1::DIMENSION_SCHEMA;
    if (of_schema || IsForeignTool(finding.kind())) return Describe(finding);
  }
  return schema_failed ? "schema" : "";
}

// What a failed answer was, decoded from the path's own error.
bool IsPromptBlock(const Answer& answer) {
  if (!answer.native || answer.http_status < 400) return false;
  const v1::Observation seen = CodecFor(answer.dialect)
                                   .DecodeAnswer({.http_status = answer.http_status,
                                                  .streamed = answer.streamed,
                                                  .body = *answer.native});
  return seen.outcome() == v1::OUTCOME_REFUSED;
}

}  // namespace

AnswerCheck CheckAnswer(const ModelCall& call, const Answer& answer, const WorkflowRules& rules) {
  AnswerCheck check;
  if (answer.failure) {
    check.refused = IsPromptBlock(answer);
    return check;
  }
  const v1::Observation seen = Observe(answer);
  check.refused = seen.outcome() == v1::OUTCOME_REFUSED;
  if (check.refused || seen.has_failure() || rules.inline_mode == v1::INLINE_MODE_OFF) return check;
  const auto request = CodecFor(call.dialect).DecodeRequest(*call.body);
  if (request.ok()) check.breach = FindBreach(*request, seen, rules.contract);
  return check;
}

}  // namespace warmpath
