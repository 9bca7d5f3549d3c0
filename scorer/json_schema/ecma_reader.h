// Reads the small parts of an ECMA-262 pattern (characters, escapes, classes) as RE2 writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace warmpath {

// A code point as RE2 reads it literally.
std::string Re2Literal(uint32_t code_point);

// An EcmaReader walks over one pattern; each method takes its part off the front.
//
// Thread safety: none. Ownership: borrows the text.
// Errors: INVALID_ARGUMENT for what ECMA-262 doesn't know, UNIMPLEMENTED for what RE2 can't hold.
class EcmaReader {
 public:
  explicit EcmaReader(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool Looking(absl::string_view what) const { return text_.substr(at_, what.size()) == what; }
  void Skip(size_t bytes) { at_ += bytes; }
  // Skips up to and over the next `mark`; false if there is none.
  bool SkipPast(char mark);

  size_t position() const { return at_; }
  void Rewind(size_t position) { at_ = position; }

  absl::StatusOr<uint32_t> CodePoint();
  // A backslash that stands for one code point.
  absl::StatusOr<uint32_t> CharacterEscape();
  // \d, \W, \s, \p{...} and their like, ready to stand inside a class; nothing if it is none.
  absl::StatusOr<std::optional<std::string>> SetEscape();
  // A class, from [ to ].
  absl::StatusOr<std::string> Class();
  // Decimal digits; capped well above any count that is accepted.
  std::optional<int> Number();

  absl::Status Bad(absl::string_view why) const {
    return absl::InvalidArgumentError(absl::StrCat(why, " at offset ", at_));
  }
  absl::Status Unsupported(absl::string_view why) const {
    return absl::UnimplementedError(absl::StrCat(why, " at offset ", at_));
  }

 private:
  // One element of a class: a code point, or a set such as \d.
  struct ClassAtom {
    std::optional<uint32_t> code_point;
    std::string set;
    std::string Text() const { return code_point.has_value() ? Re2Literal(*code_point) : set; }
  };
  absl::StatusOr<ClassAtom> ClassElement();
  absl::StatusOr<uint32_t> UnicodeEscape();
  absl::StatusOr<std::string> UnicodeProperty();
  std::optional<uint32_t> Hex(size_t digits);

  absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace warmpath
