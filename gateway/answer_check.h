// Holds a live answer against the contract before the caller gets it.
#pragma once

#include <string>

#include "gateway/live_rules.h"
#include "provider/answer.h"

namespace warmpath {

// What was seen in an answer.
struct AnswerCheck {
  // The model, the vendor's filter or a prompt block declined.
  bool refused = false;
  // How the contract is broken, as a finding's kind and place, such as "schema_violation at /total";
  // holds no content. Empty: it is kept, or nothing was to be checked.
  std::string breach;
};

// Looks at what is certain: an answer that does not fit the output schema, and calls of undeclared or
// forbidden tools. A refusal is not a breach. `answer` is complete, or failed; a failed one can only
// be a refusal (a prompt that the vendor blocks). Pure; costs as much as decoding request and answer.
AnswerCheck CheckAnswer(const ModelCall& call, const Answer& answer, const WorkflowRules& rules);

}  // namespace warmpath
