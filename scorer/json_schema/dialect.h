// Which words a schema is written in: the draft, and what its vocabularies switch off or on.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace warmpath {

// The drafts of JSON Schema, oldest first.
enum class Draft : uint8_t { k4, k6, k7, k2019_09, k2020_12 };

// A Dialect is a draft plus the choices of a custom metaschema's $vocabulary.
struct Dialect {
  Draft draft = Draft::k2020_12;
  // False if the metaschema leaves the validation vocabulary out: type, minimum, ... are ignored.
  bool validation = true;
  // True if the metaschema demands `format` as an assertion.
  bool format_assertion = false;
};

// The draft that a $schema value names, with http or https, with or without an empty fragment.
std::optional<Draft> DraftOfSchemaUri(absl::string_view uri);

// What a subschema-bearing keyword holds.
enum class SubschemaShape : uint8_t {
  kSchema,         // one schema
  kSchemaOrArray,  // one schema or an array of them
  kArray,          // an array of schemas
  kMap,            // an object whose values are schemas
  kMapOrNames,     // an object of schemas or arrays of names (dependencies)
};

// How `keyword` holds schemas in `draft`, or nothing if it holds none there.
std::optional<SubschemaShape> SubschemasIn(absl::string_view keyword, Draft draft);

}  // namespace warmpath
