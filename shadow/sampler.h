// Which conversations are mirrored.
#pragma once

#include <cstdint>
#include <string_view>

namespace warmpath {

// Whether a conversation belongs to the mirrored share `rate` (0..1) of a workflow: a stable salted
// hash decides, so that a conversation is in or out as a whole, on every replica and after a restart,
// and content never has a say (gate.md section 1, conditions).
bool IsSampled(std::string_view workflow, uint64_t conversation, double rate);

// Whether an exchange belongs to the share `rate` for which the serving path is asked once more, to
// measure its own noise. Independent of IsSampled.
bool IsSelfSampled(std::string_view workflow, std::string_view request_id, double rate);

}  // namespace warmpath
