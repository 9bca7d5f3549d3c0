#include "scorer/schema_scorer.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/string_view.h"
#include "scorer/find_json.h"
#include "scorer/findings.h"
#include "scorer/json_shape.h"
#include "scorer/shared_schemas.h"

namespace warmpath {
namespace {

// A longer answer is not parsed.
constexpr size_t kMaxAnswerBytes = 32 << 20;

bool Declines(v1::Stance stance) {
  return stance == v1::STANCE_REFUSE || stance == v1::STANCE_ESCALATE;
}

bool WasCut(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_LENGTH || outcome == v1::OUTCOME_CONTEXT_WINDOW ||
         outcome == v1::OUTCOME_INTERRUPTED || outcome == v1::OUTCOME_PAUSED;
}

bool HasObject(const boost::json::value& value) { return value.is_object() || value.is_array(); }

// Reports where the JSON was found. `severity` is that of JSON that is not the whole text.
void ReportPlace(const FoundJson& found, v1::Severity severity, FindingList& findings) {
  if (found.place == JsonPlace::kFence) {
    findings.Add(v1::FINDING_KIND_JSON_WRAPPED, severity, "", "the JSON stands in a fenced block");
  } else if (found.place == JsonPlace::kProse) {
    findings.Add(v1::FINDING_KIND_JSON_WRAPPED, severity, "", "the JSON stands amid words");
  }
}

v1::Severity WrappedSeverity(const v1::Contract& contract) {
  return contract.json_mode() == v1::JSON_MODE_LENIENT ? v1::SEVERITY_INFO
                                                       : v1::SEVERITY_VIOLATION;
}

// How much of the answer still conforms, for a FAIL: JSON with violations is better than no JSON.
double GradeOfViolations(size_t violations) { return 1.0 / (1.0 + static_cast<double>(violations)); }

DimensionResult ScoreBySchema(const v1::Contract& contract, const FoundJson& found,
                              FindingList& findings) {
  if (contract.output_json_object() && !found.value().is_object()) {
    findings.Violation(v1::FINDING_KIND_SCHEMA_VIOLATION, "", "the answer is not a JSON object");
  }
  if (!contract.output_schema_json().empty()) {
    const auto schema = SharedSchema(contract.output_schema_json());
    if (!schema.ok()) {
      findings.Info(v1::FINDING_KIND_SCHEMA_UNCHECKABLE, "", ToStd(schema.status().message()));
      return findings.failed() ? findings.Finish(0.0) : findings.ScorerError();
    }
    const SchemaCheck check = CheckSchema(**schema, found.value());
    for (const SchemaError& error : check.errors) {
      findings.Violation(v1::FINDING_KIND_SCHEMA_VIOLATION, error.instance_pointer, error.message);
    }
    if (check.verdict == SchemaCheck::Verdict::kUncheckable) {
      findings.Info(v1::FINDING_KIND_SCHEMA_UNCHECKABLE, "", check.problem);
      if (!findings.failed()) return findings.ScorerError();
    }
  }
  return findings.Finish(GradeOfViolations(findings.violations()));
}

DimensionResult ScoreByContract(const ScoringCase& scoring_case, const CaseFacts& facts) {
  const v1::Observation& answer = scoring_case.candidate;
  FindingList findings(v1::DIMENSION_SCHEMA);
  const bool cut = WasCut(answer.outcome());
  if (answer.text().find_first_not_of(" \t\r\n") == std::string::npos) {
    findings.Violation(cut ? v1::FINDING_KIND_TRUNCATED : v1::FINDING_KIND_EMPTY_OUTPUT, "",
                       "there is no answer text");
    return findings.Finish(0.0);
  }
  if (answer.text().size() > kMaxAnswerBytes) {
    findings.Info(v1::FINDING_KIND_SCHEMA_UNCHECKABLE, "", "the answer is too long to be checked");
    return findings.ScorerError();
  }
  const FoundJson found = FindJson(answer.text());
  if (found.place == JsonPlace::kNone || found.place == JsonPlace::kTooDeep) {
    if (cut) {
      findings.Violation(v1::FINDING_KIND_TRUNCATED, "", "the answer was cut before its JSON ended");
      return findings.Finish(0.0);
    }
    if (Declines(facts.candidate.stance)) return findings.NotApplicable();
    if (found.place == JsonPlace::kTooDeep) {
      findings.Info(v1::FINDING_KIND_SCHEMA_UNCHECKABLE, "", found.problem);
      return findings.ScorerError();
    }
    findings.Violation(v1::FINDING_KIND_NOT_JSON, "", found.problem);
    return findings.Finish(0.0);
  }
  if (cut) {
    findings.Info(v1::FINDING_KIND_TRUNCATED, "", "a limit was reached, but the JSON is whole");
  }
  ReportPlace(found, WrappedSeverity(scoring_case.contract), findings);
  return ScoreBySchema(scoring_case.contract, found, findings);
}

// Whether the text is JSON or holds a fenced block, as far as a glance tells.
bool MayBeJson(const std::string& text) {
  return LooksLikeJson(text) || text.find("```") != std::string::npos ||
         text.find("~~~") != std::string::npos;
}

DimensionResult ScoreByShape(const ScoringCase& scoring_case, const CaseFacts& facts) {
  const v1::Observation& control = *scoring_case.control;
  const v1::Observation& answer = scoring_case.candidate;
  FindingList findings(v1::DIMENSION_SCHEMA);
  // Cheap first: most answers are prose.
  if (control.text().size() > kMaxAnswerBytes || answer.text().size() > kMaxAnswerBytes ||
      !MayBeJson(control.text())) {
    return findings.NotApplicable();
  }
  const FoundJson model = FindJson(control.text());
  // JSON amid the control's words is most likely an example, not the answer.
  const bool structured =
      (model.place == JsonPlace::kWhole || model.place == JsonPlace::kFence) &&
      HasObject(model.value());
  if (!structured) return findings.NotApplicable();
  const FoundJson found = FindJson(answer.text());
  if (found.place == JsonPlace::kTooDeep) {
    findings.Info(v1::FINDING_KIND_SCHEMA_UNCHECKABLE, "", found.problem);
    return findings.ScorerError();
  }
  if (found.place == JsonPlace::kNone) {
    if (Declines(facts.candidate.stance)) return findings.NotApplicable();
    findings.Violation(WasCut(answer.outcome()) ? v1::FINDING_KIND_TRUNCATED
                                                : v1::FINDING_KIND_NOT_JSON,
                       "", "the control's answer is JSON and this one is not");
    return findings.Finish(0.0);
  }
  // Code that reads the control's fenced block reads a bare one, or another fence, too.
  const bool as_control = found.place == model.place || found.place == JsonPlace::kWhole;
  ReportPlace(found, as_control ? v1::SEVERITY_INFO : WrappedSeverity(scoring_case.contract),
              findings);
  CompareShape(model.value(), found.value(), findings);
  return findings.Finish(GradeOfViolations(findings.violations()));
}

}  // namespace

DimensionResult SchemaScorer::Score(const ScoringCase& scoring_case,
                                    const CaseFacts& facts) const {
  const v1::Contract& contract = scoring_case.contract;
  const v1::Observation& answer = scoring_case.candidate;
  const bool judged = answer.outcome() != v1::OUTCOME_FAILED && !HandedOver(answer) &&
                      answer.tool_calls().empty() && !facts.candidate.from_vendor;
  if (!judged) return NotApplicable(v1::DIMENSION_SCHEMA);
  if (!contract.output_schema_json().empty() || contract.output_json_object()) {
    return ScoreByContract(scoring_case, facts);
  }
  const bool comparable = facts.compared && contract.compare_shape() != v1::COMPARISON_OFF &&
                          scoring_case.control->tool_calls().empty();
  if (!comparable) return NotApplicable(v1::DIMENSION_SCHEMA);
  return ScoreByShape(scoring_case, facts);
}

}  // namespace warmpath
