#include "provider/anthropic/decode_message.h"

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
#include "provider/wire/images.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr std::string_view kTextMembers[] = {"type", "text"};
constexpr std::string_view kImageMembers[] = {"type", "source"};
constexpr std::string_view kCallMembers[] = {"type", "id", "name", "input"};
constexpr std::string_view kResultMembers[] = {"type", "tool_use_id", "content", "is_error"};
constexpr std::string_view kMessageMembers[] = {"role", "content"};

void AddOpaquePart(std::string_view type, std::string json, v1::Message* message) {
  v1::Opaque* block = message->add_parts()->mutable_opaque();
  block->set_dialect(std::string(DialectName(Dialect::kAnthropicMessages)));
  block->set_type(std::string(type));
  block->set_json(std::move(json));
}

// Keeps the members of `object` that are not in `known`.
void KeepUnknown(const json::object& object, std::span<const std::string_view> known,
                 std::string_view prefix, v1::Message* message) {
  for (const auto& member : object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (member.value().is_null() || std::find(known.begin(), known.end(), key) != known.end()) {
      continue;
    }
    AddOpaquePart(absl::StrCat(ToAbsl(prefix), ToAbsl(key)), ToJson(member.value()), message);
  }
}

absl::Status ReadImage(const json::object& block, std::string_view pointer, v1::Message* message) {
  const json::object* source = ObjectMember(block, "source");
  if (source == nullptr) return MustBe(PointerAppend(pointer, "source"), "an object");
  const std::string_view type = StringMember(*source, "type");
  if (type != "base64" && type != "url") {
    // A file at the vendor: nobody else has it.
    AddOpaquePart("image", ToJson(block), message);
    return absl::OkStatus();
  }
  v1::Image* image = message->add_parts()->mutable_image();
  image->set_url(std::string(StringMember(*source, "url")));
  image->set_media_type(std::string(StringMember(*source, "media_type")));
  image->set_data_base64(std::string(StringMember(*source, "data")));
  KeepUnknown(block, kImageMembers, "block.", message);
  return absl::OkStatus();
}

absl::Status ReadCall(const json::object& block, std::string_view pointer, v1::Message* message) {
  v1::ToolCall* call = message->add_tool_calls();
  RETURN_IF_ERROR(ReadString(block, "id", pointer, call->mutable_id()));
  RETURN_IF_ERROR(ReadString(block, "name", pointer, call->mutable_name()));
  const json::value* input = Member(block, "input");
  call->set_arguments_json(input == nullptr ? "{}" : ToJson(*input));
  json::object extra;
  for (const auto& member : block) {
    const std::string_view key(member.key().data(), member.key().size());
    const bool known =
        std::find(std::begin(kCallMembers), std::end(kCallMembers), key) != std::end(kCallMembers);
    if (!known && !member.value().is_null()) extra[member.key()] = member.value();
  }
  if (extra.empty()) return absl::OkStatus();
  extra["id"] = json::string(call->id());
  AddOpaquePart("tool_use.members", ToJson(extra), message);
  return absl::OkStatus();
}

