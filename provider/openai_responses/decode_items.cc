#include "provider/openai_responses/decode_items.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/dialect.h"
#include "provider/openai/answer_builder.h"
#include "provider/wire/images.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr std::string_view kMessageMembers[] = {"type", "role", "content", "id", "status"};
constexpr std::string_view kCallMembers[] = {"type", "id",        "status",
                                             "name", "arguments", "call_id"};

bool IsOneOf(std::string_view key, std::span<const std::string_view> known) {
  return std::find(known.begin(), known.end(), key) != known.end();
}

std::string_view KeyOf(const json::key_value_pair& member) {
  return {member.key().data(), member.key().size()};
}

void AddOpaque(std::string_view type, std::string json, v1::Message* message) {
  v1::Opaque* block = message->add_parts()->mutable_opaque();
  block->set_dialect(std::string(DialectName(Dialect::kOpenAiResponses)));
  block->set_type(std::string(type));
  block->set_json(std::move(json));
}

absl::Status ReadPart(const json::value& value, std::string_view pointer, v1::Message* message) {
  if (!value.is_object()) return MustBe(pointer, "an object");
  const json::object& part = value.get_object();
  const std::string_view type = StringMember(part, "type");
  if (type.empty()) return MustBe(PointerAppend(pointer, "type"), "a string");
  if (type == "input_text" || type == "output_text" || type == "text") {
    return ReadString(part, "text", pointer, message->add_parts()->mutable_text());
  }
  if (type == "refusal") {
    std::string refusal;
    RETURN_IF_ERROR(ReadString(part, "refusal", pointer, &refusal));
    message->mutable_refusal()->append(refusal);
    return absl::OkStatus();
  }
  // An image that is a file at the vendor has no address.
  if (type != "input_image" || StringMember(part, "image_url").empty()) {
    AddOpaque(type, ToJson(value), message);
    return absl::OkStatus();
  }
  v1::Image* image = message->add_parts()->mutable_image();
  SetImageUrl(StringMember(part, "image_url"), image);
  image->set_detail(std::string(StringMember(part, "detail")));
  return absl::OkStatus();
}

absl::Status ReadContent(const json::object& item, std::string_view key, std::string_view pointer,
                         v1::Message* message) {
  const json::value* content = Member(item, key);
  if (content == nullptr) return absl::OkStatus();
  const std::string place = PointerAppend(pointer, key);
  if (content->is_string()) {
    message->add_parts()->set_text(std::string(AsView(content->get_string())));
    return absl::OkStatus();
  }
  if (!content->is_array()) return MustBe(place, "a string or a list of parts");
  size_t index = 0;
  for (const json::value& part : content->get_array()) {
    RETURN_IF_ERROR(ReadPart(part, PointerAppend(place, index++), message));
  }
  return absl::OkStatus();
}

// Reads items one by one; the model's add up to one message.
class ItemReader {
 public:
  explicit ItemReader(v1::ModelRequest* request) : request_(*request) {}

  absl::Status Read(const json::value& value, std::string_view pointer) {
    const json::object* item = value.if_object();
    if (item == nullptr) return MustBe(pointer, "an object");
    const std::string_view type = StringMember(*item, "type");
    if (type == "message" || (type.empty() && item->contains("role"))) {
      return ReadMessage(*item, pointer);
    }
    if (type == "function_call" || type == "custom_tool_call") return ReadCall(*item, pointer);
    if (type == "function_call_output" || type == "custom_tool_call_output") {
      return ReadResult(*item, pointer);
    }
    if (type.empty()) return MustBe(PointerAppend(pointer, "type"), "the type of an item");
    AddOpaque(type, ToJson(value), OpenAnswer());
    return absl::OkStatus();
  }

 private:
  v1::Message* Add(v1::MessageRole role) {
    v1::Message* message = request_.add_messages();
    message->set_role(role);
    return message;
  }

