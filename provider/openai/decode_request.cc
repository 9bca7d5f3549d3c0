#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/openai/codec.h"
#include "provider/openai/decode_message.h"
#include "provider/openai/tool_choice.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

// Fields that have a canonical place; all others are kept as they are.
constexpr std::string_view kKnown[] = {
    "model", "messages", "tools", "tool_choice", "functions", "function_call", "response_format",
    "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "parallel_tool_calls",
    "stream"};

bool IsKnown(std::string_view key) {
  return std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown);
}

void KeepExtra(const json::object& body, std::string_view key, v1::ModelRequest* request) {
  (*request->mutable_extra_json())[std::string(key)] = JsonMember(body, key);
}

absl::Status ReadLimits(const json::object& body, v1::ModelRequest* request) {
  std::optional<int64_t> old_limit, limit;
  std::optional<double> temperature, top_p;
  std::optional<bool> parallel, stream;
  RETURN_IF_ERROR(ReadInt(body, "max_tokens", "", &old_limit));
  RETURN_IF_ERROR(ReadInt(body, "max_completion_tokens", "", &limit));
  RETURN_IF_ERROR(ReadDouble(body, "temperature", "", &temperature));
  RETURN_IF_ERROR(ReadDouble(body, "top_p", "", &top_p));
  RETURN_IF_ERROR(ReadBool(body, "parallel_tool_calls", "", &parallel));
  RETURN_IF_ERROR(ReadBool(body, "stream", "", &stream));
  // Many servers know only the old name, so it is remembered for paths of this dialect.
  if (old_limit) KeepExtra(body, "max_tokens", request);
  if (!limit) limit = old_limit;
  if (limit) request->set_max_output_tokens(*limit);
  if (temperature) request->set_temperature(*temperature);
  if (top_p) request->set_top_p(*top_p);
  if (parallel) request->set_parallel_tool_calls(*parallel);
  request->set_stream(stream.value_or(false));
  return absl::OkStatus();
}

absl::Status ReadStop(const json::object& body, v1::ModelRequest* request) {
  const json::value* stop = Member(body, "stop");
  if (stop == nullptr) return absl::OkStatus();
  if (stop->is_string()) {
    request->add_stop(std::string(AsView(stop->get_string())));
    return absl::OkStatus();
  }
  const json::array* list = stop->if_array();
  if (list == nullptr) return MustBe("/stop", "a string or a list of strings");
  for (const json::value& value : *list) {
    if (!value.is_string()) return MustBe("/stop", "a string or a list of strings");
    request->add_stop(std::string(AsView(value.get_string())));
  }
  return absl::OkStatus();
}

absl::Status ReadFunction(const json::object& function, std::string_view pointer, v1::Tool* tool) {
  RETURN_IF_ERROR(ReadString(function, "name", pointer, tool->mutable_name()));
  RETURN_IF_ERROR(ReadString(function, "description", pointer, tool->mutable_description()));
  if (tool->name().empty()) return MustBe(PointerAppend(pointer, "name"), "a name");
  std::optional<bool> strict;
  RETURN_IF_ERROR(ReadBool(function, "strict", pointer, &strict));
  if (strict) tool->set_strict(*strict);
  const json::value* parameters = Member(function, "parameters");
  if (parameters == nullptr) return absl::OkStatus();
  if (!parameters->is_object()) return MustBe(PointerAppend(pointer, "parameters"), "an object");
  tool->set_parameters_json(ToJson(*parameters));
  return absl::OkStatus();
}

