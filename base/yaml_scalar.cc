#include "base/yaml_scalar.h"

#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/duration.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "base/suggest.h"
#include "base/utf8.h"

namespace warmpath {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;

constexpr size_t kMaxQuoted = 60;

absl::Status Expected(const char* what, const YamlNode& node, const std::string& remedy = "") {
  return absl::InvalidArgumentError(
      absl::StrCat("expected ", what, ", found ", DescribeYaml(node), remedy));
}

bool AllDigits(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return true;
}

// Digits, at most one '.', and an exponent, without the sign.
bool LooksLikeDecimal(std::string_view text) {
  size_t digits = 0;
  size_t i = 0;
  bool point = false;
  for (; i < text.size() && (absl::ascii_isdigit(text[i]) || (text[i] == '.' && !point)); ++i) {
    point = point || text[i] == '.';
    digits += text[i] != '.';
  }
  if (digits == 0) return false;
  if (i == text.size()) return true;
  if (text[i] != 'e' && text[i] != 'E') return false;
  ++i;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  return AllDigits(text.substr(i));
}

std::string_view WithoutSign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

// A whole number as text; the result may be too large for any field.
absl::StatusOr<absl::int128> WholeNumber(const YamlNode& node, bool is_size) {
  const char* what = is_size ? "a size such as 64KiB or 10MB" : "a whole number";
  if (node.kind != YamlNode::Kind::kScalar) return Expected(what, node);
  const std::string_view digits = WithoutSign(node.text);
  if (!AllDigits(digits)) {
    if (!is_size) return Expected(what, node);
    const absl::StatusOr<uint64_t> size = ParseByteSize(node.text);
    if (!size.ok()) return size.status();
    return absl::int128(*size);
  }
  if (node.quoted && !is_size) return Expected(what, node, "; write it without quotes");
  if (digits.size() > 1 && digits[0] == '0') {
    return Expected(what, node, "; write it without leading zeros");
  }
  absl::int128 number;
  // Too long even for 128 bits: out of any range, with the right sign.
  if (!absl::SimpleAtoi(node.text, &number)) {
    number = node.text[0] == '-' ? absl::Int128Min() : absl::Int128Max();
  }
  return number;
}

absl::StatusOr<absl::int128> WholeNumberIn(const YamlNode& node, IntegerRange range, bool is_size) {
  ASSIGN_OR_RETURN(const absl::int128 number, WholeNumber(node, is_size));
  if (number < range.min || number > absl::int128(range.max)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the number ", node.text, " is out of range; allowed are ", range.min, " to ", range.max));
  }
  return number;
}

// "Role" -> "ROLE_", "HTTPMode" -> "HTTP_MODE_", "TypeV2" -> "TYPE_V2_".
std::string EnumPrefix(const std::string& name) {
  std::string prefix;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = absl::ascii_isupper(name[i]);
    const bool after_lower = i > 0 && !absl::ascii_isupper(name[i - 1]);
    const bool before_lower = i > 0 && i + 1 < name.size() && absl::ascii_islower(name[i + 1]);
    if (upper && (after_lower || before_lower) && name[i - 1] != '_') prefix += '_';
    prefix += absl::ascii_toupper(name[i]);
  }
  return prefix + "_";
}

// How `value` is written in YAML; empty for the value that stands for "not given".
std::string ChoiceName(const EnumValueDescriptor& value, const std::string& prefix) {
  std::string_view name = value.name();
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  if (value.number() == 0 && name.ends_with("UNSPECIFIED")) return "";
  return absl::AsciiStrToLower(ToAbsl(name));
}

}  // namespace

std::string DescribeYaml(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: return "nothing";
    case YamlNode::Kind::kSequence: return "a list";
    case YamlNode::Kind::kMap: return "a map";
    case YamlNode::Kind::kRefused: return "something refused";
    case YamlNode::Kind::kScalar: break;
  }
  const std::string_view shown = TruncateUtf8(node.text, kMaxQuoted);
  return absl::StrCat(node.quoted ? "the text '" : "'", ToAbsl(shown),
                      shown.size() < node.text.size() ? "...'" : "'");
}

