#include "cli/score_row.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/config_problem.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "base/utf8.h"
#include "base/yaml_to_proto.h"
#include "cli/recorded.h"
#include "scorer/case_facts.h"
#include "scorer/contract.h"
#include "scorer/tool_truth.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {
namespace {

namespace json = boost::json;

absl::Status Within(absl::string_view member, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("\"", member, "\": ", status.message()));
}

// JSON is YAML, so the inline contract is read as the config's `contract` is.
absl::StatusOr<v1::Contract> InlineContract(const json::value& value) {
  v1::ContractConfig config;
  const std::vector<ConfigProblem> problems = YamlToProto(ToJson(value), "contract", &config);
  RETURN_IF_ERROR(ConfigProblemsToStatus(problems));
  if (!config.output_schema_file().empty()) {
    return absl::InvalidArgumentError("output_schema_file: not here; give output_schema");
  }
  return ContractFromConfig(config, "");
}

absl::StatusOr<v1::Contract> RowContract(const json::object& row,
                                         const std::map<std::string, v1::Contract>& contracts) {
  if (const json::value* contract = row.if_contains("contract")) {
    auto parsed = InlineContract(*contract);
    if (!parsed.ok()) return Within("contract", parsed.status());
    return parsed;
  }
  const json::value* workflow = row.if_contains("workflow");
  if (workflow == nullptr || workflow->is_null()) return v1::Contract();
  if (!workflow->is_string()) return absl::InvalidArgumentError("\"workflow\": not a string");
  const auto known = contracts.find(std::string(workflow->get_string()));
  if (known == contracts.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"workflow\": \"", std::string(workflow->get_string()),
                     "\" is not in the config; give --config with it, or \"contract\""));
  }
  return known->second;
}

// What a line holds.
struct Row {
  v1::ModelRequest request;
  v1::Contract contract;
  std::optional<v1::Observation> control;
  std::optional<v1::Observation> candidate;
  std::optional<ToolTruth> truth;
};

// The note by which a rules path hands over, {"handover": true, "reason"?, "confidence"?}.
bool IsHandoverNote(const json::value& value) {
  const json::value* flag = Find(value, "/handover");
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

// An answer that is that note, as a recording of the rules path has it, is a hand-over again.
void ReadHandover(v1::Observation& answer) {
  constexpr size_t kLongestNote = 1000;
  if (answer.outcome() != v1::OUTCOME_END || answer.text().size() > kLongestNote) return;
  if (answer.text().empty() || answer.text()[0] != '{') return;
  const auto note = ParseJson(answer.text());
  if (note.ok() && IsHandoverNote(*note)) answer.set_outcome(v1::OUTCOME_HANDOVER);
}

absl::StatusOr<std::optional<v1::Observation>> RowAnswer(const json::object& row,
                                                         const char* member, bool required) {
  const json::value* value = row.if_contains(member);
  if (value == nullptr && !required) return std::nullopt;
  if (value == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("\"", member, "\": missing; null = none"));
  }
  if (value->is_object() && IsHandoverNote(*value)) {
    v1::Observation handover;
    handover.set_outcome(v1::OUTCOME_HANDOVER);
    return handover;
  }
  auto answer = DecodeRecordedAnswer(*value);
  if (!answer.ok()) return Within(member, answer.status());
  if (answer->has_value()) ReadHandover(**answer);
  return answer;
}

absl::StatusOr<Row> ReadRow(const json::object& object,
                            const std::map<std::string, v1::Contract>& contracts) {
  Row row;
  const json::value* request = object.if_contains("request");
  if (request == nullptr) return absl::InvalidArgumentError("\"request\": missing");
  auto decoded = DecodeRecordedRequest(*request);
  if (!decoded.ok()) return Within("request", decoded.status());
  row.request = *std::move(decoded);
  ASSIGN_OR_RETURN(const v1::Contract contract, RowContract(object, contracts));
  row.contract = EffectiveContract(row.request, contract);
  ASSIGN_OR_RETURN(row.control, RowAnswer(object, "control", /*required=*/false));
  ASSIGN_OR_RETURN(row.candidate, RowAnswer(object, "candidate", /*required=*/true));
  const json::value* truth = object.if_contains("truth");
  if (truth != nullptr && !truth->is_null()) {
    ASSIGN_OR_RETURN(row.truth, ParseToolTruth(*truth));
  }
  return row;
}

// Puts the truth's result in place of the TOOLS result.
void ReplaceTools(DimensionResult tools, ScoreResult& result) {
  for (v1::DimensionScore& score : result.scores) {
    if (score.dimension() == v1::DIMENSION_TOOLS) score = tools.score;
  }
  std::vector<v1::Finding> findings;
  for (v1::Finding& finding : result.findings) {
    if (finding.dimension() != v1::DIMENSION_TOOLS) findings.push_back(std::move(finding));
  }
  for (v1::Finding& finding : tools.findings) findings.push_back(std::move(finding));
  result.findings = std::move(findings);
}

