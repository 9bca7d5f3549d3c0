#include "scorer/text_equality.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "scorer/value_forms.h"

namespace warmpath {
namespace {

// Longer texts are compared byte by byte and, as free text, by their first words.
constexpr size_t kMaxFormBytes = 4096;
constexpr size_t kMaxWords = 200;

bool ContainsWord(std::string_view text, std::string_view word) {
  const std::string folded = FoldCase(text.substr(0, 512));
  for (size_t at = folded.find(word); at != std::string::npos; at = folded.find(word, at + 1)) {
    const bool starts = at == 0 || !absl::ascii_isalpha(static_cast<unsigned char>(folded[at - 1]));
    if (starts) return true;
  }
  return false;
}

template <size_t N>
bool AnyWord(std::string_view text, const std::string_view (&words)[N]) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return ContainsWord(text, word); });
}

bool IsPlace(const TextContext& context) {
  static constexpr std::string_view kWords[] = {"city",    "cities", "location", "place",  "origin",
                                                "destin",  "town",   "region",   "address", "area",
                                                "country", "state",  "from",     "departure"};
  return AnyWord(context.name, kWords) || AnyWord(context.description, {"city", "location"});
}

bool IsFreeText(const TextContext& context) {
  static constexpr std::string_view kNames[] = {
      "query",   "prompt", "message", "description", "text",    "question", "content", "summary",
      "reason",  "body",   "note",    "comment",     "thought", "explanation", "details", "subject",
      "instruction"};
  return AnyWord(context.name, kNames);
}

// A secret or an id is what it is, letter by letter.
bool IsSecret(const TextContext& context) {
  static constexpr std::string_view kNames[] = {"password", "passwd", "token", "secret",
                                                "api_key",  "apikey", "hash",  "signature"};
  return AnyWord(context.name, kNames);
}

// The description says how the value is to be written: code may rely on that form.
bool FormIsDocumented(const TextContext& context) {
  static constexpr std::string_view kWords[] = {"format", "e.g", "eg.",    "for example", "such as",
                                                "yyyy",   "mm/", "hh:",    "iso",         "in the form",
                                                "code",   "abbrev", "like '"};
  return AnyWord(context.description, kWords);
}

// "San Francisco" and "San Francisco, CA": one is the other with more detail after a comma.
bool PlaceWithDetail(std::string_view a, std::string_view b) {
  const auto head_is = [](std::string_view longer, std::string_view shorter) {
    const size_t comma = longer.find(',');
    return comma != std::string_view::npos && shorter.find(',') == std::string_view::npos &&
           FoldPunctuation(longer.substr(0, comma)) == FoldPunctuation(shorter);
  };
  return head_is(a, b) || head_is(b, a);
}

// Free text says the same when most of the words of the shorter are in the longer.
bool WordsOverlap(std::string_view a, std::string_view b) {
  std::vector<std::string> x = ReadWords(a.substr(0, kMaxFormBytes), true);
  std::vector<std::string> y = ReadWords(b.substr(0, kMaxFormBytes), true);
  if (x.size() > kMaxWords) x.resize(kMaxWords);
  if (y.size() > kMaxWords) y.resize(kMaxWords);
  if (x.size() > y.size()) x.swap(y);
  if (x.empty()) return false;
  size_t shared = 0;
  for (const std::string& word : x) shared += std::count(y.begin(), y.end(), word) > 0;
  return shared * 10 >= x.size() * 6;
}

bool NumbersClose(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

bool SameMeasure(std::string_view a, std::string_view b) {
  const auto x = ReadMeasure(a), y = ReadMeasure(b);
  return x && y && x->base == y->base && x->has_number == y->has_number &&
         NumbersClose(x->number, y->number);
}

}  // namespace

std::optional<ToleranceSet> TextsEqual(std::string_view a, std::string_view b,
                                       const TextContext& context) {
  if (a == b) return ToleranceSet();
  if (IsSecret(context)) return std::nullopt;
  const ToleranceSet allowed = context.allowed;
  const auto with = [&](Tolerance tolerance) {
    ToleranceSet used;
    used.Add(tolerance);
    return std::optional(used);
  };
  const auto may = [&](Tolerance tolerance) { return allowed.Has(tolerance); };
  if (a.size() <= kMaxFormBytes && b.size() <= kMaxFormBytes) {
    if (may(Tolerance::kLetterCase) && FoldCase(a) == FoldCase(b)) {
      return with(Tolerance::kLetterCase);
    }
    // Two numbers are compared as numbers and by nothing else: "-5" is not "5".
    const auto number_a = ReadNumber(a), number_b = ReadNumber(b);
    if (number_a && number_b) {
      return may(Tolerance::kNumberText) && *number_a == *number_b ? with(Tolerance::kNumberText)
                                                                   : std::nullopt;
    }
    if (may(Tolerance::kPunctuation) && FoldPunctuation(a) == FoldPunctuation(b) &&
        !FoldPunctuation(a).empty()) {
      return with(Tolerance::kPunctuation);
    }
    const bool free_form = !FormIsDocumented(context);
    if (may(Tolerance::kDateForm) && free_form) {
      const auto x = ReadDate(a), y = ReadDate(b);
      if (x && y && *x == *y) return with(Tolerance::kDateForm);
    }
    if (may(Tolerance::kTimeForm) && free_form) {
      const auto x = ReadTime(a), y = ReadTime(b);
      if (x && y && *x == *y) return with(Tolerance::kTimeForm);
    }
    if (may(Tolerance::kUnitForm) && free_form && SameMeasure(a, b)) {
      return with(Tolerance::kUnitForm);
    }
    if (context.is_code) return std::nullopt;
    if (may(Tolerance::kMathNotation)) {
      const auto x = FoldMath(a), y = FoldMath(b);
      if (x && y && *x == *y) return with(Tolerance::kMathNotation);
    }
    if (may(Tolerance::kWordForm)) {
      const auto x = ReadWords(a, false);
      // A single word in the plural may be another name: "student" and "students" are two tables.
      if (x.size() > 1 && x == ReadWords(b, false)) return with(Tolerance::kWordForm);
    }
    if (may(Tolerance::kAbbreviation) && free_form) {
      const auto x = ReadWords(a, true), y = ReadWords(b, true);
      const bool short_form = x != ReadWords(a, false) || y != ReadWords(b, false);
      if (short_form && !x.empty() && x == y) return with(Tolerance::kAbbreviation);
    }
    if (may(Tolerance::kPlaceDetail) && free_form && IsPlace(context) && PlaceWithDetail(a, b)) {
      return with(Tolerance::kPlaceDetail);
    }
  }
  if (may(Tolerance::kFreeText) && !context.is_code && IsFreeText(context) && WordsOverlap(a, b)) {
    return with(Tolerance::kFreeText);
  }
  return std::nullopt;
}

}  // namespace warmpath
