// What the tools said just before the answer.
#pragma once

#include <string_view>
#include <vector>

#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// One tool result at the end of the conversation.
struct ToolResult {
  const v1::Message* message = nullptr;
  // The call that it answers; null where the conversation does not hold it.
  const v1::ToolCall* call = nullptr;
  bool error = false;
  // The rule that says so, such as "flag" or "json:error"; lives for ever; empty for a success.
  std::string_view evidence;
};

// The TOOL messages that end the conversation, oldest first; empty where something else ends it.
std::vector<ToolResult> LastToolResults(const v1::ModelRequest& request);

// Whether a tool's words are an error, in the forms that real tools use: JSON with "error", "isError",
// "success": false or a status of 400 and above; "Error:", "Traceback", "HTTP 503" and the like at the start.
// Returns the rule, or empty. Reads at most the first 4 KB, and JSON up to 64 KB.
std::string_view ErrorInWords(std::string_view words);

}  // namespace warmpath
