#include "cli/line_reader.h"

namespace warmpath {

bool ReadInputLine(std::istream& in, size_t max_bytes, InputLine& line) {
  line.text.clear();
  line.too_long = false;
  std::streambuf* buffer = in.rdbuf();
  bool any = false;
  for (int c = buffer->sbumpc(); c != std::char_traits<char>::eof(); c = buffer->sbumpc()) {
    any = true;
    if (c == '\n') return true;
    if (line.text.size() < max_bytes) {
      line.text += static_cast<char>(c);
    } else {
      line.too_long = true;
    }
  }
  return any;
}

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r") == std::string::npos;
}

}  // namespace warmpath
