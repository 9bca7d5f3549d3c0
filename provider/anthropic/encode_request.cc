#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "provider/anthropic/codec.h"
#include "provider/anthropic/encode_message.h"
#include "provider/anthropic/model_limits.h"
#include "provider/anthropic/output_schema.h"
#include "provider/wire/extra_fields.h"
#include "provider/wire/fidelity_notes.h"
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
        limits_(AnthropicLimits(target.model)),
        native_(IsNative(request, Dialect::kAnthropicMessages)),
        notes_(*notes) {}

  absl::StatusOr<std::string> Write() {
    RETURN_IF_ERROR(CheckExpressible());
    ASSIGN_OR_RETURN(const std::vector<Turn> turns, ArrangeTurns(request_, kIds));
    w_.BeginObject().Key("model").String(target_.model);
    WriteMaxTokens();
    RETURN_IF_ERROR(WriteAnthropicConversation(turns, native_, &notes_, &w_));
    WriteTools();
    WriteToolChoice();
    WriteOutputConfig();
    WriteSampling();
    WriteStops();
    if (request_.stream()) w_.Key("stream").Bool(true);
    if (native_) WriteExtras();
    w_.EndObject();
    return w_.Take();
  }

 private:
  absl::Status CheckExpressible() {
    RETURN_IF_ERROR(CrossExtraFields(request_, Dialect::kAnthropicMessages, &notes_));
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
    int64_t limit = request_.max_output_tokens();
    if (!request_.has_max_output_tokens()) {
      limit = target_.max_output_tokens;
      notes_.Add(v1::LOSS_KIND_DEFAULTED, "/max_tokens",
                 "Anthropic requires a limit; the path's default was sent");
    }
    if (!native_ && limits_.max_output_tokens > 0 && limit > limits_.max_output_tokens) {
      limit = limits_.max_output_tokens;
      notes_.Add(v1::LOSS_KIND_CLAMPED, "/max_tokens",
                 absl::StrCat(target_.model, " gives at most ", limit, " tokens"));
    }
    w_.Key("max_tokens").Int(limit);
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
    if (tool.has_strict() && (native_ || KeepStrict(i))) w_.Key("strict").Bool(tool.strict());
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
    const v1::ToolChoiceMode mode = request_.tool_choice().mode();
    const bool forced =
        mode == v1::TOOL_CHOICE_MODE_REQUIRED || mode == v1::TOOL_CHOICE_MODE_NAMED;
    if (forced && !native_ && !limits_.forced_tool) {
      notes_.Add(v1::LOSS_KIND_DOWNGRADED, "/tool_choice",
                 absl::StrCat(target_.model, " refuses forced tool use; auto was sent"));
      return "auto";
    }
    switch (mode) {
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
    const bool one_by_one = request_.has_parallel_tool_calls() && !request_.parallel_tool_calls();
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
    if (format.kind() == v1::OUTPUT_KIND_JSON_OBJECT) {
      notes_.Add(v1::LOSS_KIND_DROPPED, "/response_format",
                 "Anthropic has no JSON mode without a schema");
    }
    if (format.kind() != v1::OUTPUT_KIND_JSON_SCHEMA || native_) return format.schema_json();
    if (!limits_.structured_output) {
      notes_.Add(v1::LOSS_KIND_DROPPED, "/response_format",
                 absl::StrCat(target_.model, " has no structured output"));
      return "";
    }
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
    if (native_) {
      if (request_.has_temperature()) w_.Key("temperature").Double(request_.temperature());
      if (request_.has_top_p()) w_.Key("top_p").Double(request_.top_p());
      return;
    }
    if (request_.has_temperature() && MaySample("/temperature")) {
      const double temperature = std::clamp(request_.temperature(), 0.0, 1.0);
      if (temperature != request_.temperature()) {
        notes_.Add(v1::LOSS_KIND_CLAMPED, "/temperature", "Anthropic takes 0 to 1");
      }
      w_.Key("temperature").Double(temperature);
    }
    if (!request_.has_top_p() || !MaySample("/top_p")) return;
    if (request_.has_temperature()) {
      notes_.Add(v1::LOSS_KIND_DROPPED, "/top_p", "Anthropic takes temperature or top_p, not both");
    } else {
      w_.Key("top_p").Double(request_.top_p());
    }
  }

  bool MaySample(std::string_view pointer) {
    if (limits_.sampling) return true;
    notes_.Add(v1::LOSS_KIND_DROPPED, pointer,
               absl::StrCat(target_.model, " refuses sampling parameters"));
    return false;
  }

  void WriteStops() {
    std::vector<std::string_view> stops;
    for (const std::string& stop : request_.stop()) {
      if (native_ || !absl::StripAsciiWhitespace(stop).empty()) {
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

  void WriteExtras() {
    for (const auto& [name, value] : request_.extra_json()) {
      if (name != "output_config") w_.Key(name).Raw(value);
    }
  }

  const v1::ModelRequest& request_;
  const PathTarget& target_;
  const ModelLimits limits_;
  const bool native_;
  FidelityNotes& notes_;
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
