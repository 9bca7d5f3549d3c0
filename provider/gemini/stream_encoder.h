// Writes a streamGenerateContent stream.
#pragma once

#include <string>
#include <string_view>

#include "provider/codec.h"

namespace warmpath {

// Text goes out piece by piece; calls, which Gemini tells whole, go out with the last chunk.
//
// Thread safety: thread-compatible.
class GeminiStreamEncoder final : public StreamEncoder {
 public:
  GeminiStreamEncoder(std::string_view id, std::string_view model) : id_(id), model_(model) {}

  void Encode(const v1::Delta& delta, std::string& out) override;

 private:
  void AddText(std::string_view text, std::string& out) const;
  void End(const v1::Observation& observation, std::string& out) const;

  const std::string id_;
  const std::string model_;
  bool has_text_ = false;
  bool has_refusal_ = false;
};

}  // namespace warmpath
