#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/openai/codec.h"
#include "provider/openai/encode_message.h"
#include "provider/openai/strict_schema.h"
#include "provider/wire/extra_fields.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/json_fields.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/names.h"
#include "provider/wire/turns.h"

namespace warmpath {
namespace {

constexpr int kMaxStops = 4;
constexpr size_t kMaxName = 64;
// Azure and others cap ids of tool calls at 40 characters (LiteLLM #11392, #17343).
constexpr ToolIdRule kForeignIds{.prefix = "call_", .max_length = 40, .plain = false};
constexpr ToolIdRule kOwnIds{.prefix = "call_", .max_length = 1 << 16, .plain = false};

// Writes one request; the members' order is the order in which OpenAI documents them.
class RequestWriter {
 public:
  RequestWriter(const v1::ModelRequest& request, FidelityNotes* notes)
      : request_(request), notes_(*notes), native_(IsNative(request, Dialect::kOpenAiChat)) {}

  absl::StatusOr<std::string> Write(std::string_view model) {
    RETURN_IF_ERROR(CheckExpressible());
    ASSIGN_OR_RETURN(const std::vector<Turn> turns,
                     ArrangeTurns(request_, native_ ? kOwnIds : kForeignIds));
    w_.BeginObject().Key("model").String(model);
    w_.Key("messages").BeginArray();
    for (const Turn& turn : turns) RETURN_IF_ERROR(WriteOpenAiMessage(turn, &notes_, &w_));
    w_.EndArray();
    WriteTools();
    WriteToolChoice();
    WriteFormat();
    WriteLimits();
    WriteStop();
    if (request_.stream()) WriteStream();
    if (native_) WriteExtras();
    w_.EndObject();
    return w_.Take();
  }

 private:
  absl::Status CheckExpressible() {
    RETURN_IF_ERROR(CrossExtraFields(request_, Dialect::kOpenAiChat, &notes_));
    if (native_) return absl::OkStatus();
    const int last = request_.messages_size() - 1;
    if (last >= 0 && request_.messages(last).role() == v1::MESSAGE_ROLE_ASSISTANT) {
      return absl::UnimplementedError(absl::StrCat(
          "/messages/", last, ": OpenAI does not continue an answer that was begun (prefill)"));
    }
    for (int i = 0; i < request_.tools_size(); ++i) {
      const v1::Tool& tool = request_.tools(i);
      if (!tool.provider_type().empty()) {
        return absl::UnimplementedError(absl::StrCat(
            "/tools/", i, ": the tool type ", tool.provider_type(), " belongs to another vendor"));
      }
      if (!IsPlainName(tool.name(), kMaxName)) {
        return absl::UnimplementedError(absl::StrCat(
            "/tools/", i, "/name: OpenAI takes up to 64 characters of [A-Za-z0-9_-]"));
      }
    }
    return absl::OkStatus();
  }

  // Whether `strict` can be asked for; notes the loss where it was and cannot.
  bool KeepStrict(std::string_view schema, const std::string& pointer) {
    const std::string problem = OpenAiStrictProblem(schema);
    if (problem.empty()) return true;
    notes_.Add(v1::LOSS_KIND_DOWNGRADED, pointer,
               absl::StrCat("OpenAI cannot constrain decoding to a schema with ", problem));
    return false;
  }

  void WriteTools() {
    if (request_.tools().empty()) return;
    w_.Key("tools").BeginArray();
    for (int i = 0; i < request_.tools_size(); ++i) {
      const v1::Tool& tool = request_.tools(i);
      if (!tool.provider_type().empty()) {
        w_.Raw(tool.native_json());
        continue;
      }
      if (!native_ && !tool.native_json().empty()) {
        notes_.Add(v1::LOSS_KIND_DROPPED, absl::StrCat("/tools/", i),
                   "OpenAI has no place for some members of this declaration");
      }
      w_.BeginObject().Key("type").String("function").Key("function").BeginObject();
      w_.Key("name").String(tool.name());
      if (!tool.description().empty()) w_.Key("description").String(tool.description());
      if (!tool.parameters_json().empty()) w_.Key("parameters").Raw(tool.parameters_json());
      if (tool.has_strict() &&
          (native_ || !tool.strict() ||
           KeepStrict(tool.parameters_json(), absl::StrCat("/tools/", i, "/strict")))) {
        w_.Key("strict").Bool(tool.strict());
      }
      w_.EndObject().EndObject();
    }
    w_.EndArray();
  }

