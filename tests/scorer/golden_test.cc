// The table of golden cases: tests/scorer/golden/*.jsonl, one case a line.
//
//   {"case": "a sentence",
//    "tools": [{"name", "parameters"}], "choice": "required|none|NAME", "format": "json_object" | schema,
//    "failed": {"name", "args", "result"}      the conversation ends with this tool result
//    "contract": {...}                         as in a config
//    "control": answer, "candidate": answer    text, or [{"name", "args"}], or null
//    "expect": {"schema": verdict, "tools": ..., "policy": ..., "tool_errors": ..., "stance": ..., "next_move": ...,
//               "findings": ["kind@pointer", ...] (all that fail), "info": [...] (all that inform)}}
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/config_problem.h"
#include "base/json.h"
#include "base/yaml_to_proto.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scorer/contract.h"
#include "tests/scorer/scorer_case.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

namespace json = boost::json;
using testing::IsOk;

std::string Word(const std::string& name, size_t prefix) {
  return absl::AsciiStrToLower(name.substr(prefix));
}

std::string TextOf(const json::value& value) {
  return std::string(value.as_string().data(), value.as_string().size());
}

v1::Observation Answer(const json::value& value) {
  if (value.is_string()) return testing::Said(TextOf(value));
  v1::Observation answer = testing::Called({});
  for (const json::value& entry : value.as_array()) {
    v1::ToolCall& call = *answer.add_tool_calls();
    call.set_name(TextOf(entry.at("name")));
    const json::value& arguments = entry.at("args");
    call.set_arguments_json(arguments.is_string() ? TextOf(arguments) : ToJson(arguments));
  }
  return answer;
}

v1::ModelRequest Request(const json::object& row) {
  v1::ModelRequest request = testing::Asked("A question in our own words.");
  if (const json::value* tools = row.if_contains("tools")) {
    for (const json::value& tool : tools->as_array()) {
      testing::Offer(request, TextOf(tool.at("name")), ToJson(tool.at("parameters")));
    }
  }
  if (const json::value* choice = row.if_contains("choice")) {
    v1::ToolChoice& rule = *request.mutable_tool_choice();
    const std::string word = TextOf(*choice);
    rule.set_mode(word == "required" ? v1::TOOL_CHOICE_MODE_REQUIRED
                  : word == "none"   ? v1::TOOL_CHOICE_MODE_NONE
                                     : v1::TOOL_CHOICE_MODE_NAMED);
    rule.set_name(word);
  }
  if (const json::value* format = row.if_contains("format")) {
    v1::OutputFormat& output = *request.mutable_output_format();
    output.set_kind(format->is_string() ? v1::OUTPUT_KIND_JSON_OBJECT
                                        : v1::OUTPUT_KIND_JSON_SCHEMA);
    if (!format->is_string()) output.set_schema_json(ToJson(*format));
  }
  if (const json::value* failed = row.if_contains("failed")) {
    testing::Returned(request, TextOf(failed->at("name")), ToJson(failed->at("args")),
                      TextOf(failed->at("result")));
  }
  return request;
}

std::vector<std::string> Findings(const ScoreResult& result, bool info) {
  std::vector<std::string> findings;
  for (const v1::Finding& finding : result.findings) {
    if ((finding.severity() == v1::SEVERITY_INFO) != info) continue;
    findings.push_back(Word(v1::FindingKind_Name(finding.kind()), 13) + "@" + finding.pointer());
  }
  return findings;
}

std::vector<std::string> Strings(const json::value& list) {
  std::vector<std::string> strings;
  for (const json::value& entry : list.as_array()) strings.push_back(TextOf(entry));
  return strings;
}

void Check(const json::object& expected, const ScoreResult& result) {
  for (const v1::DimensionScore& score : result.scores) {
    const std::string dimension = Word(v1::Dimension_Name(score.dimension()), 10);
    const json::value* verdict = expected.if_contains(dimension);
    if (verdict == nullptr) continue;
    EXPECT_EQ(Word(v1::ScoreVerdict_Name(score.verdict()), 14), TextOf(*verdict)) << dimension;
    if (score.verdict() == v1::SCORE_VERDICT_FAIL) {
      EXPECT_LT(score.grade(), 1.0) << dimension;
    }
  }
  if (const json::value* stance = expected.if_contains("stance")) {
    EXPECT_EQ(Word(v1::Stance_Name(result.candidate_stance), 7), TextOf(*stance));
  }
  if (const json::value* move = expected.if_contains("next_move")) {
    EXPECT_EQ(Word(v1::NextMove_Name(result.next_move), 10), TextOf(*move));
  }
  if (const json::value* findings = expected.if_contains("findings")) {
    EXPECT_THAT(Findings(result, false), ::testing::UnorderedElementsAreArray(Strings(*findings)));
  }
  if (const json::value* info = expected.if_contains("info")) {
    EXPECT_THAT(Findings(result, true), ::testing::UnorderedElementsAreArray(Strings(*info)));
  }
}

void RunCase(const json::object& row) {
  const v1::ModelRequest request = Request(row);
  v1::Contract rules;
  if (const json::value* inline_contract = row.if_contains("contract")) {
    v1::ContractConfig config;
    ASSERT_THAT(ConfigProblemsToStatus(YamlToProto(ToJson(*inline_contract), "golden", &config)),
                IsOk());
    const auto contract = ContractFromConfig(config, "");
    ASSERT_THAT(contract, IsOk());
    rules = *contract;
  }
  v1::Observation control;
  const json::value* given = row.if_contains("control");
  const bool has_control = given != nullptr && !given->is_null();
  if (has_control) control = Answer(*given);
  Check(row.at("expect").as_object(), testing::Score(request, rules, has_control ? &control : nullptr,
                                                     Answer(row.at("candidate"))));
}

class Golden : public ::testing::TestWithParam<const char*> {};

TEST_P(Golden, CasesHold) {
  std::ifstream file(std::string("tests/scorer/golden/") + GetParam() + ".jsonl");
  ASSERT_TRUE(file) << GetParam();
  std::string line;
  int cases = 0;
  while (std::getline(file, line)) {
    if (line.empty()) continue;
    const auto row = ParseJson(line);
    ASSERT_THAT(row, IsOk()) << line;
    SCOPED_TRACE(TextOf(row->at("case")));
    RunCase(row->get_object());
    ++cases;
  }
  EXPECT_GE(cases, 5);
}

INSTANTIATE_TEST_SUITE_P(Files, Golden,
                         ::testing::Values("schema", "tools", "policy", "tool_errors"));

}  // namespace
}  // namespace warmpath
