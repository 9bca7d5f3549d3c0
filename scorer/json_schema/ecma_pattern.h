// An ECMA-262 regular expression run by RE2, so in time linear in the text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "re2/re2.h"

namespace warmpath {

// An EcmaPattern is the compiled value of a `pattern` or `patternProperties` keyword.
//
//   EcmaPattern pattern("^[A-Z]{2}\\d+$", /*max_memory_bytes=*/1 << 20);
//   if (!pattern.checkable()) return Unknown(pattern.problem());
//   bool found = pattern.FoundIn("AB12");
//
// A pattern that RE2 can't hold (back-references, most look-around, too large a program) is kept
// as not checkable: it is neither a match nor a mismatch, and no backtracking engine ever runs it.
//
// Thread safety: const methods may be called concurrently.
class EcmaPattern {
 public:
  EcmaPattern(absl::string_view ecma, int64_t max_memory_bytes);

  bool checkable() const { return problem_.empty(); }
  // Why the pattern can't be checked; empty if it can.
  const std::string& problem() const { return problem_; }
  // The pattern as the schema writes it.
  const std::string& source() const { return source_; }
  // RE2's instructions (for a program that became too large: how many it may have), as a measure
  // of memory and of the time that compiling took.
  int64_t program_size() const { return program_size_; }

  // What matching `text` costs at worst, in units of some hundred nanoseconds.
  int64_t CostOn(absl::string_view text) const {
    return 1 + static_cast<int64_t>(text.size()) * program_size_ / 512;
  }

  // Whether the pattern matches anywhere in `text` (patterns aren't anchored implicitly).
  // REQUIRES: checkable().
  bool FoundIn(absl::string_view text) const;

 private:
  std::unique_ptr<re2::RE2> Build(const std::string& translated, int64_t max_memory_bytes);

  std::string source_;
  std::string problem_;
  int64_t program_size_ = 0;
  std::unique_ptr<re2::RE2> main_;
  std::vector<std::unique_ptr<re2::RE2>> required_;
  std::vector<std::unique_ptr<re2::RE2>> forbidden_;
};

}  // namespace warmpath
