#include "scorer/json_schema/json_equal.h"

#include <charconv>
#include <cmath>

#include "absl/hash/hash.h"
#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

namespace warmpath {
namespace {

namespace json = boost::json;

bool IsDouble(const json::value& v) { return v.kind() == json::kind::double_; }

absl::int128 AsInteger(const json::value& v) {
  return v.kind() == json::kind::int64 ? absl::int128(v.get_int64()) : absl::int128(v.get_uint64());
}

int Sign(const absl::int128& a, const absl::int128& b) { return a < b ? -1 : a > b ? 1 : 0; }

int CompareIntegerToDouble(const absl::int128& integer, double real) {
  if (std::isnan(real)) return 1;
  if (real >= 36893488147419103232.0) return -1;  // 2^65, beyond any integer of ours
  if (real <= -36893488147419103232.0) return 1;
  const double whole = std::trunc(real);
  if (const int sign = Sign(integer, absl::int128(whole)); sign != 0) return sign;
  return whole < real ? -1 : whole > real ? 1 : 0;
}

// A number as mantissa * 10^exponent, with no trailing zero in the mantissa.
struct Decimal {
  absl::uint128 mantissa = 0;
  int exponent = 0;
};

Decimal Normalized(Decimal d) {
  while (d.mantissa != 0 && d.mantissa % 10 == 0) {
    d.mantissa /= 10;
    ++d.exponent;
  }
  return d;
}

Decimal DecimalOf(double real) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof(text), std::fabs(real),
                                 std::chars_format::scientific).ptr;
  Decimal decimal;
  const char* at = text;
  bool after_point = false;
  for (; at != end && *at != 'e'; ++at) {
    if (*at == '.') {
      after_point = true;
      continue;
    }
    decimal.mantissa = decimal.mantissa * 10 + (*at - '0');
    if (after_point) --decimal.exponent;
  }
  int exponent = 0;
  if (at != end) std::from_chars(at + 1 + (at[1] == '+'), end, exponent);
  decimal.exponent += exponent;
  return Normalized(decimal);
}

Decimal DecimalOf(const json::value& v) {
  if (IsDouble(v)) return DecimalOf(v.get_double());
  const absl::int128 integer = AsInteger(v);
  return Normalized({absl::uint128(integer < 0 ? -integer : integer), 0});
}

// (a * 10^power) mod m; every mantissa is below 2^64, so products fit 128 bits.
absl::uint128 TimesPowerOfTenMod(absl::uint128 a, int power, absl::uint128 m) {
  a %= m;
  absl::uint128 base = absl::uint128(10) % m;
  for (; power > 0; power >>= 1) {
    if (power & 1) a = a * base % m;
    base = base * base % m;
  }
  return a;
}

size_t HashNumber(const json::value& v) {
  if (IsDouble(v)) {
    const double real = v.get_double();
    const bool whole = std::trunc(real) == real && std::fabs(real) < 18446744073709551616.0;
    if (!whole) return absl::HashOf(real);
    return absl::HashOf(static_cast<uint64_t>(static_cast<__int128>(real)));
  }
  return absl::HashOf(v.kind() == json::kind::int64 ? static_cast<uint64_t>(v.get_int64())
                                                    : v.get_uint64());
}

bool Equal(const json::value& a, const json::value& b, int max_depth, int64_t& cost);

bool ArraysEqual(const json::array& a, const json::array& b, int max_depth, int64_t& cost) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!Equal(a[i], b[i], max_depth - 1, cost)) return false;
  }
  return true;
}

bool ObjectsEqual(const json::object& a, const json::object& b, int max_depth, int64_t& cost) {
  if (a.size() != b.size()) return false;
  for (const json::key_value_pair& member : a) {
    const json::value* other = b.if_contains(member.key());
    if (other == nullptr || !Equal(member.value(), *other, max_depth - 1, cost)) return false;
  }
  return true;
}

bool Equal(const json::value& a, const json::value& b, int max_depth, int64_t& cost) {
  ++cost;
  if (max_depth <= 0) return false;
  if (a.is_number()) return b.is_number() && CompareJsonNumbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case json::kind::bool_:
      return a.get_bool() == b.get_bool();
    case json::kind::string:
      cost += static_cast<int64_t>(a.get_string().size() / 64);
      return a.get_string() == b.get_string();
    case json::kind::array:
      return ArraysEqual(a.get_array(), b.get_array(), max_depth, cost);
    case json::kind::object:
      return ObjectsEqual(a.get_object(), b.get_object(), max_depth, cost);
    default:
      return true;  // null
  }
}

}  // namespace

int CompareJsonNumbers(const json::value& a, const json::value& b) {
  if (IsDouble(a) && IsDouble(b)) {
    const double x = a.get_double(), y = b.get_double();
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (IsDouble(a)) return -CompareIntegerToDouble(AsInteger(b), a.get_double());
  if (IsDouble(b)) return CompareIntegerToDouble(AsInteger(a), b.get_double());
  if (a.kind() == json::kind::int64 && b.kind() == json::kind::int64) {
    return a.get_int64() < b.get_int64() ? -1 : a.get_int64() > b.get_int64() ? 1 : 0;
  }
  return Sign(AsInteger(a), AsInteger(b));
}

bool IsIntegral(const json::value& number) {
  return !IsDouble(number) || std::trunc(number.get_double()) == number.get_double();
}

bool IsMultipleOf(const json::value& number, const json::value& divisor) {
  if (number.kind() == json::kind::int64 && divisor.kind() == json::kind::int64) {
    const int64_t by = divisor.get_int64();
    return by == 1 || number.get_int64() % by == 0;
  }
  if (IsDouble(number) && !std::isfinite(number.get_double())) return false;
  if (IsDouble(divisor) && !std::isfinite(divisor.get_double())) return false;
  const Decimal value = DecimalOf(number);
  const Decimal step = DecimalOf(divisor);
  if (value.mantissa == 0) return true;
  const int shift = value.exponent - step.exponent;
  if (shift >= 0) return TimesPowerOfTenMod(value.mantissa, shift, step.mantissa) == 0;
  // The step has trailing zeros that the value, which has no factor of ten left, cannot hold.
  return false;
}

bool JsonEqual(const json::value& a, const json::value& b, int max_depth, int64_t* cost) {
  int64_t spent = 0;
  const bool equal = Equal(a, b, max_depth, spent);
  if (cost != nullptr) *cost += spent;
  return equal;
}

size_t JsonHash(const json::value& value, int max_depth, int64_t* cost, bool* too_deep) {
  ++*cost;
  const auto kind = static_cast<int>(value.kind());
  if (value.is_number()) return HashNumber(value);
  if (const json::string* text = value.if_string()) {
    *cost += static_cast<int64_t>(text->size() / 64);
    return absl::HashOf(kind, absl::string_view(text->data(), text->size()));
  }
  if (value.is_bool()) return absl::HashOf(kind, value.get_bool());
  if (value.is_null()) return absl::HashOf(kind);
  if (max_depth <= 0) {
    *too_deep = true;
    return 0;
  }
  size_t hash = absl::HashOf(kind);
  if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) {
      hash = absl::HashOf(hash, JsonHash(item, max_depth - 1, cost, too_deep));
    }
    return hash;
  }
  for (const json::key_value_pair& member : value.get_object()) {
    const absl::string_view key(member.key().data(), member.key().size());
    hash += absl::HashOf(key, JsonHash(member.value(), max_depth - 1, cost, too_deep));
  }
  return hash;
}

}  // namespace warmpath
