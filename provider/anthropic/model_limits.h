// What Claude models take.
#pragma once

#include <cstdint>
#include <string_view>

namespace warmpath {

// What can be asked of a model. A row of the capability table that @ai-sdk/anthropic 4.0.105 ships.
struct ModelLimits {
  // 0: unknown, so nothing is clamped.
  int64_t max_output_tokens = 0;
  // temperature, top_p and top_k; 400 where they are not taken.
  bool sampling = true;
  // tool_choice any and tool; 400 where they are not taken.
  bool forced_tool = true;
  // output_config.format.
  bool structured_output = true;
};

// By substring of the model's id, first row wins. A name that is no Claude model's is most likely an
// alias that a gateway gave: everything is let through, and shadows show whether it works.
ModelLimits AnthropicLimits(std::string_view model);

}  // namespace warmpath
