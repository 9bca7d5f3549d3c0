// Whether two texts of one argument mean the same.
#pragma once

#include <optional>
#include <string_view>

#include "scorer/tolerance.h"

namespace warmpath {

// What is known of the argument that the texts are values of.
struct TextContext {
  // The argument's name and description: tell places and free text from identifiers.
  std::string_view name;
  std::string_view description;
  // The schema lists the allowed values or gives a pattern or format: the text is a code, and only its
  // case and punctuation may vary.
  bool is_code = false;
  // Rules that may be used.
  ToleranceSet allowed = ToleranceSet::All();
};

// Nullopt: they differ. Empty: they are the same text. Else the rules that were needed.
//
// Bounded: linear in the texts (free text: in the product of at most 200 words each).
std::optional<ToleranceSet> TextsEqual(std::string_view a, std::string_view b,
                                       const TextContext& context);

}  // namespace warmpath
