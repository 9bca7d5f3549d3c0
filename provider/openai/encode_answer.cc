#include "provider/openai/encode_answer.h"

#include "absl/strings/str_cat.h"
#include "base/string_view.h"
#include "provider/openai/codec.h"
#include "provider/openai/errors.h"
#include "provider/wire/turns.h"

namespace warmpath {
namespace {

void WriteCalls(const v1::Observation& observation, std::string_view id, JsonWriter* w) {
  w->Key("tool_calls").BeginArray();
  for (int i = 0; i < observation.tool_calls_size(); ++i) {
    const v1::ToolCall& call = observation.tool_calls(i);
    w->BeginObject();
    w->Key("id").String(OpenAiCallId(call.id(), id, i));
    w->Key("type").String("function");
    w->Key("function").BeginObject().Key("name").String(call.name());
    w->Key("arguments").String(call.arguments_json().empty() ? "{}" : call.arguments_json());
    w->EndObject().EndObject();
  }
  w->EndArray();
}

void WriteMessage(const v1::Observation& observation, std::string_view id, JsonWriter* w) {
  const std::string refusal = OpenAiRefusal(observation);
  const bool without_text = !observation.tool_calls().empty() || !refusal.empty();
  w->Key("message").BeginObject().Key("role").String("assistant").Key("content");
  if (observation.text().empty() && without_text) {
    w->Null();
  } else {
    w->String(observation.text());
  }
  w->Key("refusal");
  if (refusal.empty()) {
    w->Null();
  } else {
    w->String(refusal);
  }
  if (!observation.tool_calls().empty()) WriteCalls(observation, id, w);
  w->EndObject();
}

}  // namespace

std::string_view OpenAiFinishReason(const v1::Observation& observation) {
  switch (observation.outcome()) {
    case v1::OUTCOME_END:
    case v1::OUTCOME_STOP_SEQUENCE:
    case v1::OUTCOME_HANDOVER: return "stop";
    case v1::OUTCOME_TOOL_CALLS: return "tool_calls";
    case v1::OUTCOME_REFUSED:
      return observation.refusal_origin() == v1::REFUSAL_ORIGIN_FILTER ||
                     observation.refusal_origin() == v1::REFUSAL_ORIGIN_PROMPT_BLOCK
                 ? "content_filter"
                 : "stop";
    default: return "length";
  }
}

std::string OpenAiRefusal(const v1::Observation& observation) {
  if (!observation.refusal().empty()) return observation.refusal();
  const bool by_model = observation.outcome() == v1::OUTCOME_REFUSED &&
                        OpenAiFinishReason(observation) == "stop";
  return by_model ? "The model declined to answer." : "";
}

void WriteOpenAiUsage(const v1::Usage& usage, JsonWriter* w) {
  w->BeginObject();
  w->Key("prompt_tokens").Int(usage.input_tokens());
  w->Key("completion_tokens").Int(usage.output_tokens());
  w->Key("total_tokens").Int(usage.input_tokens() + usage.output_tokens());
  w->Key("prompt_tokens_details").BeginObject();
  w->Key("cached_tokens").Int(usage.cached_input_tokens()).EndObject();
  w->EndObject();
}

std::string OpenAiCallId(std::string_view native_id, std::string_view answer_id, int at) {
  if (!native_id.empty()) return std::string(native_id);
  return MadeUpId("call_", absl::StrCat(ToAbsl(answer_id), "#", at));
}

std::string OpenAiChatCodec::EncodeAnswer(const v1::Observation& observation,
                                          const ReplyOptions& options) const {
  if (observation.outcome() == v1::OUTCOME_FAILED ||
      observation.outcome() == v1::OUTCOME_INTERRUPTED) {
    return OpenAiErrorBody(observation.failure());
  }
  const std::string_view id = observation.upstream_request_id().empty()
                                  ? options.id
                                  : std::string_view(observation.upstream_request_id());
  const std::string_view model = observation.served_model().empty()
                                     ? options.model
                                     : std::string_view(observation.served_model());
  JsonWriter w;
  w.BeginObject().Key("id").String(id).Key("object").String("chat.completion");
  w.Key("created").Int(options.created);
  w.Key("model").String(model);
  w.Key("choices").BeginArray().BeginObject().Key("index").Int(0);
  WriteMessage(observation, id, &w);
  w.Key("logprobs").Null();
  w.Key("finish_reason").String(OpenAiFinishReason(observation));
  w.EndObject().EndArray();
  if (observation.has_usage()) {
    w.Key("usage");
    WriteOpenAiUsage(observation.usage(), &w);
  }
  if (!observation.served_build().empty()) {
    w.Key("system_fingerprint").String(observation.served_build());
  }
  w.EndObject();
  return w.Take();
}

}  // namespace warmpath
