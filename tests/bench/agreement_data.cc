#include "tests/bench/agreement_data.h"

#include <algorithm>
#include <fstream>

#include "base/json.h"

namespace warmpath::bench {

namespace json = boost::json;

bool ForEachRow(const std::string& directory, const std::string& name,
                const std::function<void(const json::object&)>& row) {
  std::ifstream file(directory + "/" + name + ".jsonl");
  if (!file) return false;
  std::string line;
  while (std::getline(file, line)) {
    auto parsed = ParseJson(line, 1000);
    if (parsed.ok() && parsed->is_object()) row(parsed->get_object());
  }
  return true;
}

std::string Text(const json::object& row, std::string_view name) {
  const json::value* member = row.if_contains(json::string_view(name.data(), name.size()));
  if (member == nullptr || !member->is_string()) return "";
  return std::string(member->get_string().data(), member->get_string().size());
}

bool Flag(const json::object& row, std::string_view name, bool otherwise) {
  const json::value* member = row.if_contains(json::string_view(name.data(), name.size()));
  return member != nullptr && member->is_bool() ? member->get_bool() : otherwise;
}

v1::ModelRequest RequestWithTools(const json::object& prompt) {
  v1::ModelRequest request;
  v1::Message& user = *request.add_messages();
  user.set_role(v1::MESSAGE_ROLE_USER);
  user.add_parts()->set_text(Text(prompt, "question"));
  const json::value* tools = prompt.if_contains("tools");
  if (tools == nullptr || !tools->is_array()) return request;
  for (const json::value& entry : tools->get_array()) {
    if (!entry.is_object()) continue;
    v1::Tool& tool = *request.add_tools();
    tool.set_name(Text(entry.get_object(), "name"));
    tool.set_description(Text(entry.get_object(), "description"));
    const json::value* parameters = entry.get_object().if_contains("parameters");
    if (parameters != nullptr) tool.set_parameters_json(ToJson(*parameters));
  }
  return request;
}

v1::Observation TextAnswer(std::string_view text) {
  v1::Observation answer;
  answer.set_outcome(v1::OUTCOME_END);
  answer.set_text(std::string(text));
  return answer;
}

v1::Observation AnswerOf(const json::object& row) {
  v1::Observation answer = TextAnswer(Text(row, "text"));
  const json::value* calls = row.if_contains("calls");
  if (calls == nullptr || !calls->is_array()) return answer;
  // A call written with positional arguments only, such as "round(30)", is no call on any wire: it stays words.
  const auto positional = [](const json::value& call) {
    const json::value* arguments = Find(call, "/args");
    const bool none = arguments != nullptr && arguments->is_object() && arguments->get_object().empty();
    return none && Find(call, "/positional") != nullptr;
  };
  const json::array& list = calls->get_array();
  if (!list.empty() && std::all_of(list.begin(), list.end(), positional)) return answer;
  for (const json::value& entry : calls->get_array()) {
    if (!entry.is_object()) continue;
    v1::ToolCall& call = *answer.add_tool_calls();
    call.set_id("call_" + std::to_string(answer.tool_calls_size()));
    call.set_name(Text(entry.get_object(), "name"));
    const json::value* arguments = entry.get_object().if_contains("args");
    call.set_arguments_json(arguments == nullptr ? "{}" : ToJson(*arguments));
  }
  if (answer.tool_calls_size() > 0) answer.set_outcome(v1::OUTCOME_TOOL_CALLS);
  return answer;
}

}  // namespace warmpath::bench
