// The forms in which one value is commonly written: dates, times, measures, numbers, expressions.
//
// All functions are pure, take any bytes, and are linear in them. What they do not recognise they leave:
// nullopt never means "different".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warmpath {

// ASCII letters in lower case, white space at both ends dropped.
std::string FoldCase(std::string_view text);

// FoldCase, without the punctuation and spaces that carry no meaning in names: "New York, NY" and
// "new-york_ny" are the same. A decimal point and a leading minus stay, as do + # % & $ < > = @.
std::string FoldPunctuation(std::string_view text);

// The whole text as a number: "5", "-1.5e3", "1,000"; surrounding space is ignored.
std::optional<double> ReadNumber(std::string_view text);

// "true"/"yes" and "false"/"no", in any case.
std::optional<bool> ReadBool(std::string_view text);

// A calendar date; year or day may be unknown (0).
struct DateForm {
  int year = 0;
  int month = 0;
  int day = 0;
  bool operator==(const DateForm&) const = default;
};
// "2024-05-01", "2024/05/01", "05/01/2024" (month first unless that cannot be), "01.05.2024",
// "May 1, 2024", "1st of May 2024", "May 2024", "2024-05-01T00:00:00Z" (midnight only).
std::optional<DateForm> ReadDate(std::string_view text);

// Seconds since midnight: "17:00", "5 PM", "5:30pm", "17:00:00".
std::optional<int> ReadTime(std::string_view text);

// A number with a unit, in the unit's base (metres, kilograms, seconds, ...); or a unit alone
// (has_number is false, number is the unit's own size).
struct Measure {
  double number = 0;
  bool has_number = false;
  std::string_view base;  // lives for ever
};
std::optional<Measure> ReadMeasure(std::string_view text);

// Words in lower case without plural s, articles and prepositions; "&" is "and"; well-known short
// forms are spelled out when `expand` is set ("usa" gives "united", "states").
std::vector<std::string> ReadWords(std::string_view text, bool expand);

// An arithmetic expression without spaces, with "^" for "**" and no "*" between factor and name.
// nullopt where the text holds no operator, so that plain names are left alone.
std::optional<std::string> FoldMath(std::string_view text);

}  // namespace warmpath
