// The "thinking" of a Messages request, as the path's model takes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "provider/provider.h"
#include "provider/wire/fidelity_notes.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// The request's "thinking" as JSON text, with notes on what was changed; "" for none. A kind that the
// model lacks becomes one that it has, or is dropped. A budget is kept below `max_tokens`. Thinking is
// dropped where a conversation stands within a round of tool calls that began without it: Anthropic
// wants that round to begin with a thinking block, and another provider's was left out or never made.
std::string AllowedThinking(const v1::ModelRequest& request, const PathTarget& target,
                            int64_t max_tokens, FidelityNotes* notes);

// Whether such a text switches thinking on with a budget; forced tool use is refused beside it.
bool IsThinkingEnabled(std::string_view thinking_json);

}  // namespace warmpath
