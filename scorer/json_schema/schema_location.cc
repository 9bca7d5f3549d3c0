#include "scorer/json_schema/schema_location.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "scorer/json_schema/json_pointer.h"

namespace warmpath {

std::string SchemaLocation::ToString() const {
  std::vector<const SchemaLocation*> steps;
  for (const SchemaLocation* step = this; step != nullptr; step = step->parent) {
    steps.push_back(step);
  }
  std::string text(steps.back()->token);
  steps.pop_back();
  for (; !steps.empty(); steps.pop_back()) {
    if (steps.back()->token.data() == nullptr) {
      absl::StrAppend(&text, "/", steps.back()->index);
    } else {
      AppendPointerToken(text, Shortened(steps.back()->token));
    }
  }
  return text;
}

}  // namespace warmpath
