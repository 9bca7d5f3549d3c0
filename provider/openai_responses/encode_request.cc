#include <map>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/capability/allowed.h"
#include "provider/openai/strict_schema.h"
#include "provider/openai_responses/codec.h"
#include "provider/openai_responses/encode_items.h"
#include "provider/wire/extra_fields.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/foreign_blocks.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/names.h"
#include "provider/wire/sibling_fields.h"
#include "provider/wire/tool_ids.h"
#include "provider/wire/turns.h"

namespace warmpath {
namespace {

constexpr size_t kMaxName = 64;
// The least that the API takes as max_output_tokens.
constexpr int64_t kMinOutputTokens = 16;
constexpr ToolIdRule kForeignIds{.prefix = "call_", .max_length = 64, .plain = false};
constexpr ToolIdRule kOwnIds{.prefix = "call_", .max_length = 1 << 16, .plain = false};

// Writes one request; the members' order is the order in which OpenAI documents them.
class RequestWriter {
 public:
  RequestWriter(const v1::ModelRequest& request, const PathTarget& target, FidelityNotes* notes)
      : request_(request),
        target_(target),
        notes_(*notes),
        allowed_(request, target, notes),
        native_(IsNative(request, Dialect::kOpenAiResponses)) {
    // Maps have an order here, so that equal requests give equal bytes.
    if (native_) {
      extras_ = {request.extra_json().begin(), request.extra_json().end()};
    } else {
      extras_ = SiblingFields(request, Dialect::kOpenAiResponses);
    }
  }

  absl::StatusOr<std::string> Write() {
    RETURN_IF_ERROR(CheckExpressible());
    const ToolIdRule ids = ToolIdRuleOf(target_.capabilities, native_ ? kOwnIds : kForeignIds);
    ASSIGN_OR_RETURN(const std::vector<Turn> turns, ArrangeTurns(request_, ids));
    w_.BeginObject().Key("model").String(target_.model);
    const std::string_view instructions = InstructionsOf(turns);
    if (!instructions.empty()) w_.Key("instructions").String(instructions);
    w_.Key("input");
    RETURN_IF_ERROR(WriteResponsesInput(turns, &notes_, &w_));
    WriteTools();
    WriteToolChoice();
    WriteText();
    WriteLimits();
    // Nothing that warmpath writes is to be kept by a vendor; the API's default is true.
    w_.Key("store").Bool(false);
    if (request_.stream()) w_.Key("stream").Bool(true);
    RETURN_IF_ERROR(WriteExtras());
    w_.EndObject();
    return w_.Take();
  }

