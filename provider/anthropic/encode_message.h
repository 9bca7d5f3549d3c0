// Writes the system prompt and the messages of a Messages request.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/turns.h"

namespace warmpath {

// Writes "system" and "messages" into the open object of `w`.
//
// `system_in_list`: system messages stay where they are, but for those that begin the conversation.
// Else all of them go to the top, those from within the conversation with a mark. The results of tools go
// together into the next user message, before any text; blank text is left out, as Anthropic refuses
// it; blocks of other dialects are left out, which CrossBlocks has noted.
// Errors: UNIMPLEMENTED for a call whose arguments are no JSON object, and for a conversation without
// a user turn.
absl::Status WriteAnthropicConversation(const std::vector<Turn>& turns,
                                        bool system_in_list,
                                        FidelityNotes* notes, JsonWriter* w);

}  // namespace warmpath
