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
#include "provider/anthropic/codec.h"
#include "provider/anthropic/encode_message.h"
#include "provider/anthropic/output_schema.h"
#include "provider/anthropic/thinking.h"
#include "provider/capability/allowed.h"
#include "provider/wire/extra_fields.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/foreign_blocks.h"
#include "provider/wire/json_fields.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/names.h"
#include "provider/wire/turns.h"

namespace warmpath {
namespace {

constexpr size_t kMaxName = 128;
constexpr ToolIdRule kIds{.prefix = "toolu_", .max_length = 64, .plain = true};
constexpr std::string_view kNoSchema = "{\"type\":\"object\",\"properties\":{}}";

// Writes one request.
class RequestWriter {
 public:
  RequestWriter(const v1::ModelRequest& request, const PathTarget& target, FidelityNotes* notes)
      : request_(request),
        target_(target),
        native_(IsNative(request, Dialect::kAnthropicMessages)),
        notes_(*notes),
        allowed_(request, target, notes) {}

  absl::StatusOr<std::string> Write() {
    RETURN_IF_ERROR(CheckExpressible());
    ASSIGN_OR_RETURN(const std::vector<Turn> turns,
                     ArrangeTurns(request_, ToolIdRuleOf(target_.capabilities, kIds)));
    w_.BeginObject().Key("model").String(target_.model);
    WriteMaxTokens();
    if (native_) thinking_ = AllowedThinking(request_, target_, max_tokens_, &notes_);
    // Other dialects' callers did not write it for this place, and older models refuse it there.
    const bool in_list = native_ ? allowed_.SystemInList() : target_.capabilities.system_in_list();
    RETURN_IF_ERROR(WriteAnthropicConversation(turns, in_list, &notes_, &w_));
    WriteTools();
    WriteToolChoice();
    WriteOutputConfig();
    WriteSampling();
    WriteStops();
    if (request_.stream()) w_.Key("stream").Bool(true);
    if (native_) RETURN_IF_ERROR(WriteExtras());
    w_.EndObject();
    return w_.Take();
  }

 private:
  absl::Status CheckExpressible() {
    RETURN_IF_ERROR(CrossExtraFields(request_, Dialect::kAnthropicMessages, &notes_));
    RETURN_IF_ERROR(CrossBlocks(request_, Dialect::kAnthropicMessages, &notes_));
    RETURN_IF_ERROR(allowed_.Check());
    if (native_) return absl::OkStatus();
    const int last = request_.messages_size() - 1;
    if (last >= 0 && request_.messages(last).role() == v1::MESSAGE_ROLE_ASSISTANT) {
      return absl::UnimplementedError(absl::StrCat(
          "/messages/", last, ": Anthropic would take a last answer as one to continue (prefill)"));
    }
    for (int i = 0; i < request_.tools_size(); ++i) {
      const v1::Tool& tool = request_.tools(i);
      if (!tool.provider_type().empty()) {
        return absl::UnimplementedError(absl::StrCat(
            "/tools/", i, ": the tool type ", tool.provider_type(), " belongs to another vendor"));
      }
      if (!IsPlainName(tool.name(), kMaxName)) {
        return absl::UnimplementedError(absl::StrCat(
            "/tools/", i, "/name: Anthropic takes up to 128 characters of [A-Za-z0-9_-]"));
      }
    }
    return absl::OkStatus();
  }

  void WriteMaxTokens() {
    if (!request_.has_max_output_tokens()) {
      notes_.Add(v1::LOSS_KIND_DEFAULTED, "/max_tokens",
                 "Anthropic requires a limit; the path's default was sent");
    }
    max_tokens_ = *allowed_.MaxOutputTokens(target_.max_output_tokens);
    w_.Key("max_tokens").Int(max_tokens_);
  }

  void WriteTools() {
    if (request_.tools().empty()) return;
    w_.Key("tools").BeginArray();
    for (int i = 0; i < request_.tools_size(); ++i) WriteTool(i);
    w_.EndArray();
  }

