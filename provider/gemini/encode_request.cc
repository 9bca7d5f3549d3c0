#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/capability/allowed.h"
#include "provider/gemini/codec.h"
#include "provider/gemini/encode_content.h"
#include "provider/gemini/schema.h"
#include "provider/wire/extra_fields.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/foreign_blocks.h"
#include "provider/wire/json_fields.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/turns.h"

namespace warmpath {
namespace {

constexpr int kMaxStops = 5;
constexpr double kMaxTemperature = 2;
constexpr size_t kMaxName = 128;
constexpr ToolIdRule kIds{.prefix = "call_", .max_length = 64, .plain = true};

struct CrossedField {
  const char* name;
  std::string_view gemini;
};
// Fields of other dialects that generationConfig has, too; extra_fields.cc lets them through.
constexpr CrossedField kCrossed[] = {
    {"seed", "seed"},
    {"frequency_penalty", "frequencyPenalty"},
    {"presence_penalty", "presencePenalty"},
    {"top_k", "topK"},
};

// Gemini's rule for names of functions.
bool IsFunctionName(std::string_view name) {
  if (name.empty() || name.size() > kMaxName) return false;
  if (!absl::ascii_isalpha(name[0]) && name[0] != '_') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || std::string_view("_.:-").find(c) != std::string_view::npos;
  });
}

// Writes one request.
class RequestWriter {
 public:
  RequestWriter(const v1::ModelRequest& request, const PathTarget& target, FidelityNotes* notes)
      : request_(request),
        target_(target),
        native_(IsNative(request, Dialect::kGemini)),
        notes_(*notes),
        allowed_(request, target, notes) {}

  absl::StatusOr<std::string> Write() {
    RETURN_IF_ERROR(CheckExpressible());
    ASSIGN_OR_RETURN(const std::vector<Turn> turns,
                     ArrangeTurns(request_, ToolIdRuleOf(target_.capabilities, kIds)));
    w_.BeginObject();
    RETURN_IF_ERROR(WriteGeminiConversation(turns, &notes_, &w_));
    WriteTools();
    WriteToolConfig();
    RETURN_IF_ERROR(WriteGenerationConfig());
    if (native_) WriteExtras();
    w_.EndObject();
    return w_.Take();
  }

 private:
  absl::Status CheckExpressible() {
    RETURN_IF_ERROR(CrossExtraFields(request_, Dialect::kGemini, &notes_));
    RETURN_IF_ERROR(CrossBlocks(request_, Dialect::kGemini, &notes_));
    RETURN_IF_ERROR(allowed_.Check());
    const int last = request_.messages_size() - 1;
    if (last >= 0 && request_.messages(last).role() == v1::MESSAGE_ROLE_ASSISTANT) {
      return absl::UnimplementedError(absl::StrCat(
          "/messages/", last, ": Gemini does not continue an answer that was begun (prefill)"));
    }
    if (native_) return absl::OkStatus();
    for (int i = 0; i < request_.tools_size(); ++i) {
      const v1::Tool& tool = request_.tools(i);
      if (!tool.provider_type().empty()) {
        return absl::UnimplementedError(absl::StrCat(
            "/tools/", i, ": the tool type ", tool.provider_type(), " belongs to another vendor"));
      }
      if (!IsFunctionName(tool.name())) {
        return absl::UnimplementedError(
            absl::StrCat("/tools/", i, "/name: Gemini takes a letter or '_' and up to 127 of ",
                         "[A-Za-z0-9_.:-]"));
      }
    }
    return absl::OkStatus();
  }

  // A schema as it can be sent, with a note on what it cannot say.
  std::string Schema(const std::string& schema_json, const std::string& pointer) {
    if (native_) return schema_json;
    const GeminiSchema schema = ToGeminiSchema(schema_json);
    if (!schema.hints.empty()) {
      notes_.Add(v1::LOSS_KIND_DOWNGRADED, pointer,
                 absl::StrCat("Gemini takes these keywords as hints only: ",
                              absl::StrJoin(schema.hints, ", ")));
    }
    return schema.json;
  }

  void WriteTools() {
    if (request_.tools().empty()) return;
    w_.Key("tools").BeginArray();
    bool any = false;
    for (int i = 0; i < request_.tools_size(); ++i) {
      if (!request_.tools(i).provider_type().empty()) continue;
      if (!any) w_.BeginObject().Key("functionDeclarations").BeginArray();
      any = true;
      WriteTool(i);
    }
    if (any) w_.EndArray().EndObject();
    for (const v1::Tool& tool : request_.tools()) {
      if (!tool.provider_type().empty()) w_.Raw(tool.native_json());
    }
    w_.EndArray();
  }

  void WriteTool(int i) {
    const v1::Tool& tool = request_.tools(i);
    w_.BeginObject().Key("name").String(tool.name());
    if (!tool.description().empty()) w_.Key("description").String(tool.description());
    if (!tool.parameters_json().empty()) {
      w_.Key("parametersJsonSchema")
          .Raw(Schema(tool.parameters_json(), absl::StrCat("/tools/", i)));
    }
    if (tool.strict() && allowed_.StrictTool(i)) {
      notes_.Add(v1::LOSS_KIND_DOWNGRADED, absl::StrCat("/tools/", i),
                 "Gemini does not constrain arguments to the tool's schema (strict)");
    }
    if (native_) {
      WriteMembers(tool.native_json());
    } else if (!tool.native_json().empty()) {
      notes_.Add(v1::LOSS_KIND_DROPPED, absl::StrCat("/tools/", i),
                 "Gemini has no place for some members of this declaration");
    }
    w_.EndObject();
  }

