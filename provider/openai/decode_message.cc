#include "provider/openai/decode_message.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
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

constexpr std::string_view kKnown[] = {"role",         "content",       "tool_calls",
                                       "tool_call_id", "function_call", "refusal"};

void AddOpaquePart(std::string_view type, std::string json, v1::Message* message) {
  v1::Opaque* block = message->add_parts()->mutable_opaque();
  block->set_dialect(std::string(DialectName(Dialect::kOpenAiChat)));
  block->set_type(std::string(type));
  block->set_json(std::move(json));
}

absl::Status ReadRole(const json::object& object, std::string_view pointer, v1::Message* message) {
  const std::string_view role = StringMember(object, "role");
  if (role == "system" || role == "developer") {
    message->set_role(v1::MESSAGE_ROLE_SYSTEM);
  } else if (role == "user") {
    message->set_role(v1::MESSAGE_ROLE_USER);
  } else if (role == "assistant") {
    message->set_role(v1::MESSAGE_ROLE_ASSISTANT);
  } else if (role == "tool" || role == "function") {
    message->set_role(v1::MESSAGE_ROLE_TOOL);
  } else {
    return MustBe(PointerAppend(pointer, "role"),
                  "one of developer, system, user, assistant, tool, function");
  }
  return absl::OkStatus();
}

absl::Status ReadPart(const json::value& value, std::string_view pointer, v1::Message* message) {
  if (!value.is_object()) return MustBe(pointer, "an object");
  const json::object& part = value.get_object();
  const std::string_view type = StringMember(part, "type");
  if (type.empty()) return MustBe(PointerAppend(pointer, "type"), "a string");
  if (type == "text") {
    return ReadString(part, "text", pointer, message->add_parts()->mutable_text());
  }
  if (type == "refusal") return ReadString(part, "refusal", pointer, message->mutable_refusal());
  if (type != "image_url") {
    AddOpaquePart(type, ToJson(value), message);
    return absl::OkStatus();
  }
  const json::object* image = ObjectMember(part, "image_url");
  if (image == nullptr) return MustBe(PointerAppend(pointer, "image_url"), "an object");
  std::string url;
  RETURN_IF_ERROR(ReadString(*image, "url", PointerAppend(pointer, "image_url"), &url));
  v1::Image* out = message->add_parts()->mutable_image();
  SetImageUrl(url, out);
  out->set_detail(std::string(StringMember(*image, "detail")));
  return absl::OkStatus();
}

absl::Status ReadContent(const json::object& object, std::string_view pointer,
                         v1::Message* message) {
  const json::value* content = Member(object, "content");
  if (content == nullptr) return absl::OkStatus();
  const std::string place = PointerAppend(pointer, "content");
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

absl::Status ReadCall(const json::value& value, std::string_view pointer, v1::Message* message) {
  if (!value.is_object()) return MustBe(pointer, "an object");
  const json::object& object = value.get_object();
  const json::object* function = ObjectMember(object, "function");
  const json::object* custom = ObjectMember(object, "custom");
  if (function == nullptr && custom == nullptr) {
    return MustBe(PointerAppend(pointer, "function"), "an object");
  }
  v1::ToolCall* call = message->add_tool_calls();
  RETURN_IF_ERROR(ReadString(object, "id", pointer, call->mutable_id()));
  const json::object& body = function != nullptr ? *function : *custom;
  RETURN_IF_ERROR(ReadString(body, "name", PointerAppend(pointer, "function"),
                             call->mutable_name()));
  call->set_arguments_json(ArgumentsText(body, function != nullptr ? "arguments" : "input"));
  // A canonical call is a function's, so one of a custom tool is kept whole beside it.
  if (function == nullptr) AddOpaquePart("custom_tool_call", ToJson(value), message);
  return absl::OkStatus();
}

absl::Status ReadCalls(const json::object& object, std::string_view pointer, std::string legacy_id,
                       v1::Message* message) {
  if (const json::value* calls = Member(object, "tool_calls")) {
    const std::string place = PointerAppend(pointer, "tool_calls");
    if (!calls->is_array()) return MustBe(place, "a list");
    size_t index = 0;
    for (const json::value& call : calls->get_array()) {
      RETURN_IF_ERROR(ReadCall(call, PointerAppend(place, index++), message));
    }
  }
  const json::object* legacy = ObjectMember(object, "function_call");
  if (legacy == nullptr || StringMember(*legacy, "name").empty()) return absl::OkStatus();
  v1::ToolCall* call = message->add_tool_calls();
  call->set_id(std::move(legacy_id));
  call->set_name(std::string(StringMember(*legacy, "name")));
  call->set_arguments_json(ArgumentsText(*legacy, "arguments"));
  return absl::OkStatus();
}

void KeepUnknown(const json::object& object, v1::Message* message) {
  const bool legacy_result = StringMember(object, "role") == "function";
  for (const auto& member : object) {
    const std::string_view key(member.key().data(), member.key().size());
    const bool known = std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown);
    // The name of an old-style result only repeats the call's.
    if (known || member.value().is_null() || (legacy_result && key == "name")) continue;
    AddOpaquePart(absl::StrCat("message.", ToAbsl(key)), ToJson(member.value()), message);
  }
}

}  // namespace

absl::Status DecodeOpenAiMessages(const json::object& body, v1::ModelRequest* request) {
  const json::array* messages = ArrayMember(body, "messages");
  if (messages == nullptr || messages->empty()) {
    return MustBe("/messages", "a list of at least one message");
  }
  std::string last_legacy_id;
  for (size_t i = 0; i < messages->size(); ++i) {
    const std::string pointer = PointerAppend("/messages", i);
    const json::object* object = (*messages)[i].if_object();
    if (object == nullptr) return MustBe(pointer, "an object");
    v1::Message* message = request->add_messages();
    RETURN_IF_ERROR(ReadRole(*object, pointer, message));
    RETURN_IF_ERROR(ReadContent(*object, pointer, message));
    RETURN_IF_ERROR(ReadString(*object, "refusal", pointer, message->mutable_refusal()));
    RETURN_IF_ERROR(ReadString(*object, "tool_call_id", pointer, message->mutable_tool_call_id()));
    if (Member(*object, "function_call") != nullptr) last_legacy_id = absl::StrCat("call_", i);
    RETURN_IF_ERROR(ReadCalls(*object, pointer, absl::StrCat("call_", i), message));
    if (StringMember(*object, "role") == "function") message->set_tool_call_id(last_legacy_id);
    KeepUnknown(*object, message);
  }
  return absl::OkStatus();
}

}  // namespace warmpath
