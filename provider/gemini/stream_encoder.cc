#include "provider/gemini/stream_encoder.h"

#include "base/http/sse.h"
#include "provider/gemini/encode_answer.h"
#include "provider/gemini/errors.h"

namespace warmpath {

void GeminiStreamEncoder::AddText(std::string_view text, std::string& out) const {
  if (text.empty()) return;
  GeminiResponse response(id_, model_);
  response.AddText(text);
  AppendSse(out, "", response.More());
}

void GeminiStreamEncoder::End(const v1::Observation& observation, std::string& out) const {
  GeminiResponse response(id_, observation.served_model().empty()
                                   ? std::string_view(model_)
                                   : std::string_view(observation.served_model()));
  if (!has_text_) response.AddText(observation.text());
  if (!has_refusal_) response.AddText(observation.refusal());
  for (const v1::ToolCall& call : observation.tool_calls()) response.AddCall(call);
  AppendSse(out, "", response.Finish(observation));
}

void GeminiStreamEncoder::Encode(const v1::Delta& delta, std::string& out) {
  switch (delta.kind_case()) {
    case v1::Delta::kText:
      AddText(delta.text(), out);
      has_text_ |= !delta.text().empty();
      return;
    case v1::Delta::kRefusal:
      AddText(delta.refusal(), out);
      has_refusal_ |= !delta.refusal().empty();
      return;
    case v1::Delta::kObservation: break;
    default: return;
  }
  const v1::Observation& observation = delta.observation();
  if (observation.outcome() == v1::OUTCOME_FAILED ||
      observation.outcome() == v1::OUTCOME_INTERRUPTED) {
    AppendSse(out, "", GeminiErrorBody(observation.failure()));
    return;
  }
  End(observation, out);
}

}  // namespace warmpath
