#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/openai/tool_choice.h"
#include "provider/openai_responses/codec.h"
#include "provider/openai_responses/decode_items.h"
#include "provider/openai_responses/stateless.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

// Fields that have a canonical place; all others are kept as they are.
constexpr std::string_view kKnown[] = {
    "model",       "input",       "instructions", "tools", "tool_choice",
    "text",        "temperature", "top_p",        "stream", "max_output_tokens",
    "parallel_tool_calls"};

bool IsKnown(std::string_view key) {
  return std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown);
}

void KeepExtra(const json::object& body, std::string_view key, v1::ModelRequest* request) {
  (*request->mutable_extra_json())[std::string(key)] = JsonMember(body, key);
}

absl::Status ReadLimits(const json::object& body, v1::ModelRequest* request) {
  std::optional<int64_t> limit;
  std::optional<double> temperature, top_p;
  std::optional<bool> parallel, stream;
  RETURN_IF_ERROR(ReadInt(body, "max_output_tokens", "", &limit));
  RETURN_IF_ERROR(ReadDouble(body, "temperature", "", &temperature));
  RETURN_IF_ERROR(ReadDouble(body, "top_p", "", &top_p));
  RETURN_IF_ERROR(ReadBool(body, "parallel_tool_calls", "", &parallel));
  RETURN_IF_ERROR(ReadBool(body, "stream", "", &stream));
  if (limit) request->set_max_output_tokens(*limit);
  if (temperature) request->set_temperature(*temperature);
  if (top_p) request->set_top_p(*top_p);
  if (parallel) request->set_parallel_tool_calls(*parallel);
  request->set_stream(stream.value_or(false));
  return absl::OkStatus();
}

// The members of a declaration that have no canonical place, as an object; "" if there are none.
std::string OtherMembers(const json::object& tool) {
  static constexpr std::string_view kOwn[] = {"type", "name", "description", "parameters", "strict"};
  json::object others;
  for (const auto& member : tool) {
    const std::string_view key(member.key().data(), member.key().size());
    const bool own = std::find(std::begin(kOwn), std::end(kOwn), key) != std::end(kOwn);
    if (!own && !member.value().is_null()) others.insert(member);
  }
  return others.empty() ? "" : ToJson(others);
}

