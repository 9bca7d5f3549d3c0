#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/gemini/codec.h"
#include "provider/gemini/decode_content.h"
#include "provider/gemini/schema.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

std::string_view KeyOf(const json::key_value_pair& member) {
  return {member.key().data(), member.key().size()};
}

absl::Status ReadFunction(const json::value& value, std::string_view pointer,
                          v1::ModelRequest* request) {
  if (!value.is_object()) return MustBe(pointer, "an object");
  json::object rest = value.get_object();
  v1::Tool* tool = request->add_tools();
  RETURN_IF_ERROR(ReadString(rest, "name", pointer, tool->mutable_name()));
  if (tool->name().empty()) return MustBe(PointerAppend(pointer, "name"), "a name");
  RETURN_IF_ERROR(ReadString(rest, "description", pointer, tool->mutable_description()));
  tool->set_parameters_json(JsonMember(rest, "parametersJsonSchema"));
  if (tool->parameters_json().empty() && rest.contains("parameters")) {
    tool->set_parameters_json(ToJson(FromGeminiSchema(rest.at("parameters"))));
  }
  for (const char* known : {"name", "description", "parameters", "parametersJsonSchema"}) {
    rest.erase(known);
  }
  if (!rest.empty()) tool->set_native_json(ToJson(rest));
  return absl::OkStatus();
}

absl::Status ReadTools(const json::object& body, v1::ModelRequest* request) {
  const json::value* tools = Member(body, "tools");
  if (tools == nullptr) return absl::OkStatus();
  if (!tools->is_array()) return MustBe("/tools", "a list");
  for (size_t i = 0; i < tools->get_array().size(); ++i) {
    const std::string pointer = PointerAppend("/tools", i);
    const json::object* entry = tools->get_array()[i].if_object();
    if (entry == nullptr) return MustBe(pointer, "an object");
    for (const auto& member : *entry) {
      if (KeyOf(member) != "functionDeclarations") {
        v1::Tool* tool = request->add_tools();
        tool->set_provider_type(std::string(KeyOf(member)));
        tool->set_name(tool->provider_type());
        tool->set_native_json(ToJson(json::object({{member.key(), member.value()}})));
        continue;
      }
      const std::string place = PointerAppend(pointer, "functionDeclarations");
      if (!member.value().is_array()) return MustBe(place, "a list");
      size_t index = 0;
      for (const json::value& function : member.value().get_array()) {
        RETURN_IF_ERROR(ReadFunction(function, PointerAppend(place, index++), request));
      }
    }
  }
  return absl::OkStatus();
}

// A choice that has no canonical word is kept whole beside the nearest one.
absl::Status ReadToolConfig(const json::object& body, v1::ModelRequest* request) {
  const json::object* config = ObjectMember(body, "toolConfig");
  if (config == nullptr) return absl::OkStatus();
  const json::object* calling = ObjectMember(*config, "functionCallingConfig");
  static const json::object kNothing;
  const json::object& choice = calling == nullptr ? kNothing : *calling;
  const std::string_view mode = StringMember(choice, "mode");
  const json::array* names = ArrayMember(choice, "allowedFunctionNames");
  const size_t count = names == nullptr ? 0 : names->size();
  v1::ToolChoice* out = request->mutable_tool_choice();
  bool exact = config->size() == 1 && count == 0;
  if (mode == "AUTO") {
    out->set_mode(v1::TOOL_CHOICE_MODE_AUTO);
  } else if (mode == "NONE") {
    out->set_mode(v1::TOOL_CHOICE_MODE_NONE);
  } else if (mode == "ANY" && count == 1 && names->front().is_string()) {
    out->set_mode(v1::TOOL_CHOICE_MODE_NAMED);
    out->set_name(std::string(AsView(names->front().get_string())));
    exact = config->size() == 1;
  } else if (mode == "ANY") {
    out->set_mode(v1::TOOL_CHOICE_MODE_REQUIRED);
  } else {
    request->clear_tool_choice();
    exact = mode.empty() && count == 0 && config->size() <= 1;
  }
  if (!exact) (*request->mutable_extra_json())["toolConfig"] = ToJson(*config);
  return absl::OkStatus();
}

