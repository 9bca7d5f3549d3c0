// Writes one message of a Chat Completions request.
#pragma once

#include "absl/status/status.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/turns.h"
#include "warmpath/v1/capability.pb.h"

namespace warmpath {

// OpenAI's own blocks are kept but for members that `can.refused_fields` names as "messages[].x"; those
// of other dialects are left out, which CrossBlocks has noted; a tool's failure is told as
// {"error": …} with a mark.
// Errors: UNIMPLEMENTED for what a message of that role cannot hold.
absl::Status WriteOpenAiMessage(const Turn& turn, const v1::ModelCapabilities& can,
                                FidelityNotes* notes, JsonWriter* w);

}  // namespace warmpath
