// Reads a Messages stream.
#pragma once

#include <string_view>
#include <vector>

#include "provider/anthropic/answer_builder.h"
#include "provider/codec.h"

namespace warmpath {

// Complete is a stream that has said message_stop. One that begins a second message after it had
// content is malformed, as what was handed on cannot be taken back; unless it is `recorded`, that is,
// nobody gets the deltas. Thread safety: thread-compatible.
class AnthropicStreamDecoder final : public StreamDecoder {
 public:
  explicit AnthropicStreamDecoder(bool recorded = false) : recorded_(recorded) {}

  void Feed(std::string_view event, std::string_view data, std::vector<v1::Delta>& out) override;
  v1::Observation Observation() const override;

 private:
  const bool recorded_;
  AnthropicAnswerBuilder builder_;
};

}  // namespace warmpath
