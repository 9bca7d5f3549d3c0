#include "base/duration.h"

#include <cstddef>
#include <iterator>
#include <limits>
#include <optional>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

// google.protobuf.Duration's own bound.
constexpr absl::Duration kLongest = absl::Seconds(315'576'000'000);
constexpr int kMaxFractionDigits = 9;

struct DurationUnit {
  std::string_view names[5];
  absl::Duration size;
};

const DurationUnit kDurationUnits[] = {
    {{"d", "day", "days"}, absl::Hours(24)},
    {{"h", "hour", "hours"}, absl::Hours(1)},
    {{"m", "min", "mins", "minute", "minutes"}, absl::Minutes(1)},
    {{"s", "sec", "secs", "second", "seconds"}, absl::Seconds(1)},
    {{"ms"}, absl::Milliseconds(1)},
    {{"us"}, absl::Microseconds(1)},
    {{"ns"}, absl::Nanoseconds(1)},
};

struct ByteUnit {
  std::string_view name;
  uint64_t size;
};

constexpr ByteUnit kByteUnits[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1000},
    {"KB", 1000},
    {"MB", 1000 * 1000},
    {"GB", 1000 * 1000 * 1000},
    {"TB", 1000ull * 1000 * 1000 * 1000},
    {"KiB", 1ull << 10},
    {"MiB", 1ull << 20},
    {"GiB", 1ull << 30},
    {"TiB", 1ull << 40},
};

// A decimal number without sign: `whole` + `fraction` / `scale`.
struct Decimal {
  uint64_t whole = 0;
  uint64_t fraction = 0;
  uint64_t scale = 1;
};

void SkipSpaces(std::string_view* text) {
  while (!text->empty() && text->front() == ' ') text->remove_prefix(1);
}

// Takes a number off the front; nothing if there is none or it is too long.
std::optional<Decimal> TakeDecimal(std::string_view* text) {
  Decimal number;
  size_t digits = 0;
  for (; !text->empty() && absl::ascii_isdigit(text->front()); text->remove_prefix(1)) {
    if (++digits > 18) return std::nullopt;
    number.whole = number.whole * 10 + (text->front() - '0');
  }
  if (digits == 0) return std::nullopt;
  if (text->empty() || text->front() != '.') return number;
  text->remove_prefix(1);
  digits = 0;
  for (; !text->empty() && absl::ascii_isdigit(text->front()); text->remove_prefix(1)) {
    if (++digits > kMaxFractionDigits) return std::nullopt;
    number.fraction = number.fraction * 10 + (text->front() - '0');
    number.scale *= 10;
  }
  if (digits == 0) return std::nullopt;
  return number;
}

std::string_view TakeWord(std::string_view* text) {
  size_t length = 0;
  while (length < text->size() && absl::ascii_isalpha((*text)[length])) ++length;
  const std::string_view word = text->substr(0, length);
  text->remove_prefix(length);
  return word;
}

// The place of `word` in kDurationUnits.
std::optional<size_t> FindDurationUnit(std::string_view word) {
  if (word.empty()) return std::nullopt;
  for (size_t i = 0; i < std::size(kDurationUnits); ++i) {
    for (std::string_view name : kDurationUnits[i].names) {
      if (word == name) return i;
    }
  }
  return std::nullopt;
}

absl::Status NotADuration(std::string_view text, const char* why) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", ToAbsl(text), "' is not a duration (", why,
                   "); write for example 250ms, 30s, 5m, 6h, 14d or 1h30m"));
}

absl::Status NotASize(std::string_view text, const char* why) {
  return absl::InvalidArgumentError(absl::StrCat("'", ToAbsl(text), "' is not a size (", why,
                                                 "); write for example 512, 64KiB, 10MB or 1GB"));
}

std::string TwoUnits(int64_t large, const char* large_unit, int64_t small, const char* small_unit) {
  if (small == 0) return absl::StrCat(large, large_unit);
  return absl::StrCat(large, large_unit, " ", small, small_unit);
}

}  // namespace

