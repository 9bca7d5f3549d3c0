// JSON Pointers (RFC 6901) for naming places.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace warmpath {

// Appends "/token" to `pointer`, with ~ and / escaped.
void AppendPointerToken(std::string& pointer, absl::string_view token);

// `pointer` with "/token" appended.
std::string ChildPointer(absl::string_view pointer, absl::string_view token);

// One token with its escapes undone.
std::string UnescapePointerToken(absl::string_view token);

// The index that a token writes, or npos if it writes none.
size_t PointerIndex(absl::string_view token);

// `text` cut at a code point below 256 bytes, with "..." if something was cut off: keeps messages
// and pointers small whatever a document holds.
std::string Shortened(absl::string_view text);

}  // namespace warmpath
