#include "provider/sim/answer_book.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "boost/json.hpp"

namespace warmpath {
namespace {

std::string Key(std::string_view model, std::string_view prompt, int64_t turn) {
  return absl::StrCat(ToAbsl(model), "\n", turn, "\n", ToAbsl(prompt));
}

std::string_view Text(const boost::json::object& line, std::string_view name) {
  const boost::json::value* value = line.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

absl::StatusOr<v1::Observation> ReadAnswer(const boost::json::object& line) {
  v1::Observation answer;
  answer.set_text(std::string(Text(line, "text")));
  answer.set_refusal(std::string(Text(line, "refusal")));
  answer.set_outcome(answer.refusal().empty() ? v1::OUTCOME_END : v1::OUTCOME_REFUSED);
  if (!answer.refusal().empty()) answer.set_refusal_origin(v1::REFUSAL_ORIGIN_MODEL);
  const boost::json::value* calls = line.if_contains("tool_calls");
  if (calls == nullptr) return answer;
  if (!calls->is_array()) return absl::InvalidArgumentError("\"tool_calls\" is not an array");
  for (const boost::json::value& item : calls->get_array()) {
    if (!item.is_object() || Text(item.get_object(), "name").empty()) {
      return absl::InvalidArgumentError("a tool call has no \"name\"");
    }
    v1::ToolCall& call = *answer.add_tool_calls();
    call.set_name(std::string(Text(item.get_object(), "name")));
    const boost::json::value* arguments = item.get_object().if_contains("arguments");
    if (arguments == nullptr) {
      call.set_arguments_json("{}");
    } else if (arguments->is_string()) {
      call.set_arguments_json(std::string(Text(item.get_object(), "arguments")));
    } else {
      call.set_arguments_json(ToJson(*arguments));
    }
    call.set_id(absl::StrCat("call_", HashHex(StableHash64(call.name() + call.arguments_json(),
                                                           answer.tool_calls_size()))));
    answer.set_outcome(v1::OUTCOME_TOOL_CALLS);
  }
  return answer;
}

std::string TextOf(const v1::Message& message) {
  std::string text;
  for (const v1::Part& part : message.parts()) absl::StrAppend(&text, part.text());
  return text;
}

}  // namespace

absl::Status AnswerBook::Load(std::istream& in) {
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) {
    if (text.empty()) continue;
    const auto fail = [&](const absl::Status& status) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", status.message()));
    };
    const auto value = ParseJson(text);
    if (!value.ok()) return fail(value.status());
    if (!value->is_object()) return fail(absl::InvalidArgumentError("not a JSON object"));
    const boost::json::object& line = value->get_object();
    auto answer = ReadAnswer(line);
    if (!answer.ok()) return fail(answer.status());
    const boost::json::value* turn = line.if_contains("turn");
    answers_[Key(Text(line, "model"), Text(line, "prompt"),
                 turn != nullptr && turn->is_int64() ? turn->get_int64() : 0)] = *std::move(answer);
  }
  return absl::OkStatus();
}

const v1::Observation* AnswerBook::Find(std::string_view model,
                                        const v1::ModelRequest& request) const {
  std::string prompt;
  int64_t turn = 0;
  for (auto it = request.messages().rbegin(); it != request.messages().rend(); ++it) {
    if (it->role() == v1::MESSAGE_ROLE_USER) {
      prompt = TextOf(*it);
      break;
    }
    turn += it->role() == v1::MESSAGE_ROLE_TOOL;
  }
  for (const std::string_view owner : {model, std::string_view()}) {
    if (auto it = answers_.find(Key(owner, prompt, turn)); it != answers_.end()) return &it->second;
  }
  return nullptr;
}

}  // namespace warmpath