absl::Status ReadTool(const json::object& entry, std::string_view pointer, v1::Tool* tool) {
  RETURN_IF_ERROR(ReadString(entry, "name", pointer, tool->mutable_name()));
  if (tool->name().empty()) return MustBe(PointerAppend(pointer, "name"), "a name");
  if (StringMember(entry, "type") == "custom") {
    tool->set_provider_type("custom");
    tool->set_native_json(ToJson(entry));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(ReadString(entry, "description", pointer, tool->mutable_description()));
  std::optional<bool> strict;
  RETURN_IF_ERROR(ReadBool(entry, "strict", pointer, &strict));
  // Unlike in Chat, decoding is constrained unless the caller says otherwise.
  tool->set_strict(strict.value_or(true));
  tool->set_native_json(OtherMembers(entry));
  const json::value* parameters = Member(entry, "parameters");
  if (parameters == nullptr) return absl::OkStatus();
  if (!parameters->is_object()) return MustBe(PointerAppend(pointer, "parameters"), "an object");
  tool->set_parameters_json(ToJson(*parameters));
  return absl::OkStatus();
}

absl::Status ReadTools(const json::object& body, v1::ModelRequest* request) {
  const json::value* tools = Member(body, "tools");
  if (tools == nullptr) return absl::OkStatus();
  if (!tools->is_array()) return MustBe("/tools", "a list");
  size_t index = 0;
  for (const json::value& value : tools->get_array()) {
    const std::string pointer = PointerAppend("/tools", index++);
    const json::object* entry = value.if_object();
    if (entry == nullptr) return MustBe(pointer, "an object");
    if (StringMember(*entry, "type").empty()) return MustBe(PointerAppend(pointer, "type"), "a string");
    if (ObjectMember(*entry, "function") != nullptr && !entry->contains("name")) {
      return MustBe(pointer, "a flat declaration: name and parameters beside type");
    }
    RETURN_IF_ERROR(ReadTool(*entry, pointer, request->add_tools()));
  }
  return absl::OkStatus();
}

absl::Status ReadToolChoice(const json::object& body, v1::ModelRequest* request) {
  const json::value* choice = Member(body, "tool_choice");
  if (choice == nullptr) return absl::OkStatus();
  if (choice->is_string()) {
    if (SetToolChoiceMode(AsView(choice->get_string()), request)) return absl::OkStatus();
    return MustBe("/tool_choice", "\"auto\", \"none\", \"required\" or an object");
  }
  if (!choice->is_object()) return MustBe("/tool_choice", "a string or an object");
  const json::object& object = choice->get_object();
  const std::string_view type = StringMember(object, "type");
  if (type == "allowed_tools") {
    KeepExtra(body, "tool_choice", request);
    return ApplyAllowedTools(object, "/tool_choice", request);
  }
  const std::string_view name = StringMember(object, "name");
  if (name.empty()) return MustBe("/tool_choice", "a choice that names a function");
  if (type != "function") {
    KeepExtra(body, "tool_choice", request);
    return absl::OkStatus();
  }
  request->mutable_tool_choice()->set_mode(v1::TOOL_CHOICE_MODE_NAMED);
  request->mutable_tool_choice()->set_name(std::string(name));
  return absl::OkStatus();
}

absl::Status ReadFormat(const json::object& format, v1::OutputFormat* out) {
  const std::string_view type = StringMember(format, "type");
  const std::string pointer = "/text/format";
  if (type == "text") {
    out->set_kind(v1::OUTPUT_KIND_TEXT);
  } else if (type == "json_object") {
    out->set_kind(v1::OUTPUT_KIND_JSON_OBJECT);
  } else if (type == "json_schema") {
    out->set_kind(v1::OUTPUT_KIND_JSON_SCHEMA);
    RETURN_IF_ERROR(ReadString(format, "name", pointer, out->mutable_name()));
    RETURN_IF_ERROR(ReadString(format, "description", pointer, out->mutable_description()));
    std::optional<bool> strict;
    RETURN_IF_ERROR(ReadBool(format, "strict", pointer, &strict));
    if (strict) out->set_strict(*strict);
    if (ObjectMember(format, "schema") == nullptr) {
      return MustBe(PointerAppend(pointer, "schema"), "an object");
    }
    out->set_schema_json(JsonMember(format, "schema"));
  } else {
    return MustBe(PointerAppend(pointer, "type"), "\"text\", \"json_object\" or \"json_schema\"");
  }
  return absl::OkStatus();
}

absl::Status ReadText(const json::object& body, v1::ModelRequest* request) {
  const json::value* value = Member(body, "text");
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_object()) return MustBe("/text", "an object");
  json::object rest = value->get_object();
  if (const json::value* format = Member(value->get_object(), "format")) {
    if (!format->is_object()) return MustBe("/text/format", "an object");
    RETURN_IF_ERROR(ReadFormat(format->get_object(), request->mutable_output_format()));
  }
  rest.erase("format");
  if (!rest.empty()) (*request->mutable_extra_json())["text"] = ToJson(rest);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ModelRequest> OpenAiResponsesCodec::DecodeRequest(std::string_view text) const {
  ASSIGN_OR_RETURN(const json::value value, ParseJson(text));
  if (!value.is_object()) return absl::InvalidArgumentError("the body must be a JSON object");
  const json::object& body = value.get_object();
  if (const auto field = FindStatefulField(body)) return absl::InvalidArgumentError(field->message);
  v1::ModelRequest request;
  request.set_dialect(std::string(DialectName(dialect())));
  RETURN_IF_ERROR(ReadString(body, "model", "", request.mutable_model()));
  RETURN_IF_ERROR(DecodeResponsesInput(body, &request));
  RETURN_IF_ERROR(ReadTools(body, &request));
  RETURN_IF_ERROR(ReadToolChoice(body, &request));
  RETURN_IF_ERROR(ReadText(body, &request));
  RETURN_IF_ERROR(ReadLimits(body, &request));
  for (const auto& member : body) {
    const std::string_view key(member.key().data(), member.key().size());
    if (!IsKnown(key) && !member.value().is_null()) KeepExtra(body, key, &request);
  }
  return request;
}

}  // namespace warmpath