// Adds a block that is neither a tool_result nor a tool_use.
absl::Status ReadPart(const json::value& value, std::string_view pointer, v1::Message* message) {
  if (!value.is_object()) return MustBe(pointer, "an object");
  const json::object& block = value.get_object();
  const std::string_view type = StringMember(block, "type");
  if (type.empty()) return MustBe(PointerAppend(pointer, "type"), "a string");
  if (type == "image") return ReadImage(block, pointer, message);
  if (type != "text") {
    AddOpaquePart(type, ToJson(value), message);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(ReadString(block, "text", pointer, message->add_parts()->mutable_text()));
  KeepUnknown(block, kTextMembers, "block.", message);
  return absl::OkStatus();
}

absl::Status ReadParts(const json::value& content, std::string_view pointer, v1::Message* message) {
  if (content.is_string()) {
    message->add_parts()->set_text(std::string(AsView(content.get_string())));
    return absl::OkStatus();
  }
  if (!content.is_array()) return MustBe(pointer, "a string or a list of blocks");
  size_t index = 0;
  for (const json::value& block : content.get_array()) {
    RETURN_IF_ERROR(ReadPart(block, PointerAppend(pointer, index++), message));
  }
  return absl::OkStatus();
}

absl::Status ReadResult(const json::object& block, std::string_view pointer,
                        v1::ModelRequest* request) {
  v1::Message* message = request->add_messages();
  message->set_role(v1::MESSAGE_ROLE_TOOL);
  RETURN_IF_ERROR(ReadString(block, "tool_use_id", pointer, message->mutable_tool_call_id()));
  std::optional<bool> is_error;
  RETURN_IF_ERROR(ReadBool(block, "is_error", pointer, &is_error));
  message->set_tool_error(is_error.value_or(false));
  if (const json::value* content = Member(block, "content")) {
    RETURN_IF_ERROR(ReadParts(*content, PointerAppend(pointer, "content"), message));
  }
  KeepUnknown(block, kResultMembers, "tool_result.", message);
  return absl::OkStatus();
}

absl::Status ReadAssistant(const json::array& blocks, std::string_view pointer,
                           v1::ModelRequest* request) {
  v1::Message* message = request->add_messages();
  message->set_role(v1::MESSAGE_ROLE_ASSISTANT);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const std::string place = PointerAppend(pointer, i);
    const json::object* block = blocks[i].if_object();
    if (block != nullptr && StringMember(*block, "type") == "tool_use") {
      RETURN_IF_ERROR(ReadCall(*block, place, message));
    } else {
      RETURN_IF_ERROR(ReadPart(blocks[i], place, message));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadUser(const json::array& blocks, std::string_view pointer,
                      v1::ModelRequest* request) {
  // The USER message that blocks go into; a tool_result ends it.
  int user = -1;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const std::string place = PointerAppend(pointer, i);
    const json::object* block = blocks[i].if_object();
    if (block != nullptr && StringMember(*block, "type") == "tool_result") {
      user = -1;
      RETURN_IF_ERROR(ReadResult(*block, place, request));
      continue;
    }
    if (user < 0) {
      user = request->messages_size();
      request->add_messages()->set_role(v1::MESSAGE_ROLE_USER);
    }
    RETURN_IF_ERROR(ReadPart(blocks[i], place, request->mutable_messages(user)));
  }
  return absl::OkStatus();
}

absl::Status ReadMessage(const json::value& value, std::string_view pointer,
                         v1::ModelRequest* request) {
  if (!value.is_object()) return MustBe(pointer, "an object");
  const json::object& object = value.get_object();
  const std::string_view role = StringMember(object, "role");
  if (role != "user" && role != "assistant" && role != "system") {
    return MustBe(PointerAppend(pointer, "role"), "one of user, assistant, system");
  }
  const json::value* content = Member(object, "content");
  const std::string place = PointerAppend(pointer, "content");
  if (content == nullptr) return MustBe(place, "a string or a list of blocks");
  const json::array* blocks = content->if_array();
  if (blocks != nullptr && role == "assistant") {
    RETURN_IF_ERROR(ReadAssistant(*blocks, place, request));
  } else if (blocks != nullptr && role == "user") {
    RETURN_IF_ERROR(ReadUser(*blocks, place, request));
  } else {
    v1::Message* message = request->add_messages();
    message->set_role(role == "user"        ? v1::MESSAGE_ROLE_USER
                      : role == "assistant" ? v1::MESSAGE_ROLE_ASSISTANT
                                            : v1::MESSAGE_ROLE_SYSTEM);
    RETURN_IF_ERROR(ReadParts(*content, place, message));
  }
  if (request->messages().empty()) return absl::OkStatus();
  KeepUnknown(object, kMessageMembers, "message.",
              request->mutable_messages(request->messages_size() - 1));
  return absl::OkStatus();
}

}  // namespace

absl::Status DecodeAnthropicMessages(const json::object& body, v1::ModelRequest* request) {
  if (const json::value* system = Member(body, "system")) {
    v1::Message* message = request->add_messages();
    message->set_role(v1::MESSAGE_ROLE_SYSTEM);
    RETURN_IF_ERROR(ReadParts(*system, "/system", message));
  }
  const json::array* messages = ArrayMember(body, "messages");
  if (messages == nullptr || messages->empty()) {
    return MustBe("/messages", "a list of at least one message");
  }
  size_t index = 0;
  for (const json::value& message : *messages) {
    RETURN_IF_ERROR(ReadMessage(message, PointerAppend("/messages", index++), request));
  }
  return absl::OkStatus();
}

}  // namespace warmpath
