#include "provider/openai_responses/response_writer.h"

#include "absl/strings/str_cat.h"
#include "base/string_view.h"
#include "provider/wire/turns.h"

namespace warmpath {
namespace {

void WriteUsage(const v1::Usage& usage, JsonWriter* w) {
  w->BeginObject().Key("input_tokens").Int(usage.input_tokens());
  w->Key("input_tokens_details").BeginObject();
  w->Key("cached_tokens").Int(usage.cached_input_tokens()).EndObject();
  w->Key("output_tokens").Int(usage.output_tokens());
  w->Key("output_tokens_details").BeginObject().Key("reasoning_tokens").Int(0).EndObject();
  w->Key("total_tokens").Int(usage.input_tokens() + usage.output_tokens());
  w->EndObject();
}

void WriteEnding(const ResponseEnding& ending, JsonWriter* w) {
  w->Key("status").String(ending.status).Key("error").Null().Key("incomplete_details");
  if (ending.status != "incomplete") {
    w->Null();
    return;
  }
  w->BeginObject();
  if (!ending.reason.empty()) w->Key("reason").String(ending.reason);
  w->EndObject();
}

}  // namespace

ResponseEnding EndingOf(const v1::Observation& observation) {
  switch (observation.outcome()) {
    case v1::OUTCOME_END:
    case v1::OUTCOME_STOP_SEQUENCE:
    case v1::OUTCOME_TOOL_CALLS:
    case v1::OUTCOME_HANDOVER: return {"completed", ""};
    case v1::OUTCOME_LENGTH:
    case v1::OUTCOME_CONTEXT_WINDOW: return {"incomplete", "max_output_tokens"};
    case v1::OUTCOME_REFUSED:
      return observation.refusal_origin() == v1::REFUSAL_ORIGIN_FILTER ||
                     observation.refusal_origin() == v1::REFUSAL_ORIGIN_PROMPT_BLOCK
                 ? ResponseEnding{"incomplete", "content_filter"}
                 : ResponseEnding{"completed", ""};
    default: return {"incomplete", ""};
  }
}

std::string RefusalText(const v1::Observation& observation) {
  if (!observation.refusal().empty()) return observation.refusal();
  const bool by_model = observation.outcome() == v1::OUTCOME_REFUSED &&
                        EndingOf(observation).status == "completed";
  return by_model ? "The model declined to answer." : "";
}

std::string ItemId(std::string_view prefix, std::string_view answer_id, size_t at) {
  return MadeUpId(prefix, absl::StrCat(ToAbsl(answer_id), "#item#", at));
}

std::string CallIdOf(std::string_view native_id, std::string_view answer_id, int at) {
  if (!native_id.empty()) return std::string(native_id);
  return MadeUpId("call_", absl::StrCat(ToAbsl(answer_id), "#", at));
}

void WriteOutputPart(const OutputPart& part, JsonWriter* w) {
  w->BeginObject();
  if (part.refusal) {
    w->Key("type").String("refusal").Key("refusal").String(part.text);
  } else {
    w->Key("type").String("output_text").Key("text").String(part.text);
    w->Key("annotations").BeginArray().EndArray().Key("logprobs").BeginArray().EndArray();
  }
  w->EndObject();
}

void WriteOutputItem(const OutputItem& item, JsonWriter* w) {
  w->BeginObject().Key("id").String(item.id);
  if (!item.call_id.empty()) {
    w->Key("type").String("function_call").Key("status").String(item.status);
    w->Key("call_id").String(item.call_id).Key("name").String(item.name);
    w->Key("arguments").String(item.arguments);
  } else {
    w->Key("type").String("message").Key("status").String(item.status);
    w->Key("role").String("assistant").Key("content").BeginArray();
    for (const OutputPart& part : item.parts) WriteOutputPart(part, w);
    w->EndArray();
  }
  w->EndObject();
}

void WriteResponse(const ResponseHead& head, const std::vector<std::string_view>& own_items,
                   const std::vector<OutputItem>& output, JsonWriter* w) {
  w->BeginObject().Key("id").String(head.id).Key("object").String("response");
  w->Key("created_at").Int(head.created);
  WriteEnding(head.ending, w);
  w->Key("model").String(head.model).Key("output").BeginArray();
  for (const std::string_view item : own_items) w->Raw(item);
  for (const OutputItem& item : output) WriteOutputItem(item, w);
  w->EndArray().Key("usage");
  if (head.usage != nullptr) {
    WriteUsage(*head.usage, w);
  } else {
    w->Null();
  }
  // SDKs' types promise these. What the request said is the caller's to know; nothing is stored.
  w->Raw(R"("instructions":null,"max_output_tokens":null,"metadata":{},"parallel_tool_calls":true)");
  w->Raw(R"("previous_response_id":null,"reasoning":null,"store":false,"temperature":null)");
  w->Raw(R"("text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":null)");
  w->Raw(R"("truncation":"disabled")");
  w->EndObject();
}

}  // namespace warmpath
