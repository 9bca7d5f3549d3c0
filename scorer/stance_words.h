// The stance that words take.
#pragma once

#include <string_view>

#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A stance and what it was read from.
struct StanceReading {
  v1::Stance stance = v1::STANCE_UNSPECIFIED;
  // The rule that decided, such as "vendor:refusal" or "words:declines"; lives for ever.
  std::string_view evidence = "";
  // The vendor itself marked it; no words were read.
  bool from_vendor = false;
};

// The stance of words alone; UNSPECIFIED for an empty text. JSON is read as words, too: its strings are.
//
// ESCALATE where the words hand over to a person; CLARIFY where a short answer ends by asking for what it needs;
// else the signs of stance_cues.h, weighted, tell PROCEED, PARTIAL and REFUSE apart. docs/scoring.md says
// how the weights were found and how far they can be trusted.
StanceReading StanceOfWords(std::string_view text);

}  // namespace warmpath
