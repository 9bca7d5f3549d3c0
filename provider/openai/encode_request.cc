#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/capability/allowed.h"
#include "provider/openai/codec.h"
#include "provider/openai/encode_message.h"
#include "provider/openai/strict_schema.h"
#include "provider/wire/extra_fields.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/foreign_blocks.h"
#include "provider/wire/json_fields.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/names.h"
#include "provider/wire/sibling_fields.h"
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
  RequestWriter(const v1::ModelRequest& request, const PathTarget& target, FidelityNotes* notes)
      : request_(request),
        target_(target),
        notes_(*notes),
        allowed_(request, target, notes),
        native_(IsNative(request, Dialect::kOpenAiChat)) {}

  absl::StatusOr<std::string> Write() {
    RETURN_IF_ERROR(CheckExpressible());
    w_.BeginObject().Key("model").String(target_.model);
    RETURN_IF_ERROR(WriteMessages());
    WriteTools();
    WriteToolChoice();
    WriteFormat();
    WriteLimits();
    WriteStop();
    if (request_.stream()) WriteStream();
    if (native_) RETURN_IF_ERROR(WriteExtras());
    if (!native_) WriteSiblings();
    w_.EndObject();
    return w_.Take();
  }

 private:
  absl::Status CheckExpressible() {
    RETURN_IF_ERROR(CrossExtraFields(request_, Dialect::kOpenAiChat, &notes_));
    RETURN_IF_ERROR(CrossBlocks(request_, Dialect::kOpenAiChat, &notes_));
    RETURN_IF_ERROR(allowed_.Check());
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

  absl::Status WriteMessages() {
    const ToolIdRule ids =
        ToolIdRuleOf(target_.capabilities, native_ ? kOwnIds : kForeignIds);
    ASSIGN_OR_RETURN(std::vector<Turn> turns, ArrangeTurns(request_, ids));
    if (!allowed_.SystemInList()) HoistSystem(&turns);
    w_.Key("messages").BeginArray();
    for (const Turn& turn : turns) {
      RETURN_IF_ERROR(WriteOpenAiMessage(turn, target_.capabilities, &notes_, &w_));
    }
    w_.EndArray();
    return absl::OkStatus();
  }

  void HoistSystem(std::vector<Turn>* turns) {
    const auto is_system = [](const Turn& turn) {
      return turn.message->role() == v1::MESSAGE_ROLE_SYSTEM;
    };
    const auto talk = std::find_if_not(turns->begin(), turns->end(), is_system);
    for (auto turn = talk; turn != turns->end(); ++turn) {
      if (!is_system(*turn)) continue;
      notes_.Add(v1::LOSS_KIND_DOWNGRADED, absl::StrCat("/messages/", turn->index),
                 "a system message within the conversation was moved to its beginning");
    }
    std::stable_partition(talk, turns->end(), is_system);
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
      if (tool.has_strict() && allowed_.StrictTool(i) &&
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
    // What says more than a mode is among the extras.
    if (!native_ || !request_.extra_json().contains("tool_choice")) WriteMode();
    if (const auto parallel = allowed_.ParallelToolCalls()) {
      w_.Key("parallel_tool_calls").Bool(*parallel);
    }
  }

  void WriteMode() {
    switch (allowed_.ToolChoice()) {
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
  }

  void WriteFormat() {
    const v1::OutputFormat& format = request_.output_format();
    switch (allowed_.OutputKind()) {
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
    if (const auto limit = allowed_.MaxOutputTokens()) w_.Key(LimitName()).Int(*limit);
    // A model that takes only the default may as well get none.
    const bool default_only = target_.capabilities.has_sampling_params() &&
                              !target_.capabilities.sampling_params();
    if (!default_only || request_.temperature() != 1) {
      if (const auto temperature = allowed_.Temperature()) w_.Key("temperature").Double(*temperature);
    }
    if (!default_only || request_.top_p() != 1) {
      if (const auto top_p = allowed_.TopP()) w_.Key("top_p").Double(*top_p);
    }
  }

  std::string_view LimitName() const {
    const v1::ModelCapabilities& can = target_.capabilities;
    // The name that the caller used, where the server's wish is unknown: many know only the old one.
    const bool old_name = can.has_max_completion_tokens()
                              ? !can.max_completion_tokens()
                              : native_ && request_.extra_json().contains("max_tokens");
    return old_name ? "max_tokens" : "max_completion_tokens";
  }

  void WriteStop() {
    const std::vector<std::string_view> stops =
        allowed_.Stops(native_ ? request_.stop_size() : kMaxStops);
    if (stops.empty()) return;
    w_.Key("stop").BeginArray();
    for (std::string_view stop : stops) w_.String(stop);
    w_.EndArray();
  }

  // Whether the server takes stream_options; one that does not tells the usage by itself.
  bool TakesStreamOptions() const {
    return !target_.capabilities.has_stream_usage() || target_.capabilities.stream_usage();
  }

  void WriteStream() {
    w_.Key("stream").Bool(true);
    if (native_ || !TakesStreamOptions()) return;
    // Other dialects always tell the usage.
    w_.Key("stream_options").BeginObject().Key("include_usage").Bool(true).EndObject();
  }

  absl::Status WriteExtras() {
    // A map has no order of its own, and equal requests shall give equal bytes.
    const std::map<std::string_view, std::string_view> extras(request_.extra_json().begin(),
                                                              request_.extra_json().end());
    for (const auto& [name, value] : extras) {
      if (name == "max_tokens" || (name == "stream_options" && !TakesStreamOptions())) continue;
      if (allowed_.Refuses(name)) {
        RETURN_IF_ERROR(LeaveOutField(request_, name, target_.model, &notes_));
        continue;
      }
      w_.Key(name).Raw(value);
    }
    return absl::OkStatus();
  }

  // What a request in Responses says beyond the canonical fields, where Chat has it, too.
  void WriteSiblings() {
    for (const auto& [name, value] : SiblingFields(request_, Dialect::kOpenAiChat)) {
      if (allowed_.Refuses(name)) {
        notes_.Add(v1::LOSS_KIND_DROPPED, absl::StrCat("/", name),
                   absl::StrCat(target_.model, " refuses this field"));
      } else {
        w_.Key(name).Raw(value);
      }
    }
  }

  const v1::ModelRequest& request_;
  const PathTarget& target_;
  FidelityNotes& notes_;
  Allowed allowed_;
  const bool native_;
  JsonWriter w_;
};

}  // namespace

absl::StatusOr<EncodedRequest> OpenAiChatCodec::EncodeRequest(const v1::ModelRequest& request,
                                                              const PathTarget& target) const {
  EncodedRequest encoded;
  FidelityNotes notes;
  RequestWriter writer(request, target, &notes);
  ASSIGN_OR_RETURN(encoded.body, writer.Write());
  encoded.fidelity = notes.Take();
  return encoded;
}

}  // namespace warmpath
