// Names as vendors want them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace warmpath {

// Whether `name` is 1 to `max_length` characters of [A-Za-z0-9_-].
bool IsPlainName(std::string_view name, size_t max_length);

// `name` with any other character replaced by "_", cut to `max_length`; `fallback` if it is empty.
std::string PlainName(std::string_view name, size_t max_length, std::string_view fallback);

}  // namespace warmpath
