#include "scorer/call_arguments.h"

#include <algorithm>
#include <utility>


namespace warmpath {
namespace {

constexpr size_t kMaxArgumentBytes = 8 << 20;

}  // namespace

const boost::json::value& ParsedCall::value() const {
  static const boost::json::value& none = *new boost::json::value(boost::json::object());
  return parsed != nullptr ? parsed->value() : none;
}

std::vector<ParsedCall> ParseCalls(const v1::Observation& observation) {
  std::vector<ParsedCall> calls(std::min(observation.tool_calls_size(), kMaxCalls));
  for (size_t i = 0; i < calls.size(); ++i) {
    const v1::ToolCall& call = observation.tool_calls(i);
    calls[i].call = &call;
    const std::string& text = call.arguments_json();
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) continue;
    if (text.size() > kMaxArgumentBytes) {
      calls[i].problem = "the arguments are too long to be read";
      continue;
    }
    auto parsed = JsonDocument::Parse(text);
    if (!parsed.ok()) {
      calls[i].problem = std::string(parsed.status().message());
    } else if (!(*parsed)->value().is_object()) {
      calls[i].problem = "the arguments are JSON but not an object";
    } else {
      calls[i].parsed = *std::move(parsed);
    }
  }
  return calls;
}

}  // namespace warmpath
