// Fields that OpenAI's two dialects share beyond the canonical ones.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "provider/dialect.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// A field of a request in the one dialect, as the other one writes it.
struct SiblingField {
  // "" where the other has no such field.
  std::string name;
  std::string json;
  // Whether all of it crosses.
  bool whole = true;
};

// What `target` has for a field of the dialect `from`: metadata and the like by the same name,
// reasoning_effort as reasoning.effort, verbosity as text.verbosity, and back.
SiblingField FindSiblingField(std::string_view from, Dialect target, std::string_view name,
                              std::string_view json);

// All such fields of a request, by their names in `target`; empty if it is not of the other dialect.
std::map<std::string, std::string> SiblingFields(const v1::ModelRequest& request, Dialect target);

}  // namespace warmpath
