// UTF-8 by its definition (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace warmpath {

// How many bytes from the start are valid UTF-8, up to the last whole character.
size_t ValidUtf8Prefix(std::string_view text);

inline bool IsValidUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

// The longest start of `text` of at most `max_bytes` that cuts no character in two.
// REQUIRES: `text` is valid UTF-8.
std::string_view TruncateUtf8(std::string_view text, size_t max_bytes);

}  // namespace warmpath