  // The message of the model that is being read.
  v1::Message* OpenAnswer() {
    const int last = request_.messages_size() - 1;
    if (last >= 0 && request_.messages(last).role() == v1::MESSAGE_ROLE_ASSISTANT) {
      return request_.mutable_messages(last);
    }
    return Add(v1::MESSAGE_ROLE_ASSISTANT);
  }

  absl::Status ReadMessage(const json::object& item, std::string_view pointer) {
    const std::string_view role = StringMember(item, "role");
    v1::Message* message = nullptr;
    if (role == "assistant") {
      message = OpenAnswer();
    } else if (role == "user") {
      message = Add(v1::MESSAGE_ROLE_USER);
    } else if (role == "system" || role == "developer") {
      message = Add(v1::MESSAGE_ROLE_SYSTEM);
    } else {
      return MustBe(PointerAppend(pointer, "role"), "one of user, assistant, system, developer");
    }
    for (const auto& member : item) {
      if (IsOneOf(KeyOf(member), kMessageMembers) || member.value().is_null()) continue;
      AddOpaque(absl::StrCat("message.", ToAbsl(KeyOf(member))), ToJson(member.value()), message);
    }
    return ReadContent(item, "content", pointer, message);
  }

  absl::Status ReadCall(const json::object& item, std::string_view pointer) {
    v1::Message* message = OpenAnswer();
    v1::ToolCall* call = message->add_tool_calls();
    RETURN_IF_ERROR(ReadString(item, "call_id", pointer, call->mutable_id()));
    RETURN_IF_ERROR(ReadString(item, "name", pointer, call->mutable_name()));
    if (call->name().empty()) return MustBe(PointerAppend(pointer, "name"), "a tool's name");
    const bool custom = StringMember(item, "type") == "custom_tool_call";
    call->set_arguments_json(ArgumentsText(item, custom ? "input" : "arguments"));
    const bool plain = !custom && std::all_of(item.begin(), item.end(), [](const auto& member) {
      return IsOneOf(KeyOf(member), kCallMembers) || member.value().is_null();
    });
    if (!plain) AddOpaque(custom ? "custom_tool_call" : "function_call.item", ToJson(item), message);
    return absl::OkStatus();
  }

  absl::Status ReadResult(const json::object& item, std::string_view pointer) {
    v1::Message* message = Add(v1::MESSAGE_ROLE_TOOL);
    RETURN_IF_ERROR(ReadString(item, "call_id", pointer, message->mutable_tool_call_id()));
    if (message->tool_call_id().empty()) {
      return MustBe(PointerAppend(pointer, "call_id"), "the call_id of the call that it answers");
    }
    return ReadContent(item, "output", pointer, message);
  }

  v1::ModelRequest& request_;
};

}  // namespace

absl::Status DecodeResponsesInput(const json::object& body, v1::ModelRequest* request) {
  std::string instructions;
  RETURN_IF_ERROR(ReadString(body, "instructions", "", &instructions));
  if (!instructions.empty()) {
    v1::Message* message = request->add_messages();
    message->set_role(v1::MESSAGE_ROLE_SYSTEM);
    message->add_parts()->set_text(std::move(instructions));
  }
  const json::value* input = Member(body, "input");
  if (input != nullptr && input->is_string()) {
    v1::Message* message = request->add_messages();
    message->set_role(v1::MESSAGE_ROLE_USER);
    message->add_parts()->set_text(std::string(AsView(input->get_string())));
    return absl::OkStatus();
  }
  if (input == nullptr || !input->is_array() || input->get_array().empty()) {
    return MustBe("/input", "a string or a list of at least one item");
  }
  ItemReader reader(request);
  size_t index = 0;
  for (const json::value& item : input->get_array()) {
    RETURN_IF_ERROR(reader.Read(item, PointerAppend("/input", index++)));
  }
  return absl::OkStatus();
}

}  // namespace warmpath
