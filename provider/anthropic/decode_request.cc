#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>

#include "base/json.h"
#include "base/status_macros.h"
#include "provider/anthropic/codec.h"
#include "provider/anthropic/decode_message.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

// Fields that have a canonical place; all others are kept as they are.
constexpr std::string_view kKnown[] = {"model",       "messages",   "system",         "tools",
                                       "tool_choice", "max_tokens", "output_config",  "temperature",
                                       "top_p",       "stream",     "stop_sequences"};
constexpr std::string_view kToolMembers[] = {"name", "description", "input_schema", "strict", "type"};

bool Contains(std::span<const std::string_view> list, std::string_view key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

std::string_view KeyOf(const json::key_value_pair& member) {
  return {member.key().data(), member.key().size()};
}

absl::Status ReadTool(const json::value& value, std::string_view pointer, v1::Tool* tool) {
  if (!value.is_object()) return MustBe(pointer, "an object");
  const json::object& object = value.get_object();
  RETURN_IF_ERROR(ReadString(object, "name", pointer, tool->mutable_name()));
  const std::string_view type = StringMember(object, "type");
  if (!type.empty() && type != "custom") {
    tool->set_provider_type(std::string(type));
    tool->set_native_json(ToJson(value));
    return absl::OkStatus();
  }
  if (tool->name().empty()) return MustBe(PointerAppend(pointer, "name"), "a name");
  RETURN_IF_ERROR(ReadString(object, "description", pointer, tool->mutable_description()));
  std::optional<bool> strict;
  RETURN_IF_ERROR(ReadBool(object, "strict", pointer, &strict));
  if (strict) tool->set_strict(*strict);
  const json::value* schema = Member(object, "input_schema");
  if (schema != nullptr && !schema->is_object()) {
    return MustBe(PointerAppend(pointer, "input_schema"), "an object");
  }
  tool->set_parameters_json(JsonMember(object, "input_schema"));
  json::object extra;
  for (const auto& member : object) {
    if (!Contains(kToolMembers, KeyOf(member)) && !member.value().is_null()) {
      extra[member.key()] = member.value();
    }
  }
  if (!extra.empty()) tool->set_native_json(ToJson(extra));
  return absl::OkStatus();
}

absl::Status ReadTools(const json::object& body, v1::ModelRequest* request) {
  const json::value* tools = Member(body, "tools");
  if (tools == nullptr) return absl::OkStatus();
  if (!tools->is_array()) return MustBe("/tools", "a list");
  size_t index = 0;
  for (const json::value& tool : tools->get_array()) {
    RETURN_IF_ERROR(ReadTool(tool, PointerAppend("/tools", index++), request->add_tools()));
  }
  return absl::OkStatus();
}

absl::Status ReadToolChoice(const json::object& body, v1::ModelRequest* request) {
  const json::value* value = Member(body, "tool_choice");
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_object()) return MustBe("/tool_choice", "an object");
  const json::object& object = value->get_object();
  const std::string_view type = StringMember(object, "type");
  v1::ToolChoice* choice = request->mutable_tool_choice();
  if (type == "auto") {
    choice->set_mode(v1::TOOL_CHOICE_MODE_AUTO);
  } else if (type == "none") {
    choice->set_mode(v1::TOOL_CHOICE_MODE_NONE);
  } else if (type == "any") {
    choice->set_mode(v1::TOOL_CHOICE_MODE_REQUIRED);
  } else if (type == "tool") {
    choice->set_mode(v1::TOOL_CHOICE_MODE_NAMED);
    RETURN_IF_ERROR(ReadString(object, "name", "/tool_choice", choice->mutable_name()));
  } else {
    return MustBe("/tool_choice/type", "one of auto, any, tool, none");
  }
  std::optional<bool> not_parallel;
  RETURN_IF_ERROR(ReadBool(object, "disable_parallel_tool_use", "/tool_choice", &not_parallel));
  if (not_parallel) request->set_parallel_tool_calls(!*not_parallel);
  return absl::OkStatus();
}

absl::Status ReadOutputConfig(const json::object& body, v1::ModelRequest* request) {
  const json::value* value = Member(body, "output_config");
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_object()) return MustBe("/output_config", "an object");
  json::object rest = value->get_object();
  const json::object* format = ObjectMember(value->get_object(), "format");
  if (format != nullptr && StringMember(*format, "type") == "json_schema") {
    v1::OutputFormat* out = request->mutable_output_format();
    out->set_kind(v1::OUTPUT_KIND_JSON_SCHEMA);
    out->set_schema_json(JsonMember(*format, "schema"));
    // Decoding is always constrained here.
    out->set_strict(true);
    rest.erase("format");
  }
  if (!rest.empty()) (*request->mutable_extra_json())["output_config"] = ToJson(rest);
  return absl::OkStatus();
}

absl::Status ReadLimits(const json::object& body, v1::ModelRequest* request) {
  std::optional<int64_t> limit;
  std::optional<double> temperature, top_p;
  std::optional<bool> stream;
  RETURN_IF_ERROR(ReadInt(body, "max_tokens", "", &limit));
  RETURN_IF_ERROR(ReadDouble(body, "temperature", "", &temperature));
  RETURN_IF_ERROR(ReadDouble(body, "top_p", "", &top_p));
  RETURN_IF_ERROR(ReadBool(body, "stream", "", &stream));
  if (limit) request->set_max_output_tokens(*limit);
  if (temperature) request->set_temperature(*temperature);
  if (top_p) request->set_top_p(*top_p);
  request->set_stream(stream.value_or(false));
  const json::value* stop = Member(body, "stop_sequences");
  if (stop == nullptr) return absl::OkStatus();
  if (!stop->is_array()) return MustBe("/stop_sequences", "a list of strings");
  for (const json::value& text : stop->get_array()) {
    if (!text.is_string()) return MustBe("/stop_sequences", "a list of strings");
    request->add_stop(std::string(AsView(text.get_string())));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ModelRequest> AnthropicCodec::DecodeRequest(std::string_view text) const {
  ASSIGN_OR_RETURN(const json::value value, ParseJson(text));
  if (!value.is_object()) return MustBe("the request", "a JSON object");
  const json::object& body = value.get_object();
  v1::ModelRequest request;
  request.set_dialect(std::string(DialectName(dialect())));
  RETURN_IF_ERROR(ReadString(body, "model", "", request.mutable_model()));
  RETURN_IF_ERROR(DecodeAnthropicMessages(body, &request));
  RETURN_IF_ERROR(ReadTools(body, &request));
  RETURN_IF_ERROR(ReadToolChoice(body, &request));
  RETURN_IF_ERROR(ReadOutputConfig(body, &request));
  RETURN_IF_ERROR(ReadLimits(body, &request));
  for (const auto& member : body) {
    if (Contains(kKnown, KeyOf(member)) || member.value().is_null()) continue;
    (*request.mutable_extra_json())[std::string(KeyOf(member))] = ToJson(member.value());
  }
  return request;
}

}  // namespace warmpath
