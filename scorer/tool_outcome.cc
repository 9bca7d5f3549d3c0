#include "scorer/tool_outcome.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "base/json.h"
#include "re2/re2.h"
#include "scorer/find_json.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr size_t kMaxWords = 4096;
constexpr size_t kMaxJson = 64 * 1024;
constexpr size_t kMaxResults = 256;

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

// Null, false, 0, "" and {} under "error" mean that there was none.
bool Says(const json::value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_bool()) return value->get_bool();
  if (value->is_string()) return !value->get_string().empty() && value->get_string() != "none";
  if (value->is_array()) return !value->get_array().empty();
  if (value->is_object()) return !value->get_object().empty();
  return value->to_number<double>() != 0;
}

bool FailureStatus(const json::value* value) {
  if (value == nullptr) return false;
  if (value->is_number()) return value->to_number<double>() >= 400 && value->to_number<double>() < 600;
  if (!value->is_string()) return false;
  static constexpr std::string_view kWords[] = {"error",  "failed", "failure",
                                                "fail",   "denied", "exception"};
  std::string text(View(value->get_string()));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

std::string_view ErrorInObject(const json::object& object) {
  for (const char* name : {"isError", "is_error"}) {
    const json::value* flag = object.if_contains(name);
    if (flag != nullptr && flag->is_bool()) return flag->get_bool() ? "json:is_error" : "";
  }
  for (const char* name : {"error", "errors", "exception", "error_message", "errorMessage"}) {
    if (Says(object.if_contains(name))) return "json:error";
  }
  for (const char* name : {"success", "ok"}) {
    const json::value* flag = object.if_contains(name);
    if (flag != nullptr && flag->is_bool() && !flag->get_bool()) return "json:success";
  }
  for (const char* name : {"status", "statusCode", "status_code", "code", "http_status"}) {
    if (FailureStatus(object.if_contains(name))) return "json:status";
  }
  // MCP: {"content": [{"type": "text", "text": "Error: ..."}]}.
  const json::value* content = object.if_contains("content");
  if (content == nullptr || !content->is_array() || content->get_array().size() != 1) return "";
  const json::string* text = FindString(content->get_array()[0], "/text");
  if (text == nullptr || LooksLikeJson(View(*text))) return "";
  return ErrorInWords(View(*text));
}

std::string_view ErrorInPlainWords(std::string_view words) {
  struct Form {
    std::string_view name;
    re2::RE2 pattern;
  };
  // Anchored at the start: a page that mentions an error later on is not one.
  static const auto& forms = *new std::array<Form, 6>{{
      {"words:traceback", re2::RE2(R"(^\s*Traceback \(most recent call last\))")},
      {"words:error", re2::RE2(R"((?i)^[\s\[<({"'*#❌⚠️]*(?:(?:\w+[ .]){0,3}?\w*(?:error|exception)\b|)"
                               R"((?:an|the) (?:\w+ ){0,2}(?:error|exception) (?:has )?occurred))"
                               R"([^:.\n]{0,80}(?::|\bfor\b|\boccurred\b|\]|\}|$|\n|>))")},
      {"words:error", re2::RE2(R"((?i)^\s*(?:error|fatal|panic|exception)\b\s*(?:[:\-(\[!]|(?:while|)"
                               R"(during|when|in|calling|getting|fetching|running|retrieving|)"
                               R"(executing|handling|processing)[^:\n]{0,120}:))")},
      {"words:failed", re2::RE2(R"((?i)^\s*(?:failed to|failure|failed with|failed:|request failed|)"
                                R"(could not (?:connect|complete|reach|fetch|load)|unable to (?:connect|)"
                                R"(complete|reach|fetch|load|process|find|retrieve)|tool (?:call|)"
                                R"(execution) failed|timed? ?out|connection (?:refused|reset|timed))"
                                R"(|permission denied|access denied|unauthorized|forbidden))")},
      {"words:http", re2::RE2(R"((?i)^\s*(?:http(?:/[\d.]+)?|status(?: code)?|code)[\s:=]*[45]\d\d\b)")},
      {"words:http", re2::RE2(R"((?i)^\s*[45]\d\d (?:bad request|unauthorized|forbidden|not found|)"
                              R"(conflict|gone|too many requests|internal server error|bad gateway|)"
                              R"(service unavailable|gateway time-?out|client error|server error))")},
  }};
  const re2::StringPiece piece(words.data(), words.size());
  for (const Form& form : forms) {
    if (re2::RE2::PartialMatch(piece, form.pattern)) return form.name;
  }
  return "";
}

std::string Words(const v1::Message& message) {
  std::string words;
  for (const v1::Part& part : message.parts()) words += part.text();
  return words;
}

}  // namespace

std::string_view ErrorInWords(std::string_view words) {
  if (LooksLikeJson(words) && words.size() <= kMaxJson) {
    const FoundJson found = FindJson(words);
    if (found.place == JsonPlace::kWhole) {
      if (found.value().is_object()) return ErrorInObject(found.value().get_object());
      const bool one = found.value().is_array() && found.value().get_array().size() == 1;
      if (one && found.value().get_array()[0].is_object()) {
        return ErrorInObject(found.value().get_array()[0].get_object());
      }
      return "";
    }
  }
  return ErrorInPlainWords(words.substr(0, kMaxWords));
}

std::vector<ToolResult> LastToolResults(const v1::ModelRequest& request) {
  int first = request.messages_size();
  while (first > 0 && request.messages(first - 1).role() == v1::MESSAGE_ROLE_TOOL) --first;
  std::vector<ToolResult> results;
  if (first == request.messages_size()) return results;
  absl::flat_hash_map<std::string, const v1::ToolCall*> calls;
  if (first > 0) {
    for (const v1::ToolCall& call : request.messages(first - 1).tool_calls()) {
      calls.emplace(call.id(), &call);
    }
  }
  for (int i = first; i < request.messages_size() && results.size() < kMaxResults; ++i) {
    ToolResult& result = results.emplace_back();
    result.message = &request.messages(i);
    const auto call = calls.find(result.message->tool_call_id());
    if (call != calls.end()) result.call = call->second;
    result.evidence = result.message->tool_error() ? "flag" : ErrorInWords(Words(*result.message));
    result.error = !result.evidence.empty();
  }
  return results;
}

}  // namespace warmpath