  void WriteToolChoice() {
    if (request_.tools().empty()) return;
    switch (request_.tool_choice().mode()) {
      case v1::TOOL_CHOICE_MODE_AUTO: w_.Key("tool_choice").String("auto"); break;
      case v1::TOOL_CHOICE_MODE_NONE: w_.Key("tool_choice").String("none"); break;
      case v1::TOOL_CHOICE_MODE_REQUIRED: w_.Key("tool_choice").String("required"); break;
      case v1::TOOL_CHOICE_MODE_NAMED:
        w_.Key("tool_choice").BeginObject().Key("type").String("function");
        w_.Key("function").BeginObject().Key("name").String(request_.tool_choice().name());
        w_.EndObject().EndObject();
        break;
      default: break;
    }
    if (request_.has_parallel_tool_calls()) {
      w_.Key("parallel_tool_calls").Bool(request_.parallel_tool_calls());
    }
  }

  void WriteFormat() {
    const v1::OutputFormat& format = request_.output_format();
    switch (format.kind()) {
      case v1::OUTPUT_KIND_TEXT: WriteFormatType("text"); w_.EndObject(); return;
      case v1::OUTPUT_KIND_JSON_OBJECT: WriteFormatType("json_object"); w_.EndObject(); return;
      case v1::OUTPUT_KIND_JSON_SCHEMA: break;
      default: return;
    }
    WriteFormatType("json_schema");
    w_.Key("json_schema").BeginObject();
    w_.Key("name").String(native_ ? format.name() : PlainName(format.name(), kMaxName, "answer"));
    if (!format.description().empty()) w_.Key("description").String(format.description());
    if (!format.schema_json().empty()) w_.Key("schema").Raw(format.schema_json());
    if (format.has_strict()) {
      const bool strict = format.strict() &&
                          (native_ || KeepStrict(format.schema_json(), "/output_config/format"));
      w_.Key("strict").Bool(strict);
    }
    w_.EndObject().EndObject();
  }

  void WriteFormatType(std::string_view type) {
    w_.Key("response_format").BeginObject().Key("type").String(type);
  }

  void WriteLimits() {
    if (request_.has_max_output_tokens()) {
      // The name that the caller used: many servers know only the old one.
      const bool old_name = native_ && request_.extra_json().contains("max_tokens");
      w_.Key(old_name ? "max_tokens" : "max_completion_tokens").Int(request_.max_output_tokens());
    }
    if (request_.has_temperature()) w_.Key("temperature").Double(request_.temperature());
    if (request_.has_top_p()) w_.Key("top_p").Double(request_.top_p());
  }

  void WriteStop() {
    if (request_.stop().empty()) return;
    const int count = native_ ? request_.stop_size() : std::min(request_.stop_size(), kMaxStops);
    if (count < request_.stop_size()) {
      notes_.Add(v1::LOSS_KIND_CLAMPED, "/stop_sequences", "OpenAI takes up to 4 stop strings");
    }
    w_.Key("stop").BeginArray();
    for (int i = 0; i < count; ++i) w_.String(request_.stop(i));
    w_.EndArray();
  }

  void WriteStream() {
    w_.Key("stream").Bool(true);
    if (native_) return;
    // Other dialects always tell the usage.
    w_.Key("stream_options").BeginObject().Key("include_usage").Bool(true).EndObject();
  }

  void WriteExtras() {
    for (const auto& [name, value] : request_.extra_json()) {
      if (name == "max_tokens") continue;
      w_.Key(name).Raw(value);
    }
  }

  const v1::ModelRequest& request_;
  FidelityNotes& notes_;
  const bool native_;
  JsonWriter w_;
};

}  // namespace

absl::StatusOr<EncodedRequest> OpenAiChatCodec::EncodeRequest(const v1::ModelRequest& request,
                                                              const PathTarget& target) const {
  EncodedRequest encoded;
  FidelityNotes notes;
  RequestWriter writer(request, &notes);
  ASSIGN_OR_RETURN(encoded.body, writer.Write(target.model));
  encoded.fidelity = notes.Take();
  return encoded;
}

}  // namespace warmpath
