// The rules by which arguments may differ in form and still mean the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warmpath {

// A Tolerance is one named rule. docs/scoring.md gives an example of each. Names are part of the
// config and of stored findings: never rename one.
enum class Tolerance : uint8_t {
  kNumberRounding,    // number_rounding: equal but for floating-point noise
  kNumberText,        // number_text: "5" and 5, "true" and true
  kLetterCase,        // letter_case: "Berlin" and "berlin"
  kPunctuation,       // punctuation: "New York, NY" and "new-york ny"
  kDateForm,          // date_form: "2024-05-01" and "May 1, 2024"
  kTimeForm,          // time_form: "17:00" and "5 PM"
  kUnitForm,          // unit_form: "5 km" and "5 kilometers"
  kPlaceDetail,       // place_detail: "San Francisco" and "San Francisco, CA"
  kWordForm,          // word_form: singular and plural, "the", "&" and "and"
  kAbbreviation,      // abbreviation: "USA" and "United States"
  kMathNotation,      // math_notation: "x**2" and "x^2"
  kFreeText,          // free_text: a query or message in other words
  kListOrder,         // list_order: the same strings in another order
  kSingleItem,        // single_item: "a" and ["a"]
  kDefaultValue,      // default_value: left out, and the default spelled out
  kEmptyOptional,     // empty_optional: left out, and null, "" or []
  kOptionalArgument,  // optional_argument: an optional argument that only one of both gives
  kCount,
};

inline constexpr int kToleranceCount = static_cast<int>(Tolerance::kCount);

// "letter_case".
std::string_view ToleranceName(Tolerance tolerance);
// The rule of that name, if there is one.
std::optional<Tolerance> ToleranceByName(std::string_view name);
// All names, for error messages.
std::string ToleranceNames();

// A set of rules.
class ToleranceSet {
 public:
  static ToleranceSet All() { return ToleranceSet((uint32_t{1} << kToleranceCount) - 1); }
  ToleranceSet() = default;

  bool Has(Tolerance tolerance) const { return (bits_ & Bit(tolerance)) != 0; }
  void Add(Tolerance tolerance) { bits_ |= Bit(tolerance); }
  void Remove(Tolerance tolerance) { bits_ &= ~Bit(tolerance); }
  void Merge(ToleranceSet other) { bits_ |= other.bits_; }
  bool empty() const { return bits_ == 0; }
  // "letter_case, list_order".
  std::string ToString() const;

 private:
  explicit ToleranceSet(uint32_t bits) : bits_(bits) {}
  static uint32_t Bit(Tolerance tolerance) { return uint32_t{1} << static_cast<int>(tolerance); }

  uint32_t bits_ = 0;
};

}  // namespace warmpath
