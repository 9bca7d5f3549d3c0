#include "scorer/json_schema/ecma_reader.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"

namespace warmpath {
namespace {

// What \s means in ECMA-262 (WhiteSpace and LineTerminator), as the inside of a class.
constexpr absl::string_view kSpace =
    R"(\x{9}-\x{d}\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f})"
    R"(\x{3000}\x{feff})";
constexpr absl::string_view kNotSpace =
    R"(\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027})"
    R"(\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff})";

// Long names of Unicode general categories (UAX #44, property value aliases); RE2 knows the short.
constexpr std::pair<absl::string_view, absl::string_view> kCategories[] = {
    {"Letter", "L"},               {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},    {"Titlecase_Letter", "Lt"},     {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},        {"Mark", "M"},                  {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},        {"Enclosing_Mark", "Me"},       {"Number", "N"},
    {"Decimal_Number", "Nd"},      {"digit", "Nd"},                {"Letter_Number", "Nl"},
    {"Other_Number", "No"},        {"Punctuation", "P"},           {"punct", "P"},
    {"Connector_Punctuation", "Pc"}, {"Dash_Punctuation", "Pd"},   {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},   {"Initial_Punctuation", "Pi"},  {"Final_Punctuation", "Pf"},
    {"Other_Punctuation", "Po"},   {"Symbol", "S"},                {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},     {"Modifier_Symbol", "Sk"},      {"Other_Symbol", "So"},
    {"Separator", "Z"},            {"Space_Separator", "Zs"},      {"Line_Separator", "Zl"},
    {"Paragraph_Separator", "Zp"}, {"Other", "C"},                 {"Control", "Cc"},
    {"cntrl", "Cc"},               {"Format", "Cf"},               {"Private_Use", "Co"},
    {"Combining_Mark", "M"},
};

}  // namespace

std::string Re2Literal(uint32_t code_point) {
  const bool plain = code_point < 128 && absl::ascii_isalnum(static_cast<char>(code_point));
  return plain ? std::string(1, static_cast<char>(code_point))
               : absl::StrFormat("\\x{%x}", code_point);
}

bool EcmaReader::SkipPast(char mark) {
  const size_t found = text_.find(mark, at_);
  if (found == absl::string_view::npos) return false;
  at_ = found + 1;
  return true;
}

absl::StatusOr<uint32_t> EcmaReader::CodePoint() {
  const unsigned char lead = text_[at_];
  const size_t length = lead < 0x80    ? 1
                        : lead >= 0xF0 ? 4
                        : lead >= 0xE0 ? 3
                        : lead >= 0xC0 ? 2
                                       : 0;
  if (length == 0 || at_ + length > text_.size()) return Bad("invalid UTF-8");
  uint32_t code_point = length == 1 ? lead : lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) code_point = code_point << 6 | (text_[at_ + i] & 0x3F);
  at_ += length;
  return code_point;
}

absl::StatusOr<uint32_t> EcmaReader::CharacterEscape() {
  if (at_ + 1 >= text_.size()) return Bad("trailing backslash");
  const unsigned char next = text_[at_ + 1];
  static constexpr absl::string_view kLetters = "tnvfr";
  static constexpr absl::string_view kControls = "\t\n\v\f\r";
  if (const size_t index = kLetters.find(next); index != absl::string_view::npos) {
    at_ += 2;
    return static_cast<uint32_t>(kControls[index]);
  }
  if (next == 'u') return UnicodeEscape();
  if (next == 'x') {
    at_ += 2;
    const std::optional<uint32_t> code = Hex(2);
    if (!code.has_value()) return Bad("\\x without two hex digits");
    return *code;
  }
  if (next == 'c') {
    if (at_ + 2 >= text_.size() || !absl::ascii_isalpha(text_[at_ + 2])) return Bad("bad \\c");
    at_ += 3;
    return static_cast<uint32_t>(text_[at_ - 1] & 31);
  }
  if (next == '0' && !(at_ + 2 < text_.size() && absl::ascii_isdigit(text_[at_ + 2]))) {
    at_ += 2;
    return 0u;
  }
  if (absl::ascii_isdigit(next)) return Unsupported("back-reference");
  if (next == 'k') return Unsupported("back-reference by name");
  if (absl::ascii_isalpha(next)) return Bad("unknown escape");
  ++at_;
  return CodePoint();
}

