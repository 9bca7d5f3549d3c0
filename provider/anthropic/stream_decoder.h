// Reads a Messages stream.
#pragma once

#include <string_view>
#include <vector>

#include "provider/anthropic/answer_builder.h"
#include "provider/codec.h"

namespace warmpath {

// Complete is a stream that has said message_stop. Thread safety: thread-compatible.
class AnthropicStreamDecoder final : public StreamDecoder {
 public:
  void Feed(std::string_view event, std::string_view data, std::vector<v1::Delta>& out) override;
  v1::Observation Observation() const override { return builder_.Build(/*streamed=*/true); }

 private:
  AnthropicAnswerBuilder builder_;
};

}  // namespace warmpath