  void WriteMembers(std::string_view object_json) {
    const auto object = ParseJson(object_json);
    if (!object.ok() || !object->is_object()) return;
    for (const auto& member : object->get_object()) {
      w_.Key(std::string_view(member.key().data(), member.key().size())).Raw(ToJson(member.value()));
    }
  }

  void WriteToolConfig() {
    if (request_.tools().empty()) return;
    const std::optional<bool> parallel = allowed_.ParallelToolCalls();
    if (parallel.has_value() && !*parallel) {
      notes_.Add(v1::LOSS_KIND_DROPPED, allowed_.Pointer("parallel_tool_calls"),
                 "Gemini has no switch for parallel tool calls");
    }
    if (native_ && request_.extra_json().contains("toolConfig")) return;  // written as it came
    const v1::ToolChoiceMode mode = allowed_.ToolChoice();
    std::string_view word;
    switch (mode) {
      case v1::TOOL_CHOICE_MODE_AUTO: word = "AUTO"; break;
      case v1::TOOL_CHOICE_MODE_NONE: word = "NONE"; break;
      case v1::TOOL_CHOICE_MODE_REQUIRED:
      case v1::TOOL_CHOICE_MODE_NAMED: word = "ANY"; break;
      default: return;
    }
    w_.Key("toolConfig").BeginObject().Key("functionCallingConfig").BeginObject();
    w_.Key("mode").String(word);
    if (mode == v1::TOOL_CHOICE_MODE_NAMED) {
      w_.Key("allowedFunctionNames").BeginArray().String(request_.tool_choice().name()).EndArray();
    }
    w_.EndObject().EndObject();
  }

  // Members of generationConfig come one by one; the object is opened by the first.
  JsonWriter& Config(std::string_view key) {
    if (!config_open_) w_.Key("generationConfig").BeginObject();
    config_open_ = true;
    return w_.Key(key);
  }

  absl::Status WriteGenerationConfig() {
    WriteSampling();
    const std::optional<int64_t> limit = allowed_.MaxOutputTokens();
    if (limit) Config("maxOutputTokens").Int(*limit);
    const std::vector<std::string_view> stops = allowed_.Stops(kMaxStops);
    if (!stops.empty()) {
      Config("stopSequences").BeginArray();
      for (std::string_view stop : stops) w_.String(stop);
      w_.EndArray();
    }
    WriteFormat();
    RETURN_IF_ERROR(WriteCrossed());
    const auto count = request_.extra_json().find("candidateCount");
    if (native_ && count != request_.extra_json().end()) Config("candidateCount").Raw(count->second);
    const auto rest = request_.extra_json().find("generationConfig");
    if (native_ && rest != request_.extra_json().end()) {
      const auto members = ParseJson(rest->second);
      if (members.ok() && members->is_object()) {
        for (const auto& member : members->get_object()) {
          Config(std::string_view(member.key().data(), member.key().size()))
              .Raw(ToJson(member.value()));
        }
      }
    }
    if (config_open_) w_.EndObject();
    return absl::OkStatus();
  }

  void WriteSampling() {
    std::optional<double> temperature = allowed_.Temperature();
    if (temperature && (*temperature < 0 || *temperature > kMaxTemperature)) {
      temperature = std::clamp(*temperature, 0.0, kMaxTemperature);
      notes_.Add(v1::LOSS_KIND_CLAMPED, "/temperature", "Gemini takes 0 to 2");
    }
    if (temperature) Config("temperature").Double(*temperature);
    const std::optional<double> top_p = allowed_.TopP();
    if (top_p) Config("topP").Double(*top_p);
  }

  void WriteFormat() {
    const v1::OutputKind kind = allowed_.OutputKind();
    if (kind != v1::OUTPUT_KIND_JSON_OBJECT && kind != v1::OUTPUT_KIND_JSON_SCHEMA) return;
    Config("responseMimeType").String("application/json");
    const std::string& schema = request_.output_format().schema_json();
    if (kind != v1::OUTPUT_KIND_JSON_SCHEMA || schema.empty()) return;
    Config("responseJsonSchema").Raw(Schema(schema, allowed_.Pointer("response_format")));
  }

  absl::Status WriteCrossed() {
    if (native_) return absl::OkStatus();
    for (const CrossedField& field : kCrossed) {
      const auto value = request_.extra_json().find(field.name);
      if (value == request_.extra_json().end()) continue;
      if (!CrossesInto(request_, Dialect::kGemini, field.name)) continue;
      if (allowed_.Refuses(field.name)) {
        RETURN_IF_ERROR(LeaveOutField(request_, field.name, target_.model, &notes_));
        continue;
      }
      Config(field.gemini).Raw(value->second);
    }
    return absl::OkStatus();
  }

  void WriteExtras() {
    // A map has no order of its own, and equal requests shall give equal bytes.
    const std::map<std::string_view, std::string_view> extras(request_.extra_json().begin(),
                                                              request_.extra_json().end());
    for (const auto& [name, value] : extras) {
      if (name != "generationConfig" && name != "candidateCount") w_.Key(name).Raw(value);
    }
  }

  const v1::ModelRequest& request_;
  const PathTarget& target_;
  const bool native_;
  FidelityNotes& notes_;
  Allowed allowed_;
  bool config_open_ = false;
  JsonWriter w_;
};

}  // namespace

absl::StatusOr<EncodedRequest> GeminiCodec::EncodeRequest(const v1::ModelRequest& request,
                                                          const PathTarget& target) const {
  EncodedRequest encoded;
  FidelityNotes notes;
  RequestWriter writer(request, target, &notes);
  ASSIGN_OR_RETURN(encoded.body, writer.Write());
  encoded.fidelity = notes.Take();
  return encoded;
}

}  // namespace warmpath
