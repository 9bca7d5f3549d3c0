// Reads a Responses stream.
#pragma once

#include <string_view>
#include <vector>

#include "provider/codec.h"
#include "provider/openai_responses/answer_builder.h"

namespace warmpath {

// Complete is a stream that has said response.completed or response.incomplete. Servers that name no
// events are read by the type inside the data.
// Thread safety: thread-compatible.
class ResponsesStreamDecoder final : public StreamDecoder {
 public:
  void Feed(std::string_view event, std::string_view data, std::vector<v1::Delta>& out) override;
  v1::Observation Observation() const override { return builder_.Build(/*streamed=*/true); }

 private:
  ResponsesAnswerBuilder builder_;
};

}  // namespace warmpath
