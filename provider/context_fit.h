// Whether a request fits into the window of a path's model, before it is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "provider/answer.h"
#include "provider/provider.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Bytes of text that make a token, at the most. English prose takes about 4 to 5 in today's
// vocabularies (OpenAI's rule of thumb is 4 characters), code and JSON about 3, Chinese and Japanese
// about 3 bytes; so this counts too few tokens rather than too many. That is the safe side: what is
// wrongly held to be too long would take a good path away, while what is wrongly sent comes back as
// FAILURE_CLASS_CONTEXT_WINDOW and goes to the next path.
inline constexpr int64_t kMostBytesPerToken = 5;

// The tokens that the texts, calls and tools of a request have at the least. Images and blocks that
// only one dialect understands count nothing.
int64_t LeastTokens(const v1::ModelRequest& request);

// Why the request is longer than the target's window, its answer's limit included; unset: it fits, or
// nobody knows the window. Costs a comparison unless the body is about as long as the window.
std::optional<std::string> WhyTooLong(const ModelCall& call, const PathTarget& target);

}  // namespace warmpath
