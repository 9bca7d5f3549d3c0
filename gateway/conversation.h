// What names a conversation where nobody does.
#pragma once

#include <cstdint>

#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// A hash of what stays the same in all turns of a conversation: the messages up to the first one of
// the user. For requests in canonical form; ScanBody does the same for bodies.
uint64_t ConversationOf(const v1::ModelRequest& request);

}  // namespace warmpath
