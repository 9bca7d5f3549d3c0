#include "scorer/call_in_words.h"

#include <array>

#include "absl/strings/ascii.h"
#include "base/json.h"
#include "scorer/contract.h"
#include "scorer/find_json.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr size_t kMaxBytes = 64 * 1024;

bool HasTemplateTag(std::string_view words) {
  static constexpr std::array<std::string_view, 7> kTags = {
      "<tool_call>", "<function_call>", "<functioncall>", "[TOOL_CALLS]",
      "<function=",  "<|python_tag|>",  "<|tool_call"};
  for (const std::string_view tag : kTags) {
    if (words.find(tag) != std::string_view::npos) return true;
  }
  return false;
}

bool IsNameByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
}

// "get_weather(city='Paris')", also within brackets or quotes.
bool OpensWithCall(const v1::ModelRequest& request, std::string_view words) {
  const size_t start = words.find_first_not_of(" \t\r\n[(`'\"");
  if (start == std::string_view::npos) return false;
  size_t end = start;
  while (end < words.size() && IsNameByte(words[end])) ++end;
  if (end == start || end >= words.size() || words[end] != '(') return false;
  return FindOfferedTool(request, words.substr(start, end - start)) != nullptr;
}

bool IsCallAsJson(const v1::ModelRequest& request, std::string_view words) {
  if (words.find("\"name\"") == std::string_view::npos) return false;
  const FoundJson found = FindJson(words);
  if (found.document == nullptr) return false;
  const json::value* call = &found.value();
  if (call->is_array() && !call->get_array().empty()) call = &call->get_array()[0];
  const json::string* name = FindString(*call, "/name");
  if (name == nullptr) return false;
  const bool has_arguments = Find(*call, "/arguments") != nullptr ||
                             Find(*call, "/parameters") != nullptr;
  return has_arguments &&
         FindOfferedTool(request, std::string_view(name->data(), name->size())) != nullptr;
}

}  // namespace

bool CallInWords(const v1::ModelRequest& request, std::string_view words) {
  if (request.tools().empty() || words.empty()) return false;
  words = words.substr(0, kMaxBytes);
  return HasTemplateTag(words) || OpensWithCall(request, words) || IsCallAsJson(request, words);
}

}  // namespace warmpath