// Takes the form of the answer out of `config`.
void ReadFormat(json::object* config, v1::ModelRequest* request) {
  const bool is_json = StringMember(*config, "responseMimeType") == "application/json";
  if (!is_json) return;
  v1::OutputFormat* format = request->mutable_output_format();
  format->set_kind(v1::OUTPUT_KIND_JSON_OBJECT);
  config->erase("responseMimeType");
  for (const char* key : {"responseJsonSchema", "responseSchema"}) {
    const json::value* schema = Member(*config, key);
    if (schema == nullptr) continue;
    format->set_kind(v1::OUTPUT_KIND_JSON_SCHEMA);
    format->set_strict(true);  // decoding is always constrained here
    format->set_schema_json(std::string_view(key) == "responseSchema"
                                ? ToJson(FromGeminiSchema(*schema))
                                : ToJson(*schema));
    config->erase(key);
    return;
  }
}

absl::Status ReadGenerationConfig(const json::object& body, v1::ModelRequest* request) {
  const json::value* value = Member(body, "generationConfig");
  if (value == nullptr) return absl::OkStatus();
  constexpr std::string_view kAt = "/generationConfig";
  if (!value->is_object()) return MustBe(kAt, "an object");
  json::object config = value->get_object();
  std::optional<int64_t> limit;
  std::optional<double> temperature, top_p;
  RETURN_IF_ERROR(ReadInt(config, "maxOutputTokens", kAt, &limit));
  RETURN_IF_ERROR(ReadDouble(config, "temperature", kAt, &temperature));
  RETURN_IF_ERROR(ReadDouble(config, "topP", kAt, &top_p));
  if (limit) request->set_max_output_tokens(*limit);
  if (temperature) request->set_temperature(*temperature);
  if (top_p) request->set_top_p(*top_p);
  if (const json::value* stops = Member(config, "stopSequences")) {
    if (!stops->is_array()) return MustBe("/generationConfig/stopSequences", "a list of strings");
    for (const json::value& stop : stops->get_array()) {
      if (!stop.is_string()) return MustBe("/generationConfig/stopSequences", "a list of strings");
      request->add_stop(std::string(AsView(stop.get_string())));
    }
  }
  ReadFormat(&config, request);
  // Kept apart, as more than one answer means something else to every other dialect.
  const std::string count = JsonMember(config, "candidateCount");
  if (!count.empty()) (*request->mutable_extra_json())["candidateCount"] = count;
  for (const char* known :
       {"maxOutputTokens", "temperature", "topP", "stopSequences", "candidateCount"}) {
    config.erase(known);
  }
  if (!config.empty()) (*request->mutable_extra_json())["generationConfig"] = ToJson(config);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ModelRequest> GeminiCodec::DecodeRequest(std::string_view text) const {
  ASSIGN_OR_RETURN(const json::value value, ParseJson(text));
  if (!value.is_object()) return MustBe("the request", "a JSON object");
  const json::object& body = value.get_object();
  v1::ModelRequest request;
  request.set_dialect(std::string(DialectName(dialect())));
  RETURN_IF_ERROR(ReadString(body, "model", "", request.mutable_model()));
  RETURN_IF_ERROR(DecodeGeminiContents(body, &request));
  RETURN_IF_ERROR(ReadTools(body, &request));
  RETURN_IF_ERROR(ReadToolConfig(body, &request));
  RETURN_IF_ERROR(ReadGenerationConfig(body, &request));
  constexpr std::string_view kKnown[] = {"model",      "contents",        "systemInstruction", "tools",
                                         "toolConfig", "generationConfig"};
  for (const auto& member : body) {
    if (member.value().is_null()) continue;
    if (std::find(std::begin(kKnown), std::end(kKnown), KeyOf(member)) != std::end(kKnown)) continue;
    (*request.mutable_extra_json())[std::string(KeyOf(member))] = ToJson(member.value());
  }
  return request;
}

}  // namespace warmpath
