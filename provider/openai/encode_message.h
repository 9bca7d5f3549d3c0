// Writes one message of a Chat Completions request.
#pragma once

#include "absl/status/status.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/turns.h"

namespace warmpath {

// OpenAI's own blocks are kept, those of other dialects are left out with a loss; a tool's failure is
// told as {"error": …} with a mark.
// Errors: UNIMPLEMENTED for what a message of that role cannot hold.
absl::Status WriteOpenAiMessage(const Turn& turn, FidelityNotes* notes, JsonWriter* w);

}  // namespace warmpath
