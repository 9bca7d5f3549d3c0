#include "provider/openai/stream_decoder.h"

#include <boost/json/object.hpp>

#include "base/json.h"

namespace warmpath {

void OpenAiStreamDecoder::Feed(std::string_view event, std::string_view data,
                               std::vector<v1::Delta>& out) {
  if (data.empty() || data == "[DONE]") return;
  auto body = ParseJson(data);
  if (!body.ok()) {
    builder_.SetMalformed();
    return;
  }
  if (event == "error" && body->is_object() && !body->get_object().contains("error")) {
    builder_.AddChunk(boost::json::object{{"error", *std::move(body)}}, &out);
    return;
  }
  builder_.AddChunk(*body, &out);
}

}  // namespace warmpath
