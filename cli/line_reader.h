// Reads lines of bounded length.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

namespace warmpath {

// One line, without its end.
struct InputLine {
  // At most the limit.
  std::string text;
  // There was more, which was skipped.
  bool too_long = false;
};

// Reads the next line into `line` without ever holding more than `max_bytes`. False at the end of input.
bool ReadInputLine(std::istream& in, size_t max_bytes, InputLine& line);

// Whether there is nothing but white space.
bool IsBlank(const std::string& text);

}  // namespace warmpath
