#include "provider/openai_responses/stream_decoder.h"

#include <boost/json/object.hpp>

#include "base/json.h"
#include "provider/wire/json_fields.h"

namespace warmpath {

void ResponsesStreamDecoder::Feed(std::string_view event, std::string_view data,
                                  std::vector<v1::Delta>& out) {
  if (data.empty() || data == "[DONE]") return;
  const auto body = ParseJson(data);
  if (!body.ok()) {
    builder_.SetMalformed();
    return;
  }
  std::string_view type = event;
  if (body->is_object() && event != "error") {
    const std::string_view own = StringMember(body->get_object(), "type");
    if (!own.empty()) type = own;
  }
  builder_.AddEvent(type, *body, &out);
}

}  // namespace warmpath
