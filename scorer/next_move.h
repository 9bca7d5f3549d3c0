// What an answer does after a tool failed.
#pragma once

#include <string_view>
#include <vector>

#include "scorer/tool_outcome.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// Classifies the move. UNSPECIFIED where no tool failed.
//
// A call that hands over to a person is ESCALATE, whatever else is called. Else, if a failed tool is called
// again: RETRY_SAME with the same arguments (compared as JSON), RETRY_CHANGED with others; else any call is
// OTHER_TOOL. Without calls: CLAIMS_SUCCESS where ClaimsSuccess says so, else REPORT. Deeds count: words that
// promise to hand over are REPORT here, and the stance ESCALATE.
v1::NextMove ClassifyNextMove(const v1::ModelRequest& request,
                              const std::vector<ToolResult>& results,
                              const v1::Observation& answer);

// Whether words speak as if what failed had worked: they say that an action is done, without a word of
// any problem, and no tool that bears the action's name has worked in this conversation.
//
// Bounded: reads the first 16 KB of the words and the last 400 messages.
bool ClaimsSuccess(const v1::ModelRequest& request, const std::vector<ToolResult>& results,
                   std::string_view words);

// The kind of internals that leak into words: "channel_tokens", "tool_syntax", "reasoning" or
// "stack_trace"; empty: none. Reads the first 64 KB.
std::string_view LeakedInternals(std::string_view words);

}  // namespace warmpath
