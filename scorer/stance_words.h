// The stance that words take; read by rules, without a model.
#pragma once

#include <string>
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

// The stance of words alone; UNSPECIFIED for an empty text. docs/scoring.md says by which rules.
StanceReading StanceOfWords(std::string_view text);

// The start of a text as rules read it: at most `max_bytes`, in lower case, straight quotes, single spaces,
// without Markdown marks. Line ends become '\n'.
std::string PlainWords(std::string_view text, size_t max_bytes);

}  // namespace warmpath
