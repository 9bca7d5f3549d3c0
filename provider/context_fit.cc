#include "provider/context_fit.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "provider/codec.h"

namespace warmpath {
namespace {

int64_t BytesOf(const v1::Message& message) {
  int64_t bytes = static_cast<int64_t>(message.refusal().size());
  for (const v1::Part& part : message.parts()) bytes += static_cast<int64_t>(part.text().size());
  for (const v1::ToolCall& call : message.tool_calls()) {
    bytes += static_cast<int64_t>(call.name().size() + call.arguments_json().size());
  }
  return bytes;
}

}  // namespace

int64_t LeastTokens(const v1::ModelRequest& request) {
  int64_t bytes = static_cast<int64_t>(request.output_format().schema_json().size());
  for (const v1::Message& message : request.messages()) bytes += BytesOf(message);
  for (const v1::Tool& tool : request.tools()) {
    bytes += static_cast<int64_t>(tool.name().size() + tool.description().size() +
                                  tool.parameters_json().size());
  }
  return bytes / kMostBytesPerToken;
}

std::optional<std::string> WhyTooLong(const ModelCall& call, const PathTarget& target) {
  const v1::ModelCapabilities& can = target.capabilities;
  if (!can.has_context_window_tokens() || call.body == nullptr) return std::nullopt;
  const int64_t window = can.context_window_tokens();
  // The body is longer than its texts, so this lets through only what fits beside an answer of the
  // model's longest, or of half the window.
  const int64_t body_tokens = static_cast<int64_t>(call.body->size()) / kMostBytesPerToken;
  const int64_t reserve = can.has_max_output_tokens() ? can.max_output_tokens() : window / 2;
  if (body_tokens + reserve <= window) return std::nullopt;
  const auto request = CodecFor(call.dialect).DecodeRequest(*call.body);
  if (!request.ok()) return std::nullopt;  // translation or the vendor says what is wrong with it
  int64_t answer = request->max_output_tokens();
  if (can.has_max_output_tokens()) answer = std::min(answer, can.max_output_tokens());
  const int64_t tokens = LeastTokens(*request);
  if (tokens + answer <= window) return std::nullopt;
  return absl::StrCat("the request has at least ", tokens, " tokens",
                      answer > 0 ? absl::StrCat(", and up to ", answer, " for the answer") : "",
                      "; the window of ", target.model, " holds ", window);
}

}  // namespace warmpath