absl::StatusOr<uint32_t> EcmaReader::UnicodeEscape() {
  at_ += 2;
  if (Looking("{")) {
    const size_t close = text_.find('}', at_);
    if (close == absl::string_view::npos || close == at_ + 1 || close - at_ > 9) {
      return Bad("bad \\u{}");
    }
    ++at_;
    const std::optional<uint32_t> code = Hex(close - at_);
    if (!code.has_value() || *code > 0x10FFFF) return Bad("bad \\u{}");
    at_ = close + 1;
    return *code;
  }
  std::optional<uint32_t> code = Hex(4);
  if (!code.has_value()) return Bad("\\u without four hex digits");
  if (*code >= 0xD800 && *code < 0xDC00 && Looking("\\u")) {
    const size_t before = at_;
    at_ += 2;
    const std::optional<uint32_t> low = Hex(4);
    if (low.has_value() && *low >= 0xDC00 && *low < 0xE000) {
      return 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
    }
    at_ = before;
  }
  if (*code >= 0xD800 && *code < 0xE000) return Unsupported("lone surrogate");
  return *code;
}

absl::StatusOr<std::string> EcmaReader::UnicodeProperty() {
  const bool negated = text_[at_ + 1] == 'P';
  const size_t close = text_.find('}', at_);
  if (at_ + 2 >= text_.size() || text_[at_ + 2] != '{' || close == absl::string_view::npos) {
    return Bad("\\p without {name}");
  }
  absl::string_view name = text_.substr(at_ + 3, close - at_ - 3);
  if (const size_t equals = name.find('='); equals != absl::string_view::npos) {
    name = name.substr(equals + 1);
  }
  at_ = close + 1;
  if (name == "ASCII") return std::string(negated ? R"(\x{80}-\x{10ffff})" : R"(\x{0}-\x{7f})");
  if (name == "Any") return std::string(negated ? R"(\P{Any})" : R"(\p{Any})");
  for (const auto& [alias, category] : kCategories) {
    if (name == alias) name = category;
  }
  for (const char c : name) {
    if (!absl::ascii_isalpha(c) && c != '_') return Unsupported("unknown Unicode property");
  }
  return absl::StrCat(negated ? "\\P{" : "\\p{", name, "}");
}

absl::StatusOr<EcmaReader::ClassAtom> EcmaReader::ClassElement() {
  if (Peek() != '\\') {
    ASSIGN_OR_RETURN(const uint32_t code_point, CodePoint());
    return ClassAtom{code_point, ""};
  }
  if (Peek(1) == 'b') {
    at_ += 2;
    return ClassAtom{8u, ""};
  }
  ASSIGN_OR_RETURN(std::optional<std::string> set, SetEscape());
  if (set.has_value()) return ClassAtom{std::nullopt, *std::move(set)};
  ASSIGN_OR_RETURN(const uint32_t code_point, CharacterEscape());
  return ClassAtom{code_point, ""};
}

absl::StatusOr<std::optional<std::string>> EcmaReader::SetEscape() {
  const char next = Peek(1);
  switch (next) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
      at_ += 2;
      return absl::StrCat("\\", absl::string_view(&next, 1));
    case 's':
    case 'S':
      at_ += 2;
      return std::string(next == 's' ? kSpace : kNotSpace);
    case 'p':
    case 'P':
      return UnicodeProperty();
    default:
      return std::nullopt;
  }
}

absl::StatusOr<std::string> EcmaReader::Class() {
  ++at_;
  const bool negated = Looking("^");
  if (negated) ++at_;
  std::string inside;
  while (!AtEnd() && text_[at_] != ']') {
    ASSIGN_OR_RETURN(const ClassAtom low, ClassElement());
    const bool range = low.code_point.has_value() && Looking("-") && at_ + 1 < text_.size() &&
                       text_[at_ + 1] != ']';
    if (!range) {
      inside += low.Text();
      continue;
    }
    ++at_;
    ASSIGN_OR_RETURN(const ClassAtom high, ClassElement());
    if (!high.code_point.has_value()) {  // [a-\d]: the hyphen is itself
      absl::StrAppend(&inside, Re2Literal(*low.code_point), "\\-", high.set);
      continue;
    }
    if (*high.code_point < *low.code_point) return Bad("class range out of order");
    absl::StrAppend(&inside, Re2Literal(*low.code_point), "-", Re2Literal(*high.code_point));
  }
  if (AtEnd()) return Bad("missing ]");
  ++at_;
  if (inside.empty()) {
    return std::string(negated ? R"([\x{0}-\x{10ffff}])" : R"([^\x{0}-\x{10ffff}])");
  }
  return absl::StrCat(negated ? "[^" : "[", inside, "]");
}

std::optional<uint32_t> EcmaReader::Hex(size_t digits) {
  if (at_ + digits > text_.size()) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char c = text_[at_ + i];
    if (!absl::ascii_isxdigit(c)) return std::nullopt;
    value = value * 16 + (absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10);
  }
  at_ += digits;
  return value;
}

std::optional<int> EcmaReader::Number() {
  if (AtEnd() || !absl::ascii_isdigit(text_[at_])) return std::nullopt;
  int value = 0;
  for (; !AtEnd() && absl::ascii_isdigit(text_[at_]); ++at_) {
    if (value < 1'000'000) value = value * 10 + (text_[at_] - '0');
  }
  return value;
}

}  // namespace warmpath
