// From an Answer's bytes to what was said in them.
#pragma once

#include "provider/answer.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Decodes an answer: its native bytes by its dialect's codec, with the path, times, fidelity and
// failure that are known from the call. What stays unsaid is a failure, never a success:
//   - a failure of the call stands, with outcome FAILED or INTERRUPTED, beside whatever could be read;
//   - an answer whose bytes were not kept, or were cut at the capture limit, is FAILED with
//     LOCAL_LIMIT: the path is not to blame and cannot be judged by it.
//
// For use off the live path: costs as much as the answer is long. Thread safety: pure.
v1::Observation Observe(const Answer& answer);

// Writes path, times, HTTP status and fidelity of `answer` into `observation`.
void StampObservation(const Answer& answer, v1::Observation& observation);

}  // namespace warmpath
