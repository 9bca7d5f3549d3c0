// Writes the input of a Responses request.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/turns.h"

namespace warmpath {

// The text of a first message that goes into `instructions`; "" if the conversation begins otherwise.
std::string_view InstructionsOf(const std::vector<Turn>& turns);

// Writes the items of all turns but the one that InstructionsOf() took, as a list.
//
// Parts of this dialect's own are kept, those of others are left out (CrossBlocks notes them); a
// tool's failure is told as {"error": …} with a mark.
// Errors: UNIMPLEMENTED for what an item of that kind cannot hold.
absl::Status WriteResponsesInput(const std::vector<Turn>& turns, FidelityNotes* notes,
                                 JsonWriter* w);

}  // namespace warmpath