 private:
  absl::Status CheckExpressible() {
    RETURN_IF_ERROR(CrossExtraFields(request_, Dialect::kOpenAiResponses, &notes_));
    RETURN_IF_ERROR(CrossBlocks(request_, Dialect::kOpenAiResponses, &notes_));
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
            "/tools/", i, ": the tool type ", tool.provider_type(), " belongs to another dialect"));
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
      } else {
        WriteFunction(tool, i);
      }
    }
    w_.EndArray();
  }

  void WriteFunction(const v1::Tool& tool, int at) {
    w_.BeginObject().Key("type").String("function").Key("name").String(tool.name());
    if (!tool.description().empty()) w_.Key("description").String(tool.description());
    if (!tool.parameters_json().empty()) {
      w_.Key("parameters").Raw(tool.parameters_json());
    } else if (!native_) {
      w_.Raw("\"parameters\":{\"type\":\"object\",\"properties\":{}}");
    }
    if (native_) {
      // Left out it means true, for schemas that fit and, as well as can be, for those that don't.
      const bool by_default = tool.strict() && !OpenAiStrictProblem(tool.parameters_json()).empty();
      if (tool.has_strict() && !by_default) w_.Key("strict").Bool(tool.strict());
      WriteOtherMembers(tool);
    } else {
      const std::string pointer = absl::StrCat("/tools/", at, "/strict");
      // It has to be said: here the default is true.
      w_.Key("strict").Bool(tool.strict() && allowed_.StrictTool(at) &&
                            KeepStrict(tool.parameters_json(), pointer));
      if (!tool.native_json().empty()) {
        notes_.Add(v1::LOSS_KIND_DROPPED, absl::StrCat("/tools/", at),
                   "OpenAI has no place for some members of this declaration");
      }
    }
    w_.EndObject();
  }

  // native_json is an object: its members without the braces.
  void WriteOtherMembers(const v1::Tool& tool) {
    const std::string_view object = tool.native_json();
    if (object.size() > 2) w_.Raw(object.substr(1, object.size() - 2));
  }

  void WriteToolChoice() {
    if (request_.tools().empty()) return;
    if (!(native_ && request_.extra_json().contains("tool_choice"))) WriteMode();
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
        w_.Key("name").String(request_.tool_choice().name()).EndObject();
        break;
      default: break;
    }
  }

  void WriteText() {
    const v1::OutputKind kind = allowed_.OutputKind();
    const auto rest = extras_.find("text");
    const bool has_rest = rest != extras_.end();
    if (kind == v1::OUTPUT_KIND_UNSPECIFIED && !has_rest) return;
    w_.Key("text").BeginObject();
    if (kind != v1::OUTPUT_KIND_UNSPECIFIED) WriteFormat(kind);
    if (has_rest) w_.Raw(std::string_view(rest->second).substr(1, rest->second.size() - 2));
    w_.EndObject();
  }

  void WriteFormat(v1::OutputKind kind) {
    const v1::OutputFormat& format = request_.output_format();
    w_.Key("format").BeginObject().Key("type");
    if (kind != v1::OUTPUT_KIND_JSON_SCHEMA) {
      w_.String(kind == v1::OUTPUT_KIND_JSON_OBJECT ? "json_object" : "text").EndObject();
      return;
    }
    w_.String("json_schema");
    w_.Key("name").String(native_ ? format.name() : PlainName(format.name(), kMaxName, "answer"));
    if (!format.description().empty()) w_.Key("description").String(format.description());
    w_.Key("schema").Raw(format.schema_json().empty() ? "{}" : format.schema_json());
    if (format.has_strict()) {
      w_.Key("strict").Bool(format.strict() &&
                            (native_ || KeepStrict(format.schema_json(),
                                                   allowed_.Pointer("response_format"))));
    }
    w_.EndObject();
  }

  void WriteLimits() {
    if (auto limit = allowed_.MaxOutputTokens()) {
      if (!native_ && *limit < kMinOutputTokens) {
        notes_.Add(v1::LOSS_KIND_CLAMPED, allowed_.Pointer("max_tokens"),
                   "OpenAI Responses takes 16 tokens or more");
        limit = kMinOutputTokens;
      }
      w_.Key("max_output_tokens").Int(*limit);
    }
    WriteSampling();
    if (request_.stop().empty()) return;
    notes_.Add(v1::LOSS_KIND_DROPPED, allowed_.Pointer("stop"),
               "OpenAI Responses has no stop strings");
  }

  void WriteSampling() {
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

  absl::Status WriteExtras() {
    for (const auto& [name, value] : extras_) {
      if (name == "text" || name == "store") continue;
      if (allowed_.Refuses(name)) {
        RETURN_IF_ERROR(LeaveOutField(request_, name, target_.model, &notes_));
        continue;
      }
      w_.Key(name).Raw(value);
    }
    return absl::OkStatus();
  }

  const v1::ModelRequest& request_;
  const PathTarget& target_;
  FidelityNotes& notes_;
  Allowed allowed_;
  const bool native_;
  // Fields beyond the canonical ones: all of its own dialect, of Chat those that it shares.
  std::map<std::string, std::string> extras_;
  JsonWriter w_;
};

}  // namespace

absl::StatusOr<EncodedRequest> OpenAiResponsesCodec::EncodeRequest(
    const v1::ModelRequest& request, const PathTarget& target) const {
  EncodedRequest encoded;
  FidelityNotes notes;
  RequestWriter writer(request, target, &notes);
  ASSIGN_OR_RETURN(encoded.body, writer.Write());
  encoded.fidelity = notes.Take();
  return encoded;
}

}  // namespace warmpath
