// Where a subschema stands, kept as a link to where its parent stands: however many subschemas a
// schema has and however long its names are, each costs a few bytes until an error prints it.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace warmpath {

// One step of a JSON pointer into a schema document. Tokens are borrowed from the document.
struct SchemaLocation {
  const SchemaLocation* parent = nullptr;
  // The member's name; at the root (no parent) "uri#", or nothing in the main document.
  // data() == nullptr below the root: an array's item.
  absl::string_view token;
  size_t index = 0;

  // The JSON pointer; long names are cut.
  std::string ToString() const;
};

}  // namespace warmpath
