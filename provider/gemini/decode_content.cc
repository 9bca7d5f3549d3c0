#include "provider/gemini/decode_content.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status_macros.h"
#include "provider/dialect.h"
#include "provider/wire/json_fields.h"
#include "provider/wire/json_writer.h"

namespace warmpath {
namespace {

namespace json = boost::json;

void AddOpaquePart(std::string_view type, std::string json, v1::Message* message) {
  v1::Opaque* block = message->add_parts()->mutable_opaque();
  block->set_dialect(std::string(DialectName(Dialect::kGemini)));
  block->set_type(std::string(type));
  block->set_json(std::move(json));
}

bool IsThought(const json::object& part) {
  const json::value* thought = Member(part, "thought");
  return thought != nullptr && thought->is_bool() && thought->get_bool();
}

std::string_view FirstKey(const json::object& part) {
  return part.empty() ? std::string_view()
                      : std::string_view(part.begin()->key().data(), part.begin()->key().size());
}

void ReadCall(const json::object& part, const json::object& call, v1::Message* message) {
  const std::string_view signature = StringMember(part, "thoughtSignature");
  if (!signature.empty()) {
    JsonWriter w;
    w.BeginObject().Key("index").Int(message->tool_calls_size());
    w.Key("thoughtSignature").String(signature).EndObject();
    AddOpaquePart("functionCall.members", w.Take(), message);
  }
  v1::ToolCall* out = message->add_tool_calls();
  out->set_id(std::string(StringMember(call, "id")));
  out->set_name(std::string(StringMember(call, "name")));
  const std::string args = JsonMember(call, "args");
  out->set_arguments_json(args.empty() ? "{}" : args);
}

// An image by value or by reference; false: neither.
bool ReadImage(const json::object& part, v1::Message* message) {
  const json::object* inline_data = ObjectMember(part, "inlineData");
  const json::object* file = ObjectMember(part, "fileData");
  const json::object* data = inline_data != nullptr ? inline_data : file;
  if (data == nullptr || part.size() > 1) return false;
  const std::string_view type = StringMember(*data, "mimeType");
  const std::string_view uri = StringMember(*data, "fileUri");
  if (!type.starts_with("image/")) return false;
  // A file at the vendor: nobody else has it.
  if (file != nullptr && (!uri.starts_with("https://") ||
                          uri.find("generativelanguage.googleapis.com") != std::string_view::npos)) {
    return false;
  }
  v1::Image* image = message->add_parts()->mutable_image();
  image->set_media_type(std::string(type));
  image->set_url(std::string(uri));
  image->set_data_base64(std::string(StringMember(*data, "data")));
  return true;
}

// Adds a part that is no functionResponse.
absl::Status ReadPart(const json::value& value, std::string_view pointer, v1::Message* message) {
  const json::object* part = value.if_object();
  if (part == nullptr) return MustBe(pointer, "an object");
  if (IsThought(*part)) {
    AddOpaquePart("thinking", ToJson(value), message);
  } else if (const json::object* call = ObjectMember(*part, "functionCall")) {
    ReadCall(*part, *call, message);
  } else if (const json::value* text = Member(*part, "text")) {
    if (!text->is_string()) return MustBe(PointerAppend(pointer, "text"), "a string");
    message->add_parts()->set_text(std::string(AsView(text->get_string())));
    const std::string signature = JsonMember(*part, "thoughtSignature");
    if (!signature.empty()) AddOpaquePart("thinking.signature", signature, message);
  } else if (!ReadImage(*part, message)) {
    AddOpaquePart(FirstKey(*part), ToJson(value), message);
  }
  return absl::OkStatus();
}

void ReadResponse(const json::object& response, v1::ModelRequest* request) {
  v1::Message* message = request->add_messages();
  message->set_role(v1::MESSAGE_ROLE_TOOL);
  message->set_tool_call_id(std::string(StringMember(response, "id")));
  const json::object* content = ObjectMember(response, "response");
  if (content == nullptr) return;
  const json::value* output = Member(*content, "output");
  const json::value* error = Member(*content, "error");
  message->set_tool_error(error != nullptr);
  const json::value* told = error != nullptr ? error : output;
  if (told != nullptr && told->is_string() && content->size() == 1) {
    message->add_parts()->set_text(std::string(AsView(told->get_string())));
    return;
  }
  const std::string whole = ToJson(*content);
  message->add_parts()->set_text(told != nullptr && content->size() == 1 ? ToJson(*told) : whole);
  AddOpaquePart("functionResponse.response", whole, message);
}

absl::Status ReadUser(const json::array& parts, std::string_view pointer,
                      v1::ModelRequest* request) {
  // The USER message that parts go into; a functionResponse ends it.
  int user = -1;
  for (size_t i = 0; i < parts.size(); ++i) {
    const json::object* part = parts[i].if_object();
    const json::object* response =
        part == nullptr ? nullptr : ObjectMember(*part, "functionResponse");
    if (response != nullptr) {
      user = -1;
      ReadResponse(*response, request);
      continue;
    }
    if (user < 0) {
      user = request->messages_size();
      request->add_messages()->set_role(v1::MESSAGE_ROLE_USER);
    }
    RETURN_IF_ERROR(ReadPart(parts[i], PointerAppend(pointer, i), request->mutable_messages(user)));
  }
  return absl::OkStatus();
}

absl::Status ReadContent(const json::value& value, std::string_view pointer,
                         v1::ModelRequest* request) {
  if (!value.is_object()) return MustBe(pointer, "an object");
  const json::object& content = value.get_object();
  const std::string_view role = StringMember(content, "role");
  // "function" is the old name of the role that tells results.
  if (!role.empty() && role != "user" && role != "model" && role != "function") {
    return MustBe(PointerAppend(pointer, "role"), "user or model");
  }
  const json::array* parts = ArrayMember(content, "parts");
  const std::string place = PointerAppend(pointer, "parts");
  if (parts == nullptr) return MustBe(place, "a list of parts");
  if (role != "model") return ReadUser(*parts, place, request);
  v1::Message* message = request->add_messages();
  message->set_role(v1::MESSAGE_ROLE_ASSISTANT);
  for (size_t i = 0; i < parts->size(); ++i) {
    RETURN_IF_ERROR(ReadPart((*parts)[i], PointerAppend(place, i), message));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DecodeGeminiContents(const json::object& body, v1::ModelRequest* request) {
  if (const json::object* system = ObjectMember(body, "systemInstruction")) {
    const json::array* parts = ArrayMember(*system, "parts");
    if (parts == nullptr) return MustBe("/systemInstruction/parts", "a list of parts");
    v1::Message* message = request->add_messages();
    message->set_role(v1::MESSAGE_ROLE_SYSTEM);
    for (size_t i = 0; i < parts->size(); ++i) {
      RETURN_IF_ERROR(
          ReadPart((*parts)[i], PointerAppend("/systemInstruction/parts", i), message));
    }
  }
  const json::array* contents = ArrayMember(body, "contents");
  if (contents == nullptr || contents->empty()) {
    return MustBe("/contents", "a list of at least one content");
  }
  for (size_t i = 0; i < contents->size(); ++i) {
    RETURN_IF_ERROR(ReadContent((*contents)[i], PointerAppend("/contents", i), request));
  }
  return absl::OkStatus();
}

}  // namespace warmpath