json::value WordOrNull(std::string_view prefix, const std::string& name) {
  const std::string word = EnumWord(prefix, name);
  if (word == "unspecified") return nullptr;
  return json::value(word);
}

json::object DimensionJson(const v1::DimensionScore& score,
                           const std::vector<v1::Finding>& findings) {
  json::object object;
  object["verdict"] = EnumWord("SCORE_VERDICT_", v1::ScoreVerdict_Name(score.verdict()));
  const bool graded = score.verdict() == v1::SCORE_VERDICT_PASS ||
                      score.verdict() == v1::SCORE_VERDICT_FAIL;
  object["grade"] = graded ? json::value(score.grade()) : json::value(nullptr);
  json::array list;
  for (const v1::Finding& finding : findings) {
    if (finding.dimension() != score.dimension()) continue;
    list.push_back(json::object{
        {"kind", EnumWord("FINDING_KIND_", v1::FindingKind_Name(finding.kind()))},
        {"pointer", finding.pointer()},
        {"severity", EnumWord("SEVERITY_", v1::Severity_Name(finding.severity()))},
        {"message", finding.message()}});
  }
  object["findings"] = std::move(list);
  return object;
}

json::object Card(const json::value* id, const Row& row, const ScoreResult& result) {
  json::object card;
  card["id"] = id == nullptr ? json::value(nullptr) : *id;
  json::object dimensions;
  for (const v1::DimensionScore& score : result.scores) {
    dimensions[EnumWord("DIMENSION_", v1::Dimension_Name(score.dimension()))] =
        DimensionJson(score, result.findings);
  }
  card["dimensions"] = std::move(dimensions);
  card["stance"] = json::object{
      {"control", WordOrNull("STANCE_", v1::Stance_Name(result.control_stance))},
      {"candidate", WordOrNull("STANCE_", v1::Stance_Name(result.candidate_stance))}};
  card["next_move"] = WordOrNull("NEXT_MOVE_", v1::NextMove_Name(result.next_move));
  const bool answered = row.candidate.has_value() && IsAnswer(*row.candidate);
  card["fidelity"] = nullptr;
  if (row.candidate && row.candidate->has_fidelity()) {
    card["fidelity"] =
        WordOrNull("FIDELITY_", v1::Fidelity_Name(row.candidate->fidelity().fidelity()));
  }
  if (row.candidate && HandedOver(*row.candidate)) card["handed_over"] = true;
  if (!answered) {
    card["candidate_failed"] =
        row.candidate ? WordOrNull("FAILURE_CLASS_",
                                   v1::FailureClass_Name(row.candidate->failure().failure_class()))
                      : json::value("no_answer");
  }
  return card;
}

ScoredRow BadRow(const json::value* id, const absl::Status& status) {
  json::object object;
  if (id != nullptr) object["id"] = *id;
  const std::string_view message = ToStd(status.message());
  object["error"] = std::string(message.substr(0, ValidUtf8Prefix(message)));
  ScoredRow scored;
  scored.json = ToJson(object);
  scored.bad = true;
  return scored;
}

}  // namespace

std::string EnumWord(std::string_view prefix, std::string_view name) {
  if (name.substr(0, prefix.size()) == prefix) name.remove_prefix(prefix.size());
  return absl::AsciiStrToLower(ToAbsl(name));
}

ScoredRow ScoreRow(std::string_view line, const std::map<std::string, v1::Contract>& contracts) {
  const auto parsed = ParseJson(line, 512);
  if (!parsed.ok()) return BadRow(nullptr, parsed.status());
  if (!parsed->is_object()) {
    return BadRow(nullptr, absl::InvalidArgumentError("the line is not a JSON object"));
  }
  const json::value* id = parsed->get_object().if_contains("id");
  const absl::StatusOr<Row> row = ReadRow(parsed->get_object(), contracts);
  if (!row.ok()) return BadRow(id, row.status());

  static const v1::Observation& no_answer = *new v1::Observation([] {
    v1::Observation observation;
    observation.set_outcome(v1::OUTCOME_FAILED);
    return observation;
  }());
  const v1::Observation& candidate = row->candidate ? *row->candidate : no_answer;
  ScoredRow scored;
  scored.result = ScoreAll({row->request, row->contract, row->control ? &*row->control : nullptr,
                            candidate});
  scored.unanswered = !IsAnswer(candidate);
  scored.handed_over = HandedOver(candidate);
  if (row->truth && !scored.unanswered && !scored.handed_over) {
    ReplaceTools(ScoreToolTruth(row->request, *row->truth, candidate), scored.result);
  }
  scored.json = ToJson(Card(id, *row, scored.result));
  return scored;
}

}  // namespace warmpath
