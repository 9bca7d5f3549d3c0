// Reads a Chat Completions stream.
#pragma once

#include <string_view>
#include <vector>

#include "provider/codec.h"
#include "provider/openai/answer_builder.h"

namespace warmpath {

// Complete is a stream that has said a finish_reason; [DONE] alone proves nothing.
// Thread safety: thread-compatible.
class OpenAiStreamDecoder final : public StreamDecoder {
 public:
  void Feed(std::string_view event, std::string_view data, std::vector<v1::Delta>& out) override;
  v1::Observation Observation() const override { return builder_.Build(/*streamed=*/true); }

 private:
  OpenAiAnswerBuilder builder_;
};

}  // namespace warmpath
