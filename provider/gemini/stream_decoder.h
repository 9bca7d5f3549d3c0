// Reads a streamGenerateContent stream.
#pragma once

#include <string_view>
#include <vector>

#include "provider/codec.h"
#include "provider/gemini/answer_builder.h"

namespace warmpath {

// Complete is a stream in which a chunk had a finishReason or a block of the prompt. Thread safety:
// thread-compatible.
class GeminiStreamDecoder final : public StreamDecoder {
 public:
  void Feed(std::string_view event, std::string_view data, std::vector<v1::Delta>& out) override;
  v1::Observation Observation() const override { return builder_.Build(/*streamed=*/true); }

 private:
  GeminiAnswerBuilder builder_;
};

}  // namespace warmpath
