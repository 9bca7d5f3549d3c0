// What a card carries where dimensions are held against the primary's own noise; gate.md section 8.
#pragma once

#include "shadow/mirror_job.h"

namespace warmpath {

// Whether the candidate's card waits for no other answer. Paired: it waits for the primary's second
// answer and those of the candidates before it in the ladder, until they have ended.
bool IsComplete(const MirrorJob& job, const MirrorCandidate& candidate);

// Paired: adds to the candidate's card what the primary's second answer scored against its first one,
// and what the candidate scores against the answers of the candidates before it; nobody is measured
// against a degraded path. Not paired: nothing. REQUIRES: IsComplete, and the candidate has its card.
void AddPairedScores(const MirrorJob& job, MirrorCandidate& candidate);

}  // namespace warmpath
