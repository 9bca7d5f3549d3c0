#include "scorer/json_schema/ecma_translate.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "scorer/json_schema/ecma_reader.h"

namespace warmpath {
namespace {

constexpr int kMaxGroupDepth = 100;
constexpr int kRe2MaxRepeat = 1000;
constexpr int kMaxRepeat = 20'000;  // larger counts would need too large a program
constexpr size_t kMaxLookAheads = 16;
constexpr size_t kMaxSourceBytes = 64 << 10;
constexpr size_t kMaxTranslatedBytes = 256 << 10;

// What . means in ECMA-262.
constexpr absl::string_view kDot = R"([^\x{a}\x{d}\x{2028}\x{2029}])";

class Translator {
 public:
  explicit Translator(absl::string_view text) : in_(text) {}

  // Translates alternatives up to the end of the text, or up to the `)` that closes the group.
  absl::Status Alternatives(int depth, bool in_group);

  absl::Status LeadingLookAheads(TranslatedPattern& result);
  std::string Take() { return std::move(out_); }
  bool has_top_level_alternative() const { return top_level_alternative_; }

 private:
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

  EcmaReader in_;
  std::string out_;
  size_t atom_start_ = 0;  // of the last atom, which a quantifier would repeat
  bool has_atom_ = false;
  bool top_level_alternative_ = false;
};

absl::Status Translator::Alternatives(int depth, bool in_group) {
  if (depth > kMaxGroupDepth) return in_.Unsupported("groups nested too deeply");
  while (!in_.AtEnd()) {
    if (out_.size() > kMaxTranslatedBytes) return in_.Unsupported("pattern too large");
    if (in_.Peek() == ')') {
      return in_group ? absl::OkStatus() : in_.Bad("unmatched )");
    }
    if (in_.Peek() == '|') {
      in_.Skip(1);
      if (depth == 0) top_level_alternative_ = true;
      EmitAssertion("|");
      continue;
    }
    RETURN_IF_ERROR(Term(depth));
  }
  return in_group ? in_.Bad("missing )") : absl::OkStatus();
}

absl::Status Translator::Term(int depth) {
  switch (in_.Peek()) {
    case '^':
    case '$':
      EmitAssertion(in_.Peek() == '^' ? "^" : "$");
      in_.Skip(1);
      break;
    case '.':
      in_.Skip(1);
      Emit(kDot);
      break;
    case '(':
      RETURN_IF_ERROR(Group(depth));
      break;
    case '[': {
      ASSIGN_OR_RETURN(const std::string text, in_.Class());
      Emit(text);
      break;
    }
    case '\\':
      RETURN_IF_ERROR(Escape());
      break;
    case '*':
    case '+':
    case '?':
      return in_.Bad("nothing to repeat");
    default: {
      ASSIGN_OR_RETURN(const uint32_t code_point, in_.CodePoint());
      Emit(Re2Literal(code_point));
    }
  }
  return Quantifier();
}

absl::Status Translator::Group(int depth) {
  const size_t start = out_.size();
  std::string open = "(?:";
  if (in_.Looking("(?=") || in_.Looking("(?!")) return in_.Unsupported("look-ahead");
  if (in_.Looking("(?<=") || in_.Looking("(?<!")) return in_.Unsupported("look-behind");
  if (in_.Looking("(?:")) {
    in_.Skip(3);
  } else if (in_.Looking("(?i)")) {  // not ECMA-262, but widely written and of one meaning
    in_.Skip(4);
    EmitAssertion("(?i)");
    return absl::OkStatus();
  } else if (in_.Looking("(?i:")) {
    in_.Skip(4);
    open = "(?i:";
  } else if (in_.Looking("(?<") || in_.Looking("(?P<")) {
    if (!in_.SkipPast('>')) return in_.Bad("unfinished group name");
  } else if (in_.Looking("(?")) {
    return in_.Bad("unknown kind of group");
  } else {
    in_.Skip(1);
  }
  out_ += open;
  has_atom_ = false;
  RETURN_IF_ERROR(Alternatives(depth + 1, true));
  in_.Skip(1);
  out_ += ')';
  atom_start_ = start;
  has_atom_ = true;
  return absl::OkStatus();
}

absl::Status Translator::Quantifier() {
  if (in_.AtEnd()) return absl::OkStatus();
  const char c = in_.Peek();
  if (c == '*' || c == '+' || c == '?') {
    if (!has_atom_) return in_.Bad("nothing to repeat");
    in_.Skip(1);
    out_ += c;
  } else if (c == '{') {
    ASSIGN_OR_RETURN(const bool is_quantifier, BraceQuantifier());
    if (!is_quantifier) return absl::OkStatus();
  } else {
    return absl::OkStatus();
  }
  has_atom_ = false;
  // Whether a match is greedy does not change whether there is one.
  if (in_.Peek() == '?') in_.Skip(1);
  if (in_.Peek() == '*' || in_.Peek() == '+' || in_.Peek() == '?') {
    return in_.Bad("nothing to repeat");
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Translator::BraceQuantifier() {
  const size_t start = in_.position();
  in_.Skip(1);
  const std::optional<int> least = in_.Number();
  std::optional<int> most = least;
  if (least.has_value() && in_.Looking(",")) {
    in_.Skip(1);
    most = in_.Number();
  }
  if (!least.has_value() || !in_.Looking("}")) {
    in_.Rewind(start);  // a literal brace; Term takes it next
    return false;
  }
  if (!has_atom_) return in_.Bad("nothing to repeat");
  in_.Skip(1);
  RETURN_IF_ERROR(Repeat(*least, most));
  return true;
}

absl::Status Translator::Repeat(int least, std::optional<int> most) {
  if (most.has_value() && *most < least) return in_.Bad("repetition out of order");
  if (least > kMaxRepeat || (most.has_value() && *most > kMaxRepeat)) {
    return in_.Unsupported("repetition too large");
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
  if (out_.size() > kMaxTranslatedBytes) return in_.Unsupported("pattern too large");
  return absl::OkStatus();
}

absl::Status Translator::Escape() {
  if (in_.Peek(1) == 'b' || in_.Peek(1) == 'B') {
    EmitAssertion(in_.Peek(1) == 'b' ? "\\b" : "\\B");
    in_.Skip(2);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> set, in_.SetEscape());
  if (set.has_value()) {
    Emit(absl::StrCat("[", *set, "]"));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const uint32_t code_point, in_.CharacterEscape());
  Emit(Re2Literal(code_point));
  return absl::OkStatus();
}

// `^(?=A)(?!B)C` matches where `^C` and `^A` match and `^B` doesn't, if C has no alternative of
// its own at the top level.
absl::Status Translator::LeadingLookAheads(TranslatedPattern& result) {
  if (!in_.Looking("^(?=") && !in_.Looking("^(?!")) return absl::OkStatus();
  in_.Skip(1);
  while (in_.Looking("(?=") || in_.Looking("(?!")) {
    const bool wanted = in_.Peek(2) == '=';
    in_.Skip(3);
    out_ = "^(?:";
    RETURN_IF_ERROR(Alternatives(1, true));
    in_.Skip(1);
    (wanted ? result.required : result.forbidden).push_back(absl::StrCat(out_, ")"));
    const char next = in_.Peek();
    if (next == '*' || next == '?' || next == '+' || next == '{') {
      return in_.Unsupported("repeated look-ahead");
    }
    if (result.required.size() + result.forbidden.size() > kMaxLookAheads) {
      return in_.Unsupported("too many look-aheads");
    }
  }
  out_ = "^";
  has_atom_ = false;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TranslatedPattern> TranslateEcmaPattern(absl::string_view ecma) {
  if (ecma.size() > kMaxSourceBytes) return absl::UnimplementedError("pattern too long");
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
