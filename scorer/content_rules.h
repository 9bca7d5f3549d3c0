// Content that a contract requires or forbids.
#pragma once

#include "scorer/findings.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// Holds an answer against the rule's patterns, each an RE2 pattern for the text or, as "(?/status)^open$", for what
// stands at a JSON pointer in the JSON that FindJson finds there (base/pointer_pattern.h).
//
// A required pattern must match the text, or be found at the place: at every place where the pointer has "*", which
// may be none. An answer that only calls tools has no words yet, so that nothing is required of it. A forbidden pattern must match
// nowhere.
//
// False: a pattern cannot be checked, which is a finding, too.
bool CheckContent(const v1::PolicyRule& policy, const v1::Observation& answer,
                  FindingList& findings);

}  // namespace warmpath
