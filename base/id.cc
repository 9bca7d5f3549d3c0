#include "base/id.h"

#include <algorithm>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kIdDigits = 26;

// The counter starts in the lower half of its 12 bits, so that many more fit the millisecond.
constexpr uint32_t kCounterStartMask = 0x7ff;
constexpr uint32_t kCounterMax = 0xfff;

std::string Base32(absl::uint128 bits) {
  std::string digits(kIdDigits, '0');
  for (size_t i = kIdDigits; i-- > 0; bits >>= 5) {
    digits[i] = kDigits[static_cast<size_t>(absl::Uint128Low64(bits) & 31)];
  }
  return digits;
}

}  // namespace

std::string IdGenerator::Next(std::string_view prefix, absl::Time now) {
  const uint64_t ms = static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(now)));
  if (ms > last_ms_) {
    last_ms_ = ms;
    counter_ = static_cast<uint32_t>(Random() >> 32) & kCounterStartMask;
  } else if (++counter_ > kCounterMax) {
    // RFC 9562, 6.2: run ahead of the clock rather than repeat or wait.
    ++last_ms_;
    counter_ = static_cast<uint32_t>(Random() >> 32) & kCounterStartMask;
  }
  const uint64_t high = last_ms_ << 16 | uint64_t{7} << 12 | counter_;
  const uint64_t low = uint64_t{2} << 62 | Random() >> 2;
  return absl::StrCat(ToAbsl(prefix), "_", Base32(absl::MakeUint128(high, low)));
}

// SplitMix64 (Steele, Lea, Flood 2014): any seed will do, and each step is a bijection.
uint64_t IdGenerator::Random() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

absl::StatusOr<absl::Time> IdTime(std::string_view id) {
  const size_t underscore = id.rfind('_');
  const std::string_view digits =
      underscore == std::string_view::npos ? "" : id.substr(underscore + 1);
  if (digits.size() != kIdDigits || digits[0] > '7') {
    return absl::InvalidArgumentError("not an id: expected a prefix, '_' and 26 digits");
  }
  absl::uint128 bits = 0;
  for (char c : digits) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) {
      return absl::InvalidArgumentError("not an id: a digit is not one of base 32");
    }
    bits = bits << 5 | digit;
  }
  return absl::FromUnixMillis(static_cast<int64_t>(absl::Uint128High64(bits) >> 16));
}

}  // namespace warmpath
