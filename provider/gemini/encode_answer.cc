#include "provider/gemini/encode_answer.h"

#include "base/json.h"
#include "provider/dialect.h"
#include "provider/gemini/codec.h"
#include "provider/gemini/errors.h"
#include "provider/gemini/finish_reasons.h"

namespace warmpath {
namespace {

void WriteUsage(const v1::Usage& usage, JsonWriter* w) {
  w->Key("usageMetadata").BeginObject();
  w->Key("promptTokenCount").Int(usage.input_tokens());
  w->Key("candidatesTokenCount").Int(usage.output_tokens());
  if (usage.cached_input_tokens() > 0) {
    w->Key("cachedContentTokenCount").Int(usage.cached_input_tokens());
  }
  w->Key("totalTokenCount").Int(usage.input_tokens() + usage.output_tokens()).EndObject();
}

bool IsPromptBlock(const v1::Observation& observation) {
  return observation.outcome() == v1::OUTCOME_REFUSED &&
         observation.refusal_origin() == v1::REFUSAL_ORIGIN_PROMPT_BLOCK;
}

}  // namespace

void GeminiResponse::AddText(std::string_view text) {
  if (text.empty()) return;
  JsonWriter w;
  w.BeginObject().Key("text").String(text).EndObject();
  parts_.push_back(w.Take());
}

void GeminiResponse::AddCall(const v1::ToolCall& call) {
  const std::string arguments = call.arguments_json().empty() ? "{}" : call.arguments_json();
  const auto parsed = ParseJson(arguments);
  if (!parsed.ok() || !parsed->is_object()) {
    bad_call_ = true;
    return;
  }
  JsonWriter w;
  w.BeginObject().Key("functionCall").BeginObject();
  if (!call.id().empty()) w.Key("id").String(call.id());
  w.Key("name").String(call.name()).Key("args").Raw(arguments).EndObject().EndObject();
  parts_.push_back(w.Take());
}

void GeminiResponse::AddBlocks(const v1::Observation& observation) {
  for (const v1::Opaque& block : observation.opaque()) {
    if (block.dialect() == DialectName(Dialect::kGemini) && block.type() != "functionCall.members") {
      parts_.push_back(block.json());
    }
  }
}

void GeminiResponse::WriteTail(const v1::Observation* observation, JsonWriter* w) const {
  if (observation != nullptr && observation->has_usage()) WriteUsage(observation->usage(), w);
  w->Key("modelVersion").String(model_).Key("responseId").String(id_).EndObject();
}

std::string GeminiResponse::More() const {
  JsonWriter w;
  w.BeginObject().Key("candidates").BeginArray().BeginObject().Key("content").BeginObject();
  w.Key("parts").BeginArray();
  for (const std::string& part : parts_) w.Raw(part);
  w.EndArray().Key("role").String("model").EndObject();
  w.Key("index").Int(0).EndObject().EndArray();
  WriteTail(nullptr, &w);
  return w.Take();
}

std::string GeminiResponse::Finish(const v1::Observation& observation) const {
  JsonWriter w;
  w.BeginObject();
  if (IsPromptBlock(observation)) {
    w.Key("promptFeedback").BeginObject().Key("blockReason").String("PROHIBITED_CONTENT").EndObject();
    WriteTail(&observation, &w);
    return w.Take();
  }
  w.Key("candidates").BeginArray().BeginObject().Key("content").BeginObject();
  w.Key("parts").BeginArray();
  for (const std::string& part : parts_) w.Raw(part);
  w.EndArray().Key("role").String("model").EndObject();
  w.Key("finishReason");
  w.String(bad_call_ ? "MALFORMED_FUNCTION_CALL" : GeminiFinishReason(observation));
  w.Key("index").Int(0).EndObject().EndArray();
  WriteTail(&observation, &w);
  return w.Take();
}

std::string GeminiCodec::EncodeAnswer(const v1::Observation& observation,
                                      const ReplyOptions& options) const {
  if (observation.outcome() == v1::OUTCOME_FAILED ||
      observation.outcome() == v1::OUTCOME_INTERRUPTED) {
    return GeminiErrorBody(observation.failure());
  }
  const std::string_view id = observation.upstream_request_id().empty()
                                  ? options.id
                                  : std::string_view(observation.upstream_request_id());
  const std::string_view model = observation.served_model().empty()
                                     ? options.model
                                     : std::string_view(observation.served_model());
  GeminiResponse response(id, model);
  response.AddBlocks(observation);
  response.AddText(observation.text());
  response.AddText(observation.refusal());
  for (const v1::ToolCall& call : observation.tool_calls()) response.AddCall(call);
  return response.Finish(observation);
}

}  // namespace warmpath
