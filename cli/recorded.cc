#include "cli/recorded.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/json.h"
#include "cli/wire_text.h"
#include "provider/codec.h"

namespace warmpath {
namespace {

namespace json = boost::json;

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

bool HasMember(const json::object& object, json::string_view name) {
  return object.if_contains(name) != nullptr;
}

// Whether some message holds a content block of a type that only Anthropic knows.
bool HasAnthropicBlocks(const json::object& body) {
  const json::value* messages = body.if_contains("messages");
  if (messages == nullptr || !messages->is_array()) return false;
  for (const json::value& message : messages->get_array()) {
    const json::array* blocks = FindArray(message, "/content");
    if (blocks == nullptr) continue;
    for (const json::value& block : *blocks) {
      const json::string* type = FindString(block, "/type");
      if (type != nullptr && (*type == "tool_use" || *type == "tool_result" || *type == "thinking")) {
        return true;
      }
    }
  }
  return false;
}

// The status of a recorded answer, 200 if it does not say.
int StatusOf(const json::object& object, int otherwise) {
  const json::value* status = object.if_contains("status");
  if (status == nullptr || !status->is_number()) return otherwise;
  const double number = status->to_number<double>();
  return number >= 100 && number < 600 ? static_cast<int>(number) : otherwise;
}

}  // namespace

Dialect DialectOfRequest(const json::object& body) {
  if (HasMember(body, "input") || HasMember(body, "instructions")) return Dialect::kOpenAiResponses;
  if (HasMember(body, "system") || HasMember(body, "stop_sequences")) {
    return Dialect::kAnthropicMessages;
  }
  const json::value* tools = body.if_contains("tools");
  if (tools != nullptr && tools->is_array() && !tools->get_array().empty()) {
    return Find(tools->get_array()[0], "/input_schema") != nullptr ? Dialect::kAnthropicMessages
                                                                   : Dialect::kOpenAiChat;
  }
  return HasAnthropicBlocks(body) ? Dialect::kAnthropicMessages : Dialect::kOpenAiChat;
}

absl::StatusOr<v1::ModelRequest> DecodeRecordedRequest(const json::value& body) {
  if (!body.is_object()) return absl::InvalidArgumentError("\"request\": not an object");
  return CodecFor(DialectOfRequest(body.get_object())).DecodeRequest(ToJson(body));
}

absl::StatusOr<std::optional<v1::Observation>> DecodeRecordedAnswer(const json::value& value) {
  if (value.is_null()) return std::nullopt;
  if (!value.is_object()) return absl::InvalidArgumentError("neither null nor an object");
  const json::object& object = value.get_object();
  if (const json::value* raw = object.if_contains("raw")) {
    const json::value* name = object.if_contains("dialect");
    if (!raw->is_string() || name == nullptr || !name->is_string()) {
      return absl::InvalidArgumentError("\"raw\" and \"dialect\" must both be strings");
    }
    const auto dialect = DialectByName(View(name->get_string()));
    if (!dialect.ok()) return dialect.status();
    return DecodeWireText(*dialect, StatusOf(object, 200), View(raw->get_string()));
  }
  if (HasMember(object, "choices")) {
    return DecodeWireText(Dialect::kOpenAiChat, StatusOf(object, 200), ToJson(value));
  }
  const json::value* kind = object.if_contains("object");
  const bool says_response = kind != nullptr && kind->is_string() && kind->get_string() == "response";
  if (HasMember(object, "output") || says_response) {
    return DecodeWireText(Dialect::kOpenAiResponses, StatusOf(object, 200), ToJson(value));
  }
  if (HasMember(object, "content") && HasMember(object, "type")) {
    return DecodeWireText(Dialect::kAnthropicMessages, StatusOf(object, 200), ToJson(value));
  }
  if (HasMember(object, "error")) {
    const Dialect dialect =
        HasMember(object, "type") ? Dialect::kAnthropicMessages : Dialect::kOpenAiChat;
    return DecodeWireText(dialect, StatusOf(object, 500), ToJson(value));
  }
  return absl::InvalidArgumentError(
      "no answer in a supported dialect: neither \"choices\", nor \"output\", nor \"type\": \"message\" with "
      "\"content\", nor \"raw\", nor \"error\"");
}

}  // namespace warmpath