absl::StatusOr<absl::Duration> ParseHumanDuration(std::string_view text) {
  std::string_view rest = text;
  absl::Duration total;
  size_t next_unit = 0;  // units before this one may not follow any more
  bool had_fraction = false;
  SkipSpaces(&rest);
  if (rest.empty()) return NotADuration(text, "it is empty");
  if (rest.front() == '-' || rest.front() == '+') return NotADuration(text, "it has a sign");
  while (!rest.empty()) {
    if (had_fraction) return NotADuration(text, "only the last part may have a fraction");
    const std::optional<Decimal> number = TakeDecimal(&rest);
    if (!number.has_value()) return NotADuration(text, "a number is expected");
    SkipSpaces(&rest);
    const std::string_view word = TakeWord(&rest);
    if (word.empty()) return NotADuration(text, "the unit is missing");
    const std::optional<size_t> unit = FindDurationUnit(word);
    if (!unit.has_value()) return NotADuration(text, "the unit is unknown");
    if (*unit < next_unit) return NotADuration(text, "units go from large to small, each once");
    next_unit = *unit + 1;
    had_fraction = number->scale != 1;
    const absl::Duration size = kDurationUnits[*unit].size;
    total += size * static_cast<int64_t>(number->whole) +
             size * static_cast<int64_t>(number->fraction) / static_cast<int64_t>(number->scale);
    if (total > kLongest) return NotADuration(text, "it is longer than 10,000 years");
    SkipSpaces(&rest);
  }
  return total;
}

std::string FormatHumanDuration(absl::Duration duration) {
  if (duration < absl::ZeroDuration()) {
    return absl::StrCat("-", FormatHumanDuration(-duration));
  }
  if (duration == absl::InfiniteDuration()) return "forever";
  if (duration == absl::ZeroDuration()) return "0s";
  if (duration < absl::Microseconds(1)) {
    return absl::StrCat(absl::ToInt64Nanoseconds(duration), "ns");
  }
  if (duration < absl::Milliseconds(1)) {
    return absl::StrCat(absl::ToInt64Microseconds(duration), "us");
  }
  const int64_t ms = absl::ToInt64Milliseconds(duration);
  if (ms < 1000) return absl::StrCat(ms, "ms");
  const int64_t seconds = ms / 1000;
  const int64_t tenths = ms / 100 % 10;
  if (seconds < 10 && tenths != 0) return absl::StrCat(seconds, ".", tenths, "s");
  if (seconds < 120) return absl::StrCat(seconds, "s");
  const int64_t minutes = seconds / 60;
  if (minutes < 120) return absl::StrCat(minutes, " min");
  const int64_t hours = minutes / 60;
  if (hours < 48) return TwoUnits(hours, "h", minutes % 60, "m");
  return TwoUnits(hours / 24, "d", hours % 24, "h");
}

absl::StatusOr<uint64_t> ParseByteSize(std::string_view text) {
  std::string_view rest = text;
  SkipSpaces(&rest);
  const std::optional<Decimal> number = TakeDecimal(&rest);
  if (!number.has_value()) return NotASize(text, "a number is expected");
  SkipSpaces(&rest);
  const std::string_view word = TakeWord(&rest);
  SkipSpaces(&rest);
  if (!rest.empty()) return NotASize(text, "more follows the unit");
  for (const ByteUnit& unit : kByteUnits) {
    if (word != unit.name) continue;
    const absl::uint128 scaled = absl::uint128(number->fraction) * unit.size;
    if (scaled % number->scale != 0) return NotASize(text, "it is not a whole number of bytes");
    const absl::uint128 total = absl::uint128(number->whole) * unit.size + scaled / number->scale;
    if (total > std::numeric_limits<uint64_t>::max()) return NotASize(text, "it is too large");
    return absl::Uint128Low64(total);
  }
  return NotASize(text, "units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB");
}

std::string FormatByteSize(uint64_t bytes) {
  if (bytes < 1000) return absl::StrCat(bytes, " B");
  double size = static_cast<double>(bytes);
  const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  size_t unit = 0;
  // 999.95 would be printed as 1000.0.
  while (size >= 999.95 && unit + 1 < std::size(units)) {
    size /= 1000;
    ++unit;
  }
  std::string number = absl::StrFormat("%.1f", size);
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return absl::StrCat(number, " ", units[unit]);
}

}  // namespace warmpath
