// Answers simple questions about JSON text without parsing it, for the live path.
//
// A key is given with its quotes: inside a JSON string its quotes would be escaped, so a match is
// always a real key or a whole string value.
#pragma once

#include <cstddef>
#include <string_view>

namespace warmpath {

// Whether `quoted_key` occurs, at any depth, with a value that is not null, "", [] or {}.
bool HasFilledMember(std::string_view json, std::string_view quoted_key);

// Whether the outermost object has `quoted_key` with a value other than null. Costs a walk over the
// text only if the key occurs in it at all.
bool HasTopLevelValue(std::string_view json, std::string_view quoted_key);

// The string after the first `quoted_key`, unless it has escapes in it; "" where there is none.
std::string_view ScanString(std::string_view json, std::string_view quoted_key);

// The text of the value of `quoted_key` in the object that `json` is, or of the element at `index` of
// the array that it is: exactly as it stands there, which a parsed number is not always. "" where there
// is none. REQUIRES: `json` is valid JSON.
std::string_view RawMember(std::string_view json, std::string_view quoted_key);
std::string_view RawElement(std::string_view json, size_t index);

// The texts of all elements of the array that `json` is, one after the other: where RawElement for each
// index would walk over the text again and again.
//
//   RawElements elements(json);
//   for (std::string_view text; elements.Next(text);) ...
//
// Thread safety: thread-compatible. Ownership: borrows the text. REQUIRES: `json` is valid JSON.
class RawElements {
 public:
  explicit RawElements(std::string_view json);
  // False, and an empty element, once there are no more.
  bool Next(std::string_view& element);

 private:
  std::string_view json_;
  size_t at_;
};

// Whether an object in the array that `json` is has `quoted_key` with a value other than null.
bool AnyElementHas(std::string_view json, std::string_view quoted_key);

}  // namespace warmpath
