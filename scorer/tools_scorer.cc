#include "scorer/tools_scorer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"
#include "scorer/call_arguments.h"
#include "scorer/call_in_words.h"
#include "scorer/contract.h"
#include "scorer/findings.h"
#include "scorer/match_calls.h"
#include "scorer/shared_schemas.h"
#include "scorer/tolerance.h"

namespace warmpath {
namespace {

std::string CallPointer(size_t place) { return absl::StrCat("/tool_calls/", place); }

std::string ArgumentPointer(size_t place, std::string_view within) {
  return absl::StrCat("/tool_calls/", place, "/arguments", ToAbsl(within));
}

// Judges one case; used once.
class ToolsJudge final : public RulesSource {
 public:
  ToolsJudge(const ScoringCase& scoring_case, const CaseFacts& facts)
      : case_(scoring_case),
        compared_(facts.compared && scoring_case.contract.compare_tools() != v1::COMPARISON_OFF),
        findings_(v1::DIMENSION_TOOLS),
        allowed_(ToleranceSet::All()) {
    for (const std::string& name : case_.contract.disabled_tolerances()) {
      if (const auto tolerance = ToleranceByName(name)) allowed_.Remove(*tolerance);
    }
  }

  DimensionResult Run();

  ArgumentRules RulesFor(const v1::ToolCall& call) const override {
    ArgumentRules rules;
    rules.tool = FindToolRule(case_.contract, call.name());
    rules.allowed = allowed_;
    const CompiledSchema* schema = SchemaOf(rules.tool);
    if (schema != nullptr && schema->document().is_object()) {
      rules.schema = &schema->document().get_object();
    }
    return rules;
  }

 private:
  bool Applies() const;
  void CheckChoice();
  void CheckCall(size_t place);
  void CheckArguments(size_t place, const v1::ToolRule* rule);
  void CompareWithControl();
  void ReportPair(const CallPair& pair);
  void ReportUnmatched(const CallMatching& matching);
  // Null: the tool has none, or it does not compile.
  const CompiledSchema* SchemaOf(const v1::ToolRule* rule) const;

