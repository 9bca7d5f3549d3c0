#include "scorer/json_schema/formats_time.h"

#include <optional>

namespace warmpath {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The number that exactly `digits` digits at `at` write.
std::optional<int> Number(absl::string_view text, size_t at, size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  int value = 0;
  for (size_t i = at; i < at + digits; ++i) {
    if (!IsDigit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

int DaysIn(int year, int month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Minutes east of UTC.
std::optional<int> Offset(absl::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = Number(text, 1, 2);
  const auto minutes = Number(text, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
}

// Takes digits and one of `units` off the front; false if there are none.
bool TakeUnit(absl::string_view& text, absl::string_view units, char& unit) {
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  if (digits == 0 || digits == text.size()) return false;
  unit = text[digits];
  text.remove_prefix(digits + 1);
  return units.find(unit) != absl::string_view::npos;
}

// One or more adjacent units of `units`, in order and without a gap.
bool TakeUnits(absl::string_view& text, absl::string_view units) {
  size_t next = absl::string_view::npos;
  while (!text.empty() && text[0] != 'T') {
    char unit;
    if (!TakeUnit(text, units, unit)) return false;
    const size_t at = units.find(unit);
    if (next != absl::string_view::npos && at != next) return false;
    next = at + 1;
  }
  return next != absl::string_view::npos;
}

}  // namespace

bool IsDate(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = Number(text, 0, 4);
  const auto month = Number(text, 5, 2);
  const auto day = Number(text, 8, 2);
  if (!year || !month || !day) return false;
  return *month >= 1 && *month <= 12 && *day >= 1 && *day <= DaysIn(*year, *month);
}

bool IsTime(absl::string_view text) {
  if (text.size() < 9 || text[2] != ':' || text[5] != ':') return false;
  const auto hour = Number(text, 0, 2);
  const auto minute = Number(text, 3, 2);
  const auto second = Number(text, 6, 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return false;
  size_t at = 8;
  if (text[at] == '.') {
    const size_t first = ++at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    if (at == first) return false;
  }
  const auto offset = Offset(text.substr(at));
  if (!offset) return false;
  constexpr int kDay = 24 * 60;
  const int utc_minute = ((*hour * 60 + *minute - *offset) % kDay + kDay) % kDay;
  return *second < 60 || utc_minute == kDay - 1;
}

bool IsDateTime(absl::string_view text) {
  return text.size() > 11 && (text[10] == 'T' || text[10] == 't') && IsDate(text.substr(0, 10)) &&
         IsTime(text.substr(11));
}

bool IsDuration(absl::string_view text) {
  if (text.size() < 3 || text[0] != 'P') return false;
  text.remove_prefix(1);
  if (text.back() == 'W') {
    char unit;
    return TakeUnit(text, "W", unit) && text.empty();
  }
  if (text[0] != 'T' && !TakeUnits(text, "YMD")) return false;
  if (text.empty()) return true;
  text.remove_prefix(1);
  return text.find('T') == absl::string_view::npos && TakeUnits(text, "HMS");
}

}  // namespace warmpath