PlainType PlainTypeOf(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return PlainType::kNull;
  }
  for (const char* word : {"true", "True", "TRUE", "false", "False", "FALSE"}) {
    if (text == word) return PlainType::kBool;
  }
  const std::string_view unsigned_text = WithoutSign(text);
  if (LooksLikeDecimal(unsigned_text)) return PlainType::kNumber;
  for (const char* word : {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"}) {
    if (unsigned_text == word) return PlainType::kNumber;
  }
  const bool based = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'o');
  const char* digits = based && text[1] == 'x' ? "0123456789abcdefABCDEF" : "01234567";
  if (based && text.find_first_not_of(digits, 2) == std::string::npos) return PlainType::kNumber;
  return PlainType::kText;
}

absl::StatusOr<std::string> YamlString(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kScalar) return Expected("text", node);
  if (!node.quoted && PlainTypeOf(node.text) != PlainType::kText) {
    return Expected("text", node, "; write it in quotes if it is meant as text");
  }
  return node.text;
}

absl::StatusOr<bool> YamlBool(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kScalar && !node.quoted) {
    if (node.text == "true") return true;
    if (node.text == "false") return false;
  }
  return Expected("true or false", node);
}

absl::StatusOr<int64_t> YamlSigned(const YamlNode& node, IntegerRange range, bool is_size) {
  ASSIGN_OR_RETURN(const absl::int128 number, WholeNumberIn(node, range, is_size));
  return static_cast<int64_t>(number);
}

absl::StatusOr<uint64_t> YamlUnsigned(const YamlNode& node, IntegerRange range, bool is_size) {
  ASSIGN_OR_RETURN(const absl::int128 number, WholeNumberIn(node, range, is_size));
  return static_cast<uint64_t>(number);
}

absl::StatusOr<double> YamlDouble(const YamlNode& node, bool is_ratio) {
  const char* what = is_ratio ? "a number such as 0.05 or 5%" : "a number";
  if (node.kind != YamlNode::Kind::kScalar) return Expected(what, node);
  std::string_view text = node.text;
  const bool percent = is_ratio && text.ends_with('%');
  if (percent) text.remove_suffix(1);
  double number = 0;
  if (!LooksLikeDecimal(WithoutSign(text)) || !absl::SimpleAtod(ToAbsl(text), &number)) {
    return Expected(what, node);
  }
  if (node.quoted && !percent) return Expected(what, node, "; write it without quotes");
  if (!std::isfinite(number)) {
    return absl::InvalidArgumentError(absl::StrCat("the number ", node.text, " is out of range"));
  }
  return percent ? number / 100 : number;
}

absl::StatusOr<const EnumValueDescriptor*> YamlEnum(const YamlNode& node,
                                                    const EnumDescriptor& type) {
  const std::string prefix = EnumPrefix(type.name());
  std::vector<std::string> choices;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string choice = ChoiceName(*type.value(i), prefix);
    if (choice.empty()) continue;
    if (node.kind == YamlNode::Kind::kScalar && node.text == choice) return type.value(i);
    choices.push_back(choice);
  }
  std::string_view word = node.text;
  if (word.starts_with(prefix)) word.remove_prefix(prefix.size());
  const std::string close = ClosestMatch(word, choices);
  return absl::InvalidArgumentError(
      absl::StrCat("expected one of ", absl::StrJoin(choices, ", "), "; found ", DescribeYaml(node),
                   close.empty() ? "" : absl::StrCat("; did you mean '", close, "'?")));
}

absl::StatusOr<absl::Duration> YamlDuration(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kScalar) return Expected("a duration such as 30s", node);
  return ParseHumanDuration(node.text);
}

absl::StatusOr<absl::Time> YamlTimestamp(const YamlNode& node) {
  constexpr char kWhat[] = "a time such as 2026-01-31T08:00:00Z";
  absl::Time time;
  std::string error;
  // ParseTime would also take "infinite-future" and surrounding spaces.
  if (node.kind != YamlNode::Kind::kScalar || node.text.empty() ||
      !absl::ascii_isdigit(node.text.front()) || absl::ascii_isspace(node.text.back()) ||
      !absl::ParseTime(absl::RFC3339_full, node.text, &time, &error)) {
    return Expected(kWhat, node);
  }
  const int64_t seconds = absl::ToUnixSeconds(time);
  // google.protobuf.Timestamp: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  if (seconds < -62'135'596'800 || seconds > 253'402'300'799) return Expected(kWhat, node);
  return time;
}

}  // namespace warmpath
