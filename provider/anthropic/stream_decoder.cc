#include "provider/anthropic/stream_decoder.h"

#include "base/json.h"
#include "provider/wire/failures.h"

namespace warmpath {

void AnthropicStreamDecoder::Feed(std::string_view event, std::string_view data,
                                  std::vector<v1::Delta>& out) {
  // Some gateways in front of the vendor end every stream in OpenAI's way.
  if (data.empty() || data == "[DONE]") return;
  const auto body = ParseJson(data);
  if (!body.ok()) {
    builder_.SetMalformed();
    return;
  }
  builder_.AddEvent(event, *body, &out);
}

v1::Observation AnthropicStreamDecoder::Observation() const {
  v1::Observation observation = builder_.Build(/*streamed=*/true);
  if (builder_.restarted() && !recorded_) {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER,
                          "the stream began a second message after content of the first"),
              &observation);
  }
  return observation;
}

}  // namespace warmpath