  void WriteTool(int i) {
    const v1::Tool& tool = request_.tools(i);
    if (!tool.provider_type().empty()) {
      w_.Raw(tool.native_json());
      return;
    }
    w_.BeginObject().Key("name").String(tool.name());
    if (!tool.description().empty()) w_.Key("description").String(tool.description());
    w_.Key("input_schema").Raw(InputSchema(tool));
    if (tool.has_strict() && allowed_.StrictTool(i) && (native_ || KeepStrict(i))) w_.Key("strict").Bool(tool.strict());
    if (!tool.native_json().empty()) WriteToolMembers(i);
    w_.EndObject();
  }

  // Anthropic wants a schema, and one that says that it is an object's.
  std::string InputSchema(const v1::Tool& tool) const {
    if (tool.parameters_json().empty()) return std::string(kNoSchema);
    auto schema = ParseJson(tool.parameters_json());
    if (native_ || !schema.ok() || !schema->is_object() || schema->get_object().contains("type")) {
      return tool.parameters_json();
    }
    schema->get_object()["type"] = "object";
    return ToJson(*schema);
  }

  bool KeepStrict(int i) {
    const v1::Tool& tool = request_.tools(i);
    if (!tool.strict()) return false;  // what it is without
    const OutputSchema schema = ToAnthropicSchema(tool.parameters_json());
    if (schema.problem.empty() && schema.hints.empty()) return true;
    notes_.Add(v1::LOSS_KIND_DOWNGRADED, absl::StrCat("/tools/", i, "/function/strict"),
               "Anthropic cannot constrain decoding to this schema");
    return false;
  }

  void WriteToolMembers(int i) {
    if (native_) return WriteMembers(request_.tools(i).native_json());
    notes_.Add(v1::LOSS_KIND_DROPPED, absl::StrCat("/tools/", i),
               "Anthropic has no place for some members of this declaration");
  }

  std::string_view ChoiceType() {
    switch (allowed_.ToolChoice(IsThinkingEnabled(thinking_))) {
      case v1::TOOL_CHOICE_MODE_AUTO: return "auto";
      case v1::TOOL_CHOICE_MODE_NONE: return "none";
      case v1::TOOL_CHOICE_MODE_REQUIRED: return "any";
      case v1::TOOL_CHOICE_MODE_NAMED: return "tool";
      default: return "";
    }
  }

  void WriteToolChoice() {
    if (request_.tools().empty()) return;
    std::string_view type = ChoiceType();
    const bool one_by_one = !allowed_.ParallelToolCalls().value_or(true);
    // The switch sits on a choice, so there must be one.
    if (type.empty() && one_by_one) type = "auto";
    if (type.empty()) return;
    w_.Key("tool_choice").BeginObject().Key("type").String(type);
    if (type == "tool") w_.Key("name").String(request_.tool_choice().name());
    if (one_by_one && type != "none") w_.Key("disable_parallel_tool_use").Bool(true);
    w_.EndObject();
  }

  // The schema to constrain to; "" for none, with a note if there should have been one.
  std::string FormatSchema() {
    const v1::OutputFormat& format = request_.output_format();
    const v1::OutputKind kind = allowed_.OutputKind();
    if (kind == v1::OUTPUT_KIND_JSON_OBJECT) {
      notes_.Add(v1::LOSS_KIND_DROPPED, allowed_.Pointer("response_format"),
                 "Anthropic has no JSON mode without a schema");
    }
    if (kind != v1::OUTPUT_KIND_JSON_SCHEMA) return "";
    if (native_) return format.schema_json();
    const OutputSchema schema = ToAnthropicSchema(format.schema_json());
    if (!schema.problem.empty()) {
      notes_.Add(v1::LOSS_KIND_DROPPED, "/response_format/json_schema/schema",
                 absl::StrCat("Anthropic cannot hold this schema: ", schema.problem));
    } else if (!schema.hints.empty()) {
      notes_.Add(v1::LOSS_KIND_DOWNGRADED, "/response_format/json_schema/schema",
                 absl::StrCat("Anthropic takes these keywords as hints only: ",
                              absl::StrJoin(schema.hints, ", ")));
    }
    return schema.json;
  }

