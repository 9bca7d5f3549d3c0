#include "scorer/json_schema/ecma_translate.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"

namespace warmpath {
namespace {

constexpr int kMaxGroupDepth = 100;
constexpr int kRe2MaxRepeat = 1000;
constexpr int kMaxRepeat = 20'000;  // larger counts would need too large a program
constexpr size_t kMaxTranslatedBytes = 1 << 20;

// What \s means in ECMA-262 (WhiteSpace and LineTerminator), as the inside of a class.
constexpr absl::string_view kSpace =
    R"(\x{9}-\x{d}\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";
constexpr absl::string_view kNotSpace =
    R"(\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027})"
    R"(\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff})";
constexpr absl::string_view kDot = R"([^\x{a}\x{d}\x{2028}\x{2029}])";

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

std::string Literal(uint32_t code_point) {
  const bool plain = code_point < 128 && absl::ascii_isalnum(static_cast<unsigned char>(code_point));
  return plain ? std::string(1, static_cast<char>(code_point))
               : absl::StrFormat("\\x{%x}", code_point);
}

// One element of a character class: a single code point, or a ready-made set such as \d.
struct ClassAtom {
  std::optional<uint32_t> code_point;
  std::string set;
};

class Translator {
 public:
  explicit Translator(absl::string_view text) : text_(text) {}

  // Translates alternatives up to the end of the text, or up to the `)` that closes the group.
  absl::Status Alternatives(int depth, bool in_group);

  absl::Status LeadingLookAheads(TranslatedPattern& result);
  bool AtEnd() const { return at_ >= text_.size(); }
  std::string Take() { return std::move(out_); }
  bool has_top_level_alternative() const { return top_level_alternative_; }

 private:
  bool Looking(absl::string_view what) const { return text_.substr(at_, what.size()) == what; }
  absl::Status Bad(absl::string_view why) const {
    return absl::InvalidArgumentError(absl::StrCat(why, " at offset ", at_));
  }
  absl::Status Unsupported(absl::string_view why) const {
    return absl::UnimplementedError(absl::StrCat(why, " at offset ", at_));
  }
  void Emit(absl::string_view what) {
    atom_start_ = out_.size();
    absl::StrAppend(&out_, what);
    has_atom_ = true;
  }
  void EmitAssertion(absl::string_view what) {
    absl::StrAppend(&out_, what);
    has_atom_ = false;
  }

  absl::Status Term(int depth);
  absl::Status Group(int depth);
  absl::Status Quantifier();
  absl::StatusOr<bool> BraceQuantifier();
  absl::Status Repeat(int least, std::optional<int> most);
  absl::Status Escape();
  absl::Status Class();
  absl::StatusOr<ClassAtom> ClassElement();
  absl::StatusOr<std::optional<uint32_t>> CharacterEscape();
  absl::StatusOr<std::optional<uint32_t>> UnicodeEscape();
  absl::StatusOr<std::string> UnicodeProperty();
  std::optional<uint32_t> Hex(size_t digits);
  std::optional<int> Number();
  absl::StatusOr<uint32_t> CodePoint();