  const ScoringCase& case_;
  const bool compared_;
  FindingList findings_;
  ToleranceSet allowed_;
  std::vector<ParsedCall> calls_;
  std::vector<bool> bad_;  // by call: something fails it
  bool unchecked_ = false;
  bool call_in_words_ = false;
  // By rule: what was compiled, or tried to.
  mutable std::vector<std::pair<const v1::ToolRule*, std::shared_ptr<const CompiledSchema>>> schemas_;
};

const CompiledSchema* ToolsJudge::SchemaOf(const v1::ToolRule* rule) const {
  if (rule == nullptr || rule->parameters_json().empty()) return nullptr;
  for (const auto& [known, schema] : schemas_) {
    if (known == rule) return schema.get();
  }
  auto schema = SharedSchema(rule->parameters_json());
  schemas_.emplace_back(rule, schema.ok() ? *schema : nullptr);
  return schemas_.back().second.get();
}

bool ToolsJudge::Applies() const {
  const v1::ToolChoiceMode choice = case_.request.tool_choice().mode();
  if (!calls_.empty() || call_in_words_) return true;
  if (choice == v1::TOOL_CHOICE_MODE_REQUIRED || choice == v1::TOOL_CHOICE_MODE_NAMED ||
      choice == v1::TOOL_CHOICE_MODE_NONE) {
    return !case_.request.tools().empty();
  }
  if (!compared_) return false;
  return !case_.request.tools().empty() || !case_.control->tool_calls().empty();
}

void ToolsJudge::CheckChoice() {
  const v1::ToolChoice& choice = case_.request.tool_choice();
  const auto broken = [&](absl::string_view what) {
    findings_.Violation(v1::FINDING_KIND_TOOL_CHOICE_BROKEN, "/tool_calls", ToStd(what));
  };
  switch (choice.mode()) {
    case v1::TOOL_CHOICE_MODE_NONE:
      if (!calls_.empty()) broken("a tool is called although the request forbids it");
      break;
    case v1::TOOL_CHOICE_MODE_REQUIRED:
      if (calls_.empty()) broken("no tool is called although the request requires one");
      break;
    case v1::TOOL_CHOICE_MODE_NAMED: {
      const bool called = std::any_of(calls_.begin(), calls_.end(), [&](const ParsedCall& call) {
        return SameToolName(call.call->name(), choice.name());
      });
      if (!called) broken("the tool that the request names is not called");
      break;
    }
    default:
      break;
  }
  const bool one_only =
      case_.request.has_parallel_tool_calls() && !case_.request.parallel_tool_calls();
  if (one_only && calls_.size() > 1) broken("several tools are called although the request allows one");
}

void ToolsJudge::CheckCall(size_t place) {
  const std::string& name = calls_[place].call->name();
  const size_t before = findings_.violations();
  const v1::ToolRule* rule = FindToolRule(case_.contract, name);
  const v1::Tool* offered = FindOfferedTool(case_.request, name);
  if (offered == nullptr) {
    findings_.Severe(v1::FINDING_KIND_TOOL_UNDECLARED, CallPointer(place),
                     absl::StrCat("the request does not offer the tool \"", name, "\""));
  } else if (offered->name() != name) {
    findings_.Info(v1::FINDING_KIND_ARGUMENT_TOLERATED, absl::StrCat(CallPointer(place), "/name"),
                   absl::StrCat("name_separator: \"", name, "\" for \"", offered->name(), "\""));
  }
  if (rule != nullptr && rule->forbidden()) {
    findings_.Severe(v1::FINDING_KIND_TOOL_FORBIDDEN, CallPointer(place),
                     absl::StrCat("the contract forbids the tool \"", name, "\""));
  }
  if (!calls_[place].problem.empty()) {
    findings_.Violation(v1::FINDING_KIND_ARGUMENTS_NOT_JSON, ArgumentPointer(place, ""),
                        calls_[place].problem);
  } else {
    CheckArguments(place, rule);
  }
  bad_[place] = findings_.violations() > before;
}

void ToolsJudge::CheckArguments(size_t place, const v1::ToolRule* rule) {
  if (rule == nullptr || rule->parameters_json().empty()) return;
  const CompiledSchema* schema = SchemaOf(rule);
  if (schema == nullptr) {
    unchecked_ = true;
    const auto status = SharedSchema(rule->parameters_json()).status();
    findings_.Info(v1::FINDING_KIND_SCHEMA_UNCHECKABLE, ArgumentPointer(place, ""),
                   ToStd(status.message()));
    return;
  }
  const SchemaCheck check = CheckSchema(*schema, calls_[place].value());
  if (check.verdict == SchemaCheck::Verdict::kUncheckable) {
    unchecked_ = true;
    findings_.Info(v1::FINDING_KIND_SCHEMA_UNCHECKABLE, ArgumentPointer(place, ""), check.problem);
  }
  for (const SchemaError& error : check.errors) {
    findings_.Violation(v1::FINDING_KIND_ARGUMENTS_VIOLATE_SCHEMA,
                        ArgumentPointer(place, error.instance_pointer), error.message);
  }
}

void ToolsJudge::ReportPair(const CallPair& pair) {
  for (const ArgumentFinding& difference : pair.arguments.differences) {
    const char* message = difference.kind == v1::FINDING_KIND_ARGUMENT_MISSING
                              ? "the control gives this argument"
                          : difference.kind == v1::FINDING_KIND_ARGUMENT_EXTRA
                              ? "the control does not give this argument"
                              : "the control gives another value";
    findings_.Violation(difference.kind, ArgumentPointer(pair.candidate, difference.pointer),
                        message);
    bad_[pair.candidate] = true;
  }
  for (const ArgumentFinding& tolerated : pair.arguments.tolerated) {
    findings_.Info(tolerated.kind, ArgumentPointer(pair.candidate, tolerated.pointer),
                   tolerated.used.ToString());
  }
}

void ToolsJudge::ReportUnmatched(const CallMatching& matching) {
  const size_t exchanged = std::min(matching.control_only.size(), matching.candidate_only.size());
  for (size_t i = 0; i < matching.candidate_only.size(); ++i) {
    const size_t place = matching.candidate_only[i];
    const std::string& name = calls_[place].call->name();
    bad_[place] = true;
    const v1::ToolRule* rule = FindToolRule(case_.contract, name);
    if (rule != nullptr && rule->destructive()) {
      findings_.Severe(v1::FINDING_KIND_TOOL_DESTRUCTIVE, CallPointer(place),
                       absl::StrCat("the destructive tool \"", name,
                                    "\" is called where the control does not call it"));
    } else if (i < exchanged) {
      const std::string& wanted =
          case_.control->tool_calls(matching.control_only[i]).name();
      findings_.Violation(v1::FINDING_KIND_TOOL_DIFFERS, CallPointer(place),
                          absl::StrCat("\"", name, "\" where the control calls \"", wanted, "\""));
    } else {
      findings_.Violation(v1::FINDING_KIND_TOOL_EXTRA, CallPointer(place),
                          absl::StrCat("the control makes no such call of \"", name, "\""));
    }
  }
  for (size_t i = exchanged; i < matching.control_only.size(); ++i) {
    const std::string& wanted = case_.control->tool_calls(matching.control_only[i]).name();
    findings_.Violation(v1::FINDING_KIND_TOOL_NOT_CALLED, "/tool_calls",
                        absl::StrCat("the control calls \"", wanted, "\""));
  }
}

void ToolsJudge::CompareWithControl() {
  const std::vector<ParsedCall> control = ParseCalls(*case_.control);
  const CallMatching matching = MatchCalls(control, calls_, *this);
  for (const CallPair& pair : matching.pairs) ReportPair(pair);
  ReportUnmatched(matching);
  if (matching.reordered) {
    findings_.Info(v1::FINDING_KIND_TOOL_ORDER, "/tool_calls",
                   "the same tools are called in another order");
  }
}

DimensionResult ToolsJudge::Run() {
  calls_ = ParseCalls(case_.candidate);
  bad_.assign(calls_.size(), false);
  call_in_words_ = calls_.empty() && CallInWords(case_.request, case_.candidate.text());
  if (!Applies()) return findings_.NotApplicable();
  CheckChoice();
  for (size_t place = 0; place < calls_.size(); ++place) CheckCall(place);
  if (case_.candidate.tool_calls_size() > kMaxCalls) {
    findings_.Violation(v1::FINDING_KIND_TOOL_EXTRA, "/tool_calls",
                        absl::StrCat(case_.candidate.tool_calls_size(), " calls in one answer"));
  }
  if (call_in_words_) {
    findings_.Violation(v1::FINDING_KIND_CALL_IN_WORDS, "/text",
                        "the words hold a tool call that was not made as one");
  }
  if (compared_) CompareWithControl();
  if (unchecked_ && !findings_.failed()) return findings_.ScorerError();
  const size_t good = std::count(bad_.begin(), bad_.end(), false);
  const size_t wanted = compared_ ? case_.control->tool_calls_size() : 0;
  const size_t most = std::max({calls_.size(), wanted, size_t{1}});
  return findings_.Finish(
      std::min(0.99, static_cast<double>(good) / static_cast<double>(most)));
}

}  // namespace

DimensionResult ToolsScorer::Score(const ScoringCase& scoring_case, const CaseFacts& facts) const {
  const v1::Observation& answer = scoring_case.candidate;
  if (answer.outcome() == v1::OUTCOME_FAILED || HandedOver(answer)) {
    return NotApplicable(v1::DIMENSION_TOOLS);
  }
  return ToolsJudge(scoring_case, facts).Run();
}

}  // namespace warmpath
