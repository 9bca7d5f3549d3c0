// Writes the instructions and the conversation of a generateContent request.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "provider/wire/fidelity_notes.h"
#include "provider/wire/json_writer.h"
#include "provider/wire/turns.h"

namespace warmpath {

// Writes "systemInstruction" and "contents" into the open object of `w`.
//
// System messages go to the top, those from within the conversation with a note. Neighbours of one
// role become one content. The results of a turn's calls stand together at the beginning of the next
// user content, as many and in the same order as the calls. In the current turn, that is, behind the
// last thing that a user said, the first call of each content needs a signature: one that is missing
// gets Google's documented stand-in, with a note. Images are never fetched.
// Errors: UNIMPLEMENTED for a call whose arguments are no JSON object, an image of no known type, and
// a conversation without a user turn.
absl::Status WriteGeminiConversation(const std::vector<Turn>& turns, FidelityNotes* notes,
                                     JsonWriter* w);

}  // namespace warmpath
