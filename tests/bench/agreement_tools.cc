// Calls against the verdicts of the Berkeley Function-Calling Leaderboard.
#include <map>
#include <memory>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "scorer/contract.h"
#include "scorer/scorer.h"
#include "scorer/tool_truth.h"
#include "tests/bench/agreement_data.h"
#include "tests/bench/agreement_table.h"

namespace warmpath::bench {
namespace {

namespace json = boost::json;

constexpr char kPrimary[] = "gpt-4o-2024-08-06-FC";

struct Prompt {
  std::string category;
  v1::ModelRequest request;
  v1::Contract contract;
  std::optional<ToolTruth> truth;  // absent: the category is judged by running the calls
};

// "forecast_2" names the second call of "forecast".
std::string ToolOfTruth(const v1::ModelRequest& request, std::string name) {
  if (FindOfferedTool(request, name) != nullptr) return name;
  const size_t digits = name.find_last_not_of("0123456789");
  const bool numbered = digits != std::string::npos && digits > 0 && digits + 1 < name.size() &&
                        name[digits] == '_';
  return numbered ? name.substr(0, digits) : name;
}

ToolTruth TruthOf(const json::object& prompt, const v1::ModelRequest& request) {
  ToolTruth truth;
  const json::value* answer = prompt.if_contains("answer");
  if (answer == nullptr || !answer->is_object()) return truth;
  for (const json::key_value_pair& call : answer->get_object()) {
    TrueCall& right = truth.calls.emplace_back();
    right.name = ToolOfTruth(request, std::string(call.key().data(), call.key().size()));
    for (const json::key_value_pair& argument : call.value().get_object()) {
      right.arguments.emplace_back(std::string(argument.key().data(), argument.key().size()),
                                   argument.value().get_array());
    }
  }
  return truth;
}

using Prompts = absl::flat_hash_map<std::string, std::unique_ptr<Prompt>>;

Prompts ReadPrompts(const std::string& directory) {
  Prompts prompts;
  ForEachRow(directory, "tools_bfcl_v1_prompts", [&](const json::object& row) {
    auto prompt = std::make_unique<Prompt>();
    prompt->category = Text(row, "category");
    prompt->request = RequestWithTools(row);
    prompt->contract = EffectiveContract(prompt->request, {});
    if (!absl::StartsWith(prompt->category, "exec")) {
      prompt->truth = TruthOf(row, prompt->request);
    }
    prompts[Text(row, "id")] = std::move(prompt);
  });
  return prompts;
}

bool Usable(const json::object& row) {
  return Flag(row, "repro", true) &&
         !absl::StrContains(Text(row, "text"), "Internal error occurred.");
}

const v1::DimensionScore& ToolsScore(const ScoreResult& result) { return result.scores[1]; }

ScoreResult Compare(const Prompt& prompt, const v1::Observation& control,
                    const v1::Observation& candidate) {
  return ScoreAll({prompt.request, prompt.contract, &control, candidate});
}

std::string Why(const std::vector<v1::Finding>& findings) {
  std::string why;
  for (const v1::Finding& finding : findings) {
    if (finding.dimension() != v1::DIMENSION_TOOLS) continue;
    absl::StrAppend(&why, " ", v1::FindingKind_Name(finding.kind()).substr(13), "@",
                    finding.pointer(), "(", finding.message(), ")");
  }
  return why;
}

std::string Shown(const v1::Observation& answer) {
  if (answer.tool_calls().empty()) return absl::StrCat("text:", answer.text().substr(0, 200));
  std::string calls;
  for (const v1::ToolCall& call : answer.tool_calls()) {
    absl::StrAppend(&calls, call.name(), call.arguments_json(), " ");
  }
  return calls;
}

// How often each rule of tolerance let a right or a wrong answer pass.
void CountTolerances(const ScoreResult& result, bool valid,
                     std::map<std::string, std::pair<int, int>>& tolerated) {
  std::set<std::string> rules;
  for (const v1::Finding& finding : result.findings) {
    if (finding.kind() == v1::FINDING_KIND_ARGUMENT_TOLERATED) rules.insert(finding.message());
  }
  for (const std::string& rule : rules) {
    if (absl::StartsWith(rule, "name_separator")) continue;
    ++(valid ? tolerated[rule].first : tolerated[rule].second);
  }
}

}  // namespace

void MeasureBfclTruth(const std::string& directory, Report& report) {
  const Prompts prompts = ReadPrompts(directory);
  int64_t equal = 0, total = 0, irrelevance_equal = 0, irrelevance = 0;
  std::map<std::pair<std::string, std::string>, int> cell_error;
  const bool found = ForEachRow(directory, "tools_bfcl_v1_outputs", [&](const json::object& row) {
    const auto prompt = prompts.find(Text(row, "id"));
    if (prompt == prompts.end() || !prompt->second->truth || !Usable(row)) return;
    const v1::Observation answer = AnswerOf(row);
    const DimensionResult result =
        ScoreToolTruth(prompt->second->request, *prompt->second->truth, answer);
    const bool pass = result.score.verdict() == v1::SCORE_VERDICT_PASS;
    const bool valid = Flag(row, "valid", false);
    ++total;
    equal += pass == valid;
    if (prompt->second->category == "irrelevance") {
      ++irrelevance;
      irrelevance_equal += pass == valid;
    }
    cell_error[{Text(row, "model"), prompt->second->category}] += pass - valid;
    if (pass != valid) {
      report.Disagrees("bfcl truth", pass ? "passed" : "failed",
                       absl::StrCat(Text(row, "id"), " ", Text(row, "model"), " ",
                                    Text(row, "error_type"), " ", Shown(answer),
                                    Why(result.findings)));
    }
  });
  if (!found) return report.Skip("bfcl v1 truth");
  int64_t near = 0;
  for (const auto& [cell, error] : cell_error) near += std::abs(error) <= 1;
  report.Share("bfcl v1 truth", "verdict equal to the published one", equal, total, ">= 99.5 %");
  report.Share("bfcl v1 truth", "model x category cells within 1 row", near, cell_error.size(),
               "all");
  report.Share("bfcl v1 irrelevance", "call or no call", irrelevance_equal, irrelevance,
               ">= 99 %");
}

void MeasureBfclDivergence(const std::string& directory, Report& report) {
  const Prompts prompts = ReadPrompts(directory);
  absl::flat_hash_map<std::string, v1::Observation> primary;
  ForEachRow(directory, "tools_bfcl_v1_outputs", [&](const json::object& row) {
    if (Text(row, "model") == kPrimary && Usable(row) && Flag(row, "valid", false)) {
      primary[Text(row, "id")] = AnswerOf(row);
    }
  });
  if (primary.empty()) return report.Skip("bfcl v1 divergence");
  int64_t wrong = 0, right = 0, wrong_flagged = 0, right_flagged = 0, broken = 0;
  std::map<std::string, std::pair<int, int>> tolerated;
  ForEachRow(directory, "tools_bfcl_v1_outputs", [&](const json::object& row) {
    const auto control = primary.find(Text(row, "id"));
    if (control == primary.end() || Text(row, "model") == kPrimary || !Usable(row)) return;
    const Prompt& prompt = *prompts.at(Text(row, "id"));
    const v1::Observation answer = AnswerOf(row);
    const ScoreResult result = Compare(prompt, control->second, answer);
    const bool flagged = ToolsScore(result).verdict() == v1::SCORE_VERDICT_FAIL;
    broken += ToolsScore(result).verdict() == v1::SCORE_VERDICT_SCORER_ERROR;
    const bool valid = Flag(row, "valid", false);
    (valid ? right : wrong) += 1;
    if (flagged) (valid ? right_flagged : wrong_flagged) += 1;
    if (!flagged) CountTolerances(result, valid, tolerated);
    if (flagged == valid) {
      report.Disagrees("bfcl divergence", flagged ? "false alarm" : "missed",
                       absl::StrCat(Text(row, "id"), " ", Text(row, "model"), " ",
                                    Text(row, "error_type"), "\n    control ",
                                    Shown(control->second), "\n    candidate ", Shown(answer),
                                    "\n   ", Why(result.findings)));
    }
  });
  for (const auto& [rules, counts] : tolerated) {
    std::printf("  bfcl divergence: tolerated by %-44s right %-5d wrong %d\n", rules.c_str(),
                counts.first, counts.second);
  }
  report.Share("bfcl v1 divergence", "precision of flags", wrong_flagged,
               wrong_flagged + right_flagged, ">= 80 %");
  report.Share("bfcl v1 divergence", "recall: wrong answers flagged", wrong_flagged, wrong,
               ">= 99 %");
  report.Share("bfcl v1 divergence", "false alarms on right answers", right_flagged, right,
               "<= 6 %");
  report.Share("bfcl v1 divergence", "scorer errors", broken, right + wrong, "0");
}

void MeasureBfclRerun(const std::string& directory, Report& report) {
  const Prompts prompts = ReadPrompts(directory);
  int64_t total = 0, flagged = 0, verdict_differs = 0;
  const bool found = ForEachRow(directory, "tools_bfcl_v1_rerun", [&](const json::object& row) {
    const auto prompt = prompts.find(Text(row, "id"));
    if (prompt == prompts.end()) return;
    ++total;
    if (Flag(row, "same", false)) return;
    const json::value* a = row.if_contains("run_a");
    const json::value* b = row.if_contains("run_b");
    if (a == nullptr || b == nullptr || !a->is_object() || !b->is_object()) return;
    verdict_differs +=
        Flag(a->get_object(), "valid", false) != Flag(b->get_object(), "valid", false);
    const ScoreResult result =
        Compare(*prompt->second, AnswerOf(a->get_object()), AnswerOf(b->get_object()));
    flagged += ToolsScore(result).verdict() == v1::SCORE_VERDICT_FAIL;
  });
  if (!found) return report.Skip("bfcl v1 rerun");
  report.Share("bfcl v1 rerun", "pairs of one model flagged", flagged, total, "<= 10 %");
  report.Share("bfcl v1 rerun", "(pairs whose published verdict differs)", verdict_differs, total,
               "");
}

}  // namespace warmpath::bench
