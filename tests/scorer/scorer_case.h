// A small vocabulary for cases of scorers: what was asked, what was answered.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "scorer/scorer.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath::testing {

inline v1::Observation Said(const std::string& text) {
  v1::Observation answer;
  answer.set_outcome(v1::OUTCOME_END);
  answer.set_text(text);
  return answer;
}

// Called({{"get_order", R"({"id":"7"})"}})
inline v1::Observation Called(
    std::initializer_list<std::pair<const char*, std::string>> calls) {
  v1::Observation answer;
  answer.set_outcome(v1::OUTCOME_TOOL_CALLS);
  for (const auto& [name, arguments] : calls) {
    v1::ToolCall& call = *answer.add_tool_calls();
    call.set_id("call_" + std::to_string(answer.tool_calls_size()));
    call.set_name(name);
    call.set_arguments_json(arguments);
  }
  return answer;
}

inline v1::ModelRequest Asked(const std::string& text) {
  v1::ModelRequest request;
  v1::Message& user = *request.add_messages();
  user.set_role(v1::MESSAGE_ROLE_USER);
  user.add_parts()->set_text(text);
  return request;
}

inline void Offer(v1::ModelRequest& request, const std::string& name,
                  const std::string& parameters) {
  v1::Tool& tool = *request.add_tools();
  tool.set_name(name);
  tool.set_parameters_json(parameters);
}

// The last turn called a tool, and this came back.
inline void Returned(v1::ModelRequest& request, const std::string& name,
                     const std::string& arguments, const std::string& result,
                     bool error = false) {
  const std::string id = "earlier_" + std::to_string(request.messages_size());
  v1::Message& turn = *request.add_messages();
  turn.set_role(v1::MESSAGE_ROLE_ASSISTANT);
  v1::ToolCall& call = *turn.add_tool_calls();
  call.set_id(id);
  call.set_name(name);
  call.set_arguments_json(arguments);
  v1::Message& tool = *request.add_messages();
  tool.set_role(v1::MESSAGE_ROLE_TOOL);
  tool.set_tool_call_id(id);
  tool.set_tool_error(error);
  tool.add_parts()->set_text(result);
}

// Scores with the effective contract of `request` and `rules`; `control` may be null.
inline ScoreResult Score(const v1::ModelRequest& request, const v1::Contract& rules,
                         const v1::Observation* control, const v1::Observation& candidate) {
  const v1::Contract contract = EffectiveContract(request, rules);
  return ScoreAll({request, contract, control, candidate});
}

inline v1::ScoreVerdict VerdictOn(const ScoreResult& result, v1::Dimension dimension) {
  for (const v1::DimensionScore& score : result.scores) {
    if (score.dimension() == dimension) return score.verdict();
  }
  return v1::SCORE_VERDICT_UNSPECIFIED;
}

// Every finding of a dimension as "KIND@pointer", those of severity INFO only with `info`.
inline std::vector<std::string> FindingsOn(const ScoreResult& result, v1::Dimension dimension,
                                           bool info = false) {
  std::vector<std::string> findings;
  for (const v1::Finding& finding : result.findings) {
    if (finding.dimension() != dimension) continue;
    if ((finding.severity() == v1::SEVERITY_INFO) != info) continue;
    findings.push_back(v1::FindingKind_Name(finding.kind()).substr(13) + "@" + finding.pointer());
  }
  return findings;
}

}  // namespace warmpath::testing
