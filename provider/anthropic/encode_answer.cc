#include "provider/anthropic/encode_answer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/anthropic/codec.h"
#include "provider/anthropic/errors.h"
#include "provider/wire/names.h"
#include "provider/wire/turns.h"

namespace warmpath {
namespace {

constexpr size_t kMaxIdLength = 64;

void WriteContent(const v1::Observation& observation, std::string_view id, JsonWriter* w) {
  w->Key("content").BeginArray();
  for (const v1::Opaque& block : observation.opaque()) {
    const bool own = block.dialect() == DialectName(Dialect::kAnthropicMessages);
    if (own && block.type() != "citations") w->Raw(block.json());
  }
  if (!observation.text().empty()) {
    w->BeginObject().Key("type").String("text").Key("text").String(observation.text()).EndObject();
  }
  for (int i = 0; i < observation.tool_calls_size(); ++i) {
    const v1::ToolCall& call = observation.tool_calls(i);
    w->BeginObject().Key("type").String("tool_use");
    w->Key("id").String(AnthropicCallId(call.id(), id, i));
    w->Key("name").String(call.name()).Key("input");
    WriteAnthropicInput(call.arguments_json(), w);
    w->EndObject();
  }
  w->EndArray();
}

}  // namespace

std::string_view AnthropicStopReason(const v1::Observation& observation) {
  switch (observation.outcome()) {
    case v1::OUTCOME_END:
    case v1::OUTCOME_HANDOVER: return "end_turn";
    case v1::OUTCOME_STOP_SEQUENCE: return "stop_sequence";
    case v1::OUTCOME_TOOL_CALLS: return "tool_use";
    case v1::OUTCOME_CONTEXT_WINDOW: return "model_context_window_exceeded";
    case v1::OUTCOME_REFUSED: return "refusal";
    case v1::OUTCOME_PAUSED: return "pause_turn";
    default: return "max_tokens";
  }
}

void WriteAnthropicStop(const v1::Observation& observation, JsonWriter* w) {
  w->Key("stop_reason").String(AnthropicStopReason(observation)).Key("stop_sequence");
  if (observation.stop_sequence().empty()) {
    w->Null();
  } else {
    w->String(observation.stop_sequence());
  }
  if (observation.outcome() != v1::OUTCOME_REFUSED) return;
  w->Key("stop_details").BeginObject().Key("type").String("refusal").Key("category").Null();
  w->Key("explanation");
  if (observation.refusal().empty()) {
    w->Null();
  } else {
    w->String(observation.refusal());
  }
  w->EndObject();
}

void WriteAnthropicUsage(const v1::Usage& usage, JsonWriter* w) {
  w->BeginObject();
  w->Key("input_tokens")
      .Int(std::max<int64_t>(0, usage.input_tokens() - usage.cached_input_tokens()));
  w->Key("cache_creation_input_tokens").Int(0);
  w->Key("cache_read_input_tokens").Int(usage.cached_input_tokens());
  w->Key("output_tokens").Int(usage.output_tokens());
  w->EndObject();
}

std::string AnthropicCallId(std::string_view native_id, std::string_view answer_id, int at) {
  if (IsPlainName(native_id, kMaxIdLength)) return std::string(native_id);
  return MadeUpId("toolu_", absl::StrCat(ToAbsl(answer_id), "#", ToAbsl(native_id), "#", at));
}

void WriteAnthropicInput(std::string_view arguments_json, JsonWriter* w) {
  if (arguments_json.empty()) {
    w->BeginObject().EndObject();
    return;
  }
  const auto input = ParseJson(arguments_json);
  if (input.ok() && input->is_object()) {
    w->Raw(arguments_json);
  } else {
    w->String(arguments_json);
  }
}

std::string AnthropicCodec::EncodeAnswer(const v1::Observation& observation,
                                         const ReplyOptions& options) const {
  if (observation.outcome() == v1::OUTCOME_FAILED ||
      observation.outcome() == v1::OUTCOME_INTERRUPTED) {
    return AnthropicErrorBody(observation.failure(), options.id);
  }
  const std::string_view id = observation.upstream_request_id().empty()
                                  ? options.id
                                  : std::string_view(observation.upstream_request_id());
  const std::string_view model = observation.served_model().empty()
                                     ? options.model
                                     : std::string_view(observation.served_model());
  JsonWriter w;
  w.BeginObject().Key("id").String(id).Key("type").String("message");
  w.Key("role").String("assistant").Key("model").String(model);
  WriteContent(observation, id, &w);
  WriteAnthropicStop(observation, &w);
  w.Key("usage");
  WriteAnthropicUsage(observation.usage(), &w);
  w.EndObject();
  return w.Take();
}

}  // namespace warmpath