  absl::string_view text_;
  size_t at_ = 0;
  std::string out_;
  size_t atom_start_ = 0;
  bool has_atom_ = false;
  bool top_level_alternative_ = false;
};

absl::Status Translator::Alternatives(int depth, bool in_group) {
  if (depth > kMaxGroupDepth) return Unsupported("groups nested too deeply");
  while (!AtEnd()) {
    if (out_.size() > kMaxTranslatedBytes) return Unsupported("pattern too large");
    if (text_[at_] == ')') {
      return in_group ? absl::OkStatus() : Bad("unmatched )");
    }
    if (text_[at_] == '|') {
      ++at_;
      if (depth == 0) top_level_alternative_ = true;
      EmitAssertion("|");
      continue;
    }
    RETURN_IF_ERROR(Term(depth));
  }
  return in_group ? Bad("missing )") : absl::OkStatus();
}

absl::Status Translator::Term(int depth) {
  switch (text_[at_]) {
    case '^':
    case '$':
      EmitAssertion(text_[at_++] == '^' ? "^" : "$");
      return absl::OkStatus();
    case '.':
      ++at_;
      Emit(kDot);
      break;
    case '(':
      RETURN_IF_ERROR(Group(depth));
      break;
    case '[':
      RETURN_IF_ERROR(Class());
      break;
    case '\\':
      RETURN_IF_ERROR(Escape());
      break;
    case '*':
    case '+':
    case '?':
      return Bad("nothing to repeat");
    default: {
      ASSIGN_OR_RETURN(const uint32_t code_point, CodePoint());
      Emit(Literal(code_point));
    }
  }
  return Quantifier();
}

absl::Status Translator::Group(int depth) {
  const size_t start = out_.size();
  std::string open = "(?:";
  if (Looking("(?=") || Looking("(?!")) return Unsupported("look-ahead");
  if (Looking("(?<=") || Looking("(?<!")) return Unsupported("look-behind");
  if (Looking("(?:")) {
    at_ += 3;
  } else if (Looking("(?i)")) {  // not ECMA-262, but widely written and of one meaning
    at_ += 4;
    EmitAssertion("(?i)");
    return absl::OkStatus();
  } else if (Looking("(?i:")) {
    at_ += 4;
    open = "(?i:";
  } else if (Looking("(?<") || Looking("(?P<")) {
    const size_t close = text_.find('>', at_);
    if (close == absl::string_view::npos) return Bad("unfinished group name");
    at_ = close + 1;
  } else if (Looking("(?")) {
    return Bad("unknown kind of group");
  } else {
    ++at_;
  }
  out_ += open;
  has_atom_ = false;
  RETURN_IF_ERROR(Alternatives(depth + 1, true));
  ++at_;
  out_ += ')';
  atom_start_ = start;
  has_atom_ = true;
  return absl::OkStatus();
}

absl::Status Translator::Quantifier() {
  if (AtEnd()) return absl::OkStatus();
  const char c = text_[at_];
  if (c == '*' || c == '+' || c == '?') {
    if (!has_atom_) return Bad("nothing to repeat");
    ++at_;
    out_ += c;
  } else if (c == '{') {
    ASSIGN_OR_RETURN(const bool is_quantifier, BraceQuantifier());
    if (!is_quantifier) return absl::OkStatus();
  } else {
    return absl::OkStatus();
  }
  has_atom_ = false;
  // Whether a match is greedy does not change whether there is one.
  if (!AtEnd() && text_[at_] == '?') ++at_;
  if (!AtEnd() && (text_[at_] == '*' || text_[at_] == '+' || text_[at_] == '?')) {
    return Bad("nothing to repeat");
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Translator::BraceQuantifier() {
  const size_t start = at_++;
  const std::optional<int> least = Number();
  std::optional<int> most = least;
  if (least.has_value() && Looking(",")) {
    ++at_;
    most = Number();
  }
  if (!least.has_value() || !Looking("}")) {
    at_ = start;  // a literal brace; Term takes it next
    return false;
  }
  if (!has_atom_) return Bad("nothing to repeat");
  ++at_;
  RETURN_IF_ERROR(Repeat(*least, most));
  return true;
}

absl::Status Translator::Repeat(int least, std::optional<int> most) {
  if (most.has_value() && *most < least) return Bad("repetition out of order");
  if (least > kMaxRepeat || (most.has_value() && *most > kMaxRepeat)) {
    return Unsupported("repetition too large");
  }
  const std::string atom = out_.substr(atom_start_);
  out_.resize(atom_start_);
  out_ += "(?:";
  int rest = least;
  for (; rest > kRe2MaxRepeat; rest -= kRe2MaxRepeat) {
    absl::StrAppend(&out_, atom, "{", kRe2MaxRepeat, "}");
  }
  if (!most.has_value()) {
    absl::StrAppend(&out_, atom, "{", rest, ",}");
  } else {
    if (rest > 0) absl::StrAppend(&out_, atom, "{", rest, "}");
    int optional = *most - least;
    for (; optional > kRe2MaxRepeat; optional -= kRe2MaxRepeat) {
      absl::StrAppend(&out_, atom, "{0,", kRe2MaxRepeat, "}");
    }
    if (optional > 0) absl::StrAppend(&out_, atom, "{0,", optional, "}");
  }
  out_ += ')';
  return out_.size() > kMaxTranslatedBytes ? Unsupported("pattern too large") : absl::OkStatus();
}

absl::Status Translator::Escape() {
  const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  switch (next) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
      at_ += 2;
      Emit(absl::StrCat("\\", std::string(1, next)));
      return absl::OkStatus();
    case 'b':
    case 'B':
      at_ += 2;
      EmitAssertion(absl::StrCat("\\", std::string(1, next)));
      return absl::OkStatus();
    case 's':
    case 'S':
      at_ += 2;
      Emit(absl::StrCat("[", next == 's' ? kSpace : kNotSpace, "]"));
      return absl::OkStatus();
    case 'p':
    case 'P': {
      ASSIGN_OR_RETURN(const std::string property, UnicodeProperty());
      Emit(property.size() > 2 && property[1] == 'x' ? absl::StrCat("[", property, "]") : property);
      return absl::OkStatus();
    }
    default:
      break;
  }
  ASSIGN_OR_RETURN(const std::optional<uint32_t> code_point, CharacterEscape());
  if (!code_point.has_value()) return Bad("unknown escape");
  Emit(Literal(*code_point));
  return absl::OkStatus();
}

// A backslash that stands for one code point. Empty if it is no such escape.
absl::StatusOr<std::optional<uint32_t>> Translator::CharacterEscape() {
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
    return code;
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
  ASSIGN_OR_RETURN(const uint32_t literal, CodePoint());
  return literal;
}

absl::StatusOr<std::optional<uint32_t>> Translator::UnicodeEscape() {
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
    return code;
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
  return code;
}

absl::StatusOr<std::string> Translator::UnicodeProperty() {
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

absl::Status Translator::Class() {
  ++at_;
  const bool negated = Looking("^");
  if (negated) ++at_;
  std::string inside;
  while (!AtEnd() && text_[at_] != ']') {
    ASSIGN_OR_RETURN(const ClassAtom low, ClassElement());
    const bool range = low.code_point.has_value() && Looking("-") && at_ + 1 < text_.size() &&
                       text_[at_ + 1] != ']';
    if (!range) {
      inside += low.code_point.has_value() ? Literal(*low.code_point) : low.set;
      continue;
    }
    ++at_;
    ASSIGN_OR_RETURN(const ClassAtom high, ClassElement());
    if (!high.code_point.has_value()) {  // [a-\d]: the hyphen is itself
      absl::StrAppend(&inside, Literal(*low.code_point), "\\-", high.set);
      continue;
    }
    if (*high.code_point < *low.code_point) return Bad("class range out of order");
    absl::StrAppend(&inside, Literal(*low.code_point), "-", Literal(*high.code_point));
  }
  if (AtEnd()) return Bad("missing ]");
  ++at_;
  if (inside.empty()) {
    Emit(negated ? R"([\x{0}-\x{10ffff}])" : R"([^\x{0}-\x{10ffff}])");
  } else {
    Emit(absl::StrCat(negated ? "[^" : "[", inside, "]"));
  }
  return absl::OkStatus();
}

absl::StatusOr<ClassAtom> Translator::ClassElement() {
  if (text_[at_] != '\\') {
    ASSIGN_OR_RETURN(const uint32_t code_point, CodePoint());
    return ClassAtom{code_point, ""};
  }
  const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  switch (next) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
      at_ += 2;
      return ClassAtom{std::nullopt, absl::StrCat("\\", std::string(1, next))};
    case 's':
    case 'S':
      at_ += 2;
      return ClassAtom{std::nullopt, std::string(next == 's' ? kSpace : kNotSpace)};
    case 'b':
      at_ += 2;
      return ClassAtom{8u, ""};
    case 'p':
    case 'P': {
      ASSIGN_OR_RETURN(std::string property, UnicodeProperty());
      return ClassAtom{std::nullopt, std::move(property)};
    }
    default:
      break;
  }
  ASSIGN_OR_RETURN(const std::optional<uint32_t> code_point, CharacterEscape());
  return ClassAtom{code_point, ""};
}

std::optional<uint32_t> Translator::Hex(size_t digits) {
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

std::optional<int> Translator::Number() {
  if (AtEnd() || !absl::ascii_isdigit(text_[at_])) return std::nullopt;
  int value = 0;
  for (; !AtEnd() && absl::ascii_isdigit(text_[at_]); ++at_) {
    if (value <= kMaxRepeat) value = value * 10 + (text_[at_] - '0');
  }
  return value;
}

// Reads one UTF-8 code point.
absl::StatusOr<uint32_t> Translator::CodePoint() {
  const unsigned char lead = text_[at_];
  const size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (length == 0 || at_ + length > text_.size()) return Bad("invalid UTF-8");
  uint32_t code_point = length == 1 ? lead : lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) code_point = code_point << 6 | (text_[at_ + i] & 0x3F);
  at_ += length;
  return code_point;
}

// `^(?=A)(?!B)C` matches where `^C` and `^A` match and `^B` doesn't, if C has no alternative of
// its own at the top level.
absl::Status Translator::LeadingLookAheads(TranslatedPattern& result) {
  if (!Looking("^(?=") && !Looking("^(?!")) return absl::OkStatus();
  ++at_;
  while (Looking("(?=") || Looking("(?!")) {
    const bool wanted = text_[at_ + 2] == '=';
    at_ += 3;
    out_ = "^(?:";
    RETURN_IF_ERROR(Alternatives(1, true));
    ++at_;
    (wanted ? result.required : result.forbidden).push_back(absl::StrCat(out_, ")"));
    if (!AtEnd() && (text_[at_] == '*' || text_[at_] == '?' || text_[at_] == '+' ||
                     text_[at_] == '{')) {
      return Bad("repeated look-ahead");
    }
  }
  out_ = "^";
  has_atom_ = false;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TranslatedPattern> TranslateEcmaPattern(absl::string_view ecma) {
  TranslatedPattern result;
  Translator translator(ecma);
  RETURN_IF_ERROR(translator.LeadingLookAheads(result));
  RETURN_IF_ERROR(translator.Alternatives(0, false));
  const bool split = !result.required.empty() || !result.forbidden.empty();
  if (split && translator.has_top_level_alternative()) {
    return absl::UnimplementedError("look-ahead in one of several alternatives");
  }
  result.pattern = translator.Take();
  return result;
}

}  // namespace warmpath