absl::Status ReadTools(const json::object& body, v1::ModelRequest* request) {
  for (std::string_view field : {"tools", "functions"}) {
    const json::value* value = Member(body, field);
    if (value == nullptr) continue;
    const std::string root = PointerAppend("", field);
    if (!value->is_array()) return MustBe(root, "a list");
    for (const json::value& entry : value->get_array()) {
      const std::string pointer = PointerAppend(root, size_t(&entry - value->get_array().data()));
      if (!entry.is_object()) return MustBe(pointer, "an object");
      const json::object& tool = entry.get_object();
      v1::Tool* added = request->add_tools();
      if (field == "functions") {
        RETURN_IF_ERROR(ReadFunction(tool, pointer, added));
        continue;
      }
      const std::string_view type = StringMember(tool, "type");
      const json::object* function = ObjectMember(tool, "function");
      if (function != nullptr && (type == "function" || type.empty())) {
        RETURN_IF_ERROR(ReadFunction(*function, PointerAppend(pointer, "function"), added));
      } else if (type.empty() || type == "function") {
        return MustBe(pointer, "a tool with a \"type\" and a \"function\"");
      } else {
        // Whatever else it is, no other dialect has it: custom grammars, the vendor's own tools.
        added->set_provider_type(std::string(type));
        const json::object* inner = ObjectMember(tool, type);
        added->set_name(std::string(StringMember(inner == nullptr ? tool : *inner, "name")));
        added->set_native_json(ToJson(entry));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status ReadToolChoice(const json::object& body, v1::ModelRequest* request) {
  for (std::string_view field : {"function_call", "tool_choice"}) {
    const json::value* choice = Member(body, field);
    if (choice == nullptr) continue;
    const std::string pointer = PointerAppend("", field);
    if (choice->is_string()) {
      if (!SetToolChoiceMode(AsView(choice->get_string()), request)) {
        return MustBe(pointer, "\"auto\", \"none\", \"required\" or an object");
      }
      continue;
    }
    if (!choice->is_object()) return MustBe(pointer, "a string or an object");
    const json::object& object = choice->get_object();
    const std::string_view type = StringMember(object, "type");
    const json::object* function = ObjectMember(object, "function");
    const std::string_view name =
        field == "function_call" ? StringMember(object, "name")
        : function != nullptr    ? StringMember(*function, "name")
                                 : std::string_view();
    if (!name.empty()) {
      request->mutable_tool_choice()->set_mode(v1::TOOL_CHOICE_MODE_NAMED);
      request->mutable_tool_choice()->set_name(std::string(name));
    } else if (type == "allowed_tools") {
      KeepExtra(body, field, request);
      // Some write it flat, as in Responses.
      const json::object* allowed = ObjectMember(object, "allowed_tools");
      RETURN_IF_ERROR(ApplyAllowedTools(
          allowed == nullptr ? object : *allowed,
          allowed == nullptr ? pointer : PointerAppend(pointer, "allowed_tools"), request));
    } else if (type == "custom") {
      KeepExtra(body, field, request);
    } else {
      return MustBe(pointer, "a choice that names a function");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadResponseFormat(const json::object& body, v1::ModelRequest* request) {
  const json::value* value = Member(body, "response_format");
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_object()) return MustBe("/response_format", "an object");
  const json::object& format = value->get_object();
  const std::string_view type = StringMember(format, "type");
  v1::OutputFormat* out = request->mutable_output_format();
  if (type == "text") {
    out->set_kind(v1::OUTPUT_KIND_TEXT);
  } else if (type == "json_object") {
    out->set_kind(v1::OUTPUT_KIND_JSON_OBJECT);
  } else if (type == "json_schema") {
    const std::string pointer = "/response_format/json_schema";
    const json::object* schema = ObjectMember(format, "json_schema");
    if (schema == nullptr) return MustBe(pointer, "an object");
    out->set_kind(v1::OUTPUT_KIND_JSON_SCHEMA);
    RETURN_IF_ERROR(ReadString(*schema, "name", pointer, out->mutable_name()));
    RETURN_IF_ERROR(ReadString(*schema, "description", pointer, out->mutable_description()));
    std::optional<bool> strict;
    RETURN_IF_ERROR(ReadBool(*schema, "strict", pointer, &strict));
    if (strict) out->set_strict(*strict);
    out->set_schema_json(JsonMember(*schema, "schema"));
  } else {
    request->clear_output_format();
    KeepExtra(body, "response_format", request);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ModelRequest> OpenAiChatCodec::DecodeRequest(std::string_view text) const {
  ASSIGN_OR_RETURN(const json::value value, ParseJson(text));
  if (!value.is_object()) return MustBe("the request", "a JSON object");
  const json::object& body = value.get_object();
  v1::ModelRequest request;
  request.set_dialect(std::string(DialectName(dialect())));
  RETURN_IF_ERROR(ReadString(body, "model", "", request.mutable_model()));
  RETURN_IF_ERROR(DecodeOpenAiMessages(body, &request));
  RETURN_IF_ERROR(ReadTools(body, &request));
  RETURN_IF_ERROR(ReadToolChoice(body, &request));
  RETURN_IF_ERROR(ReadResponseFormat(body, &request));
  RETURN_IF_ERROR(ReadLimits(body, &request));
  RETURN_IF_ERROR(ReadStop(body, &request));
  for (const auto& member : body) {
    const std::string_view key(member.key().data(), member.key().size());
    if (!IsKnown(key) && !member.value().is_null()) KeepExtra(body, key, &request);
  }
  return request;
}

}  // namespace warmpath