  void WriteOutputConfig() {
    const std::string schema = FormatSchema();
    const auto rest = request_.extra_json().find("output_config");
    const bool has_rest = native_ && rest != request_.extra_json().end();
    if (schema.empty() && !has_rest) return;
    w_.Key("output_config").BeginObject();
    if (!schema.empty()) {
      w_.Key("format").BeginObject().Key("type").String("json_schema");
      w_.Key("schema").Raw(schema).EndObject();
    }
    if (has_rest) WriteMembers(rest->second);
    w_.EndObject();
  }

  void WriteMembers(const std::string& object_json) {
    const auto object = ParseJson(object_json);
    if (!object.ok() || !object->is_object()) return;
    for (const auto& member : object->get_object()) {
      w_.Key(std::string_view(member.key().data(), member.key().size())).Raw(ToJson(member.value()));
    }
  }

  void WriteSampling() {
    std::optional<double> temperature = allowed_.Temperature();
    if (temperature && !native_ && (*temperature < 0 || *temperature > 1)) {
      temperature = std::clamp(*temperature, 0.0, 1.0);
      notes_.Add(v1::LOSS_KIND_CLAMPED, "/temperature", "Anthropic takes 0 to 1");
    }
    if (temperature) w_.Key("temperature").Double(*temperature);
    const std::optional<double> top_p = allowed_.TopP();
    if (!top_p) return;
    if (temperature && !native_) {
      notes_.Add(v1::LOSS_KIND_DROPPED, "/top_p", "Anthropic takes temperature or top_p, not both");
    } else {
      w_.Key("top_p").Double(*top_p);
    }
  }

  void WriteStops() {
    std::vector<std::string_view> stops;
    for (std::string_view stop : allowed_.Stops(request_.stop_size())) {
      if (native_ || !absl::StripAsciiWhitespace(ToAbsl(stop)).empty()) {
        stops.push_back(stop);
      } else {
        notes_.Add(v1::LOSS_KIND_DROPPED, "/stop", "Anthropic refuses a blank stop string");
      }
    }
    if (stops.empty()) return;
    w_.Key("stop_sequences").BeginArray();
    for (std::string_view stop : stops) w_.String(stop);
    w_.EndArray();
  }

  absl::Status WriteExtras() {
    if (!thinking_.empty()) w_.Key("thinking").Raw(thinking_);
    const v1::ModelCapabilities& can = target_.capabilities;
    const bool no_sampling = can.has_sampling_params() && !can.sampling_params();
    // A map has no order of its own, and equal requests shall give equal bytes.
    const std::map<std::string_view, std::string_view> extras(request_.extra_json().begin(),
                                                              request_.extra_json().end());
    for (const auto& [name, value] : extras) {
      if (name == "output_config" || name == "thinking") continue;
      if (allowed_.Refuses(name) || (name == "top_k" && no_sampling)) {
        RETURN_IF_ERROR(LeaveOutField(request_, name, target_.model, &notes_));
        continue;
      }
      w_.Key(name).Raw(value);
    }
    return absl::OkStatus();
  }

  const v1::ModelRequest& request_;
  const PathTarget& target_;
  const bool native_;
  FidelityNotes& notes_;
  Allowed allowed_;
  int64_t max_tokens_ = 0;
  // As JSON text; empty: none.
  std::string thinking_;
  JsonWriter w_;
};

}  // namespace

absl::StatusOr<EncodedRequest> AnthropicCodec::EncodeRequest(const v1::ModelRequest& request,
                                                             const PathTarget& target) const {
  EncodedRequest encoded;
  FidelityNotes notes;
  RequestWriter writer(request, target, &notes);
  ASSIGN_OR_RETURN(encoded.body, writer.Write());
  encoded.fidelity = notes.Take();
  return encoded;
}

}  // namespace warmpath
