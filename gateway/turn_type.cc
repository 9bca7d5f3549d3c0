#include "gateway/turn_type.h"

#include <algorithm>

namespace warmpath {
namespace {

v1::TurnType TurnTypeOf(bool ends_with_tool_result, bool assistant_spoke, bool has_tools) {
  if (ends_with_tool_result) return v1::TURN_TYPE_TOOL_RESULT;
  if (assistant_spoke) return v1::TURN_TYPE_MULTI_TURN;
  return has_tools ? v1::TURN_TYPE_TOOL_CALL : v1::TURN_TYPE_TEXT;
}

}  // namespace

v1::TurnType TurnTypeOf(const BodyFields& fields) {
  return TurnTypeOf(fields.ends_with_tool_result, fields.assistant_spoke, fields.has_tools);
}

v1::TurnType TurnTypeOf(const v1::ModelRequest& request) {
  const auto& messages = request.messages();
  const bool assistant_spoke =
      std::any_of(messages.begin(), messages.end(), [](const v1::Message& message) {
        return message.role() == v1::MESSAGE_ROLE_ASSISTANT;
      });
  const bool ends_with_tool_result =
      !messages.empty() && messages.rbegin()->role() == v1::MESSAGE_ROLE_TOOL;
  return TurnTypeOf(ends_with_tool_result, assistant_spoke, !request.tools().empty());
}

}  // namespace warmpath
