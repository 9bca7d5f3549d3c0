#include "provider/gemini/stream_decoder.h"

#include "base/json.h"

namespace warmpath {

void GeminiStreamDecoder::Feed(std::string_view, std::string_view data,
                               std::vector<v1::Delta>& out) {
  // Some gateways in front of the vendor end every stream in OpenAI's way.
  if (data.empty() || data == "[DONE]") return;
  const auto body = ParseJson(data);
  if (!body.ok()) {
    builder_.SetMalformed();
    return;
  }
  builder_.Add(*body, data, &out);
}

}  // namespace warmpath
