#include "scorer/tolerance.h"

#include <array>

namespace warmpath {
namespace {

constexpr std::array<std::string_view, kToleranceCount> kNames = {
    "number_rounding", "number_text",   "letter_case",   "punctuation",   "date_form",
    "time_form",       "unit_form",     "place_detail",  "word_form",     "abbreviation",
    "math_notation",   "free_text",     "list_order",    "single_item",   "default_value",
    "empty_optional",  "optional_argument",
};

}  // namespace

std::string_view ToleranceName(Tolerance tolerance) {
  return kNames[static_cast<size_t>(tolerance)];
}

std::optional<Tolerance> ToleranceByName(std::string_view name) {
  for (int i = 0; i < kToleranceCount; ++i) {
    if (kNames[i] == name) return static_cast<Tolerance>(i);
  }
  return std::nullopt;
}

std::string ToleranceNames() { return ToleranceSet::All().ToString(); }

std::string ToleranceSet::ToString() const {
  std::string names;
  for (int i = 0; i < kToleranceCount; ++i) {
    if (!Has(static_cast<Tolerance>(i))) continue;
    if (!names.empty()) names += ", ";
    names += kNames[i];
  }
  return names;
}

}  // namespace warmpath
