// Sees where a JSON object that arrives in pieces ends.
#pragma once

#include <string_view>

namespace warmpath {

// An ObjectEnd is told the text piece by piece. A JSON object cannot go on once its outermost brace is
// closed, so complete() is final, unlike "parses so far".
//
// Thread safety: thread-compatible.
class ObjectEnd {
 public:
  void Add(std::string_view text) {
    for (char c : text) Add(c);
  }
  bool complete() const { return complete_; }

 private:
  void Add(char c) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      complete_ |= --depth_ == 0;
    }
  }

  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool complete_ = false;
};

}  // namespace warmpath
