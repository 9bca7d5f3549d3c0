#include "base/redact.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

// Finds what to replace within one match.
using Finder = void (*)(std::string_view match, std::vector<Range>* found);

// Whether `text` reads as a word: letters and hyphens, no upper case after lower.
bool LooksLikeAWord(std::string_view text) {
  if (text.size() >= 20) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!absl::ascii_isalpha(text[i]) && text[i] != '-' && text[i] != '.') return false;
    if (i > 0 && absl::ascii_isupper(text[i]) && absl::ascii_islower(text[i - 1])) return false;
  }
  return true;
}

// "Bearer" and "token:" also occur in prose; a word after them is no secret.
void FindToken(std::string_view match, std::vector<Range>* found) {
  if (!LooksLikeAWord(match)) found->push_back({0, match.size()});
}

// Luhn's check (ISO/IEC 7812-1, annex B).
bool LuhnFits(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

bool IsCard(std::string_view digits) {
  // No network's numbers begin otherwise, and only Visa's ever had 13 digits. This also leaves
  // times in milliseconds alone.
  if (digits[0] < '2' || digits[0] > '6') return false;
  if (digits.size() == 13 && digits[0] != '4') return false;
  return LuhnFits(digits);
}

// The end of the longest card number that begins at `begin` of a run of digit groups, or `begin`.
size_t CardEnd(std::string_view run, size_t begin) {
  std::string digits;
  size_t end = begin;
  for (size_t i = begin; i < run.size() && digits.size() <= 19; ++i) {
    if (!absl::ascii_isdigit(run[i])) continue;
    digits += run[i];
    const bool group_ends = i + 1 == run.size() || !absl::ascii_isdigit(run[i + 1]);
    if (group_ends && digits.size() >= 13 && digits.size() <= 19 && IsCard(digits)) end = i + 1;
  }
  return end;
}

void FindCards(std::string_view run, std::vector<Range>* found) {
  for (size_t i = 0; i < run.size();) {
    const bool group_starts =
        absl::ascii_isdigit(run[i]) && (i == 0 || !absl::ascii_isdigit(run[i - 1]));
    const size_t end = group_starts ? CardEnd(run, i) : i;
    if (end > i) found->push_back({i, end});
    i = std::max(end, i + 1);
  }
}

// ISO 7064 MOD 97-10, as ISO 13616 uses it: letters count from 10.
int Mod97(int remainder, char c) {
  if (absl::ascii_isdigit(c)) return (remainder * 10 + (c - '0')) % 97;
  return (remainder * 100 + (absl::ascii_toupper(c) - 'A' + 10)) % 97;
}

// The longest IBAN that the match begins with: words may follow that look like more groups.
void FindIban(std::string_view match, std::vector<Range>* found) {
  int remainder = 0;
  size_t length = 4;
  size_t end = 0;
  for (size_t i = 4; i < match.size() && length < 34; ++i) {
    if (match[i] == ' ') continue;
    remainder = Mod97(remainder, match[i]);
    ++length;
    int all = remainder;
    for (char c : match.substr(0, 4)) all = Mod97(all, c);
    const bool group_ends = i + 1 == match.size() || match[i + 1] == ' ';
    if (group_ends && length >= 15 && all == 1) end = i + 1;
  }
  if (end > 0) found->push_back({0, end});
}

constexpr char kKeys[] =
    R"(\b(?:[spr]k[-_][A-Za-z0-9_-]{16,}|AKIA[0-9A-Z]{16}\b|gh[pousr]_[A-Za-z0-9]{36,})"
    R"(|github_pat_[A-Za-z0-9_]{22,}|xox[abeprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{35})"
    R"(|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*))";
constexpr char kCredentials[] = R"((?i)\b(?:bearer|basic)[ \t]{1,8}([A-Za-z0-9._~+/-]{8,}=*))";
// In text, in query strings, and in JSON, also where that is itself escaped within JSON.
constexpr char kAssigned[] =
    R"([\\]?["']?[ \t]{0,4}[:=][ \t]{0,4}[\\]?["']?([^\s"'\\,;&\[\]{}]{6,}))";
constexpr char kPasswordWords[] = R"((?i)\b(?:api[_-]?key|password|passwd|pwd))";
constexpr char kTokenWords[] = R"((?i)\b(?:(?:access|auth|client|refresh)[_-])?(?:token|secret))";
constexpr char kEmail[] =
    R"([A-Za-z0-9._%+\x80-\xff-]+@(?:[A-Za-z0-9\x80-\xff-]+\.)+[A-Za-z\x80-\xff]{2,})";
constexpr char kIban[] = R"((?i)\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b)";
constexpr char kCard[] = R"(\b[0-9](?:[ -]?[0-9]){12,}\b)";
constexpr char kPhone[] = R"((?:\+|\b00)[1-9](?:(?:[ ./-]| ?\(|\) ?)?[0-9]){6,14}\b)"
                          R"(|(?:\([0-9]{3}\) ?|\b[0-9]{3}[-. ])[0-9]{3}[-. ][0-9]{4}\b)";

bool IsLowerSnake(const std::string& name) {
  if (name.empty() || !absl::ascii_islower(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

re2::RE2::Options Options(re2::RE2::Options::Encoding encoding) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(encoding);
  return options;
}

}  // namespace

struct Redactor::Rule {
  Rule(const std::string& kind, const std::string& pattern, Finder finder,
       re2::RE2::Options::Encoding encoding)
      : kind(kind), pattern(pattern, Options(encoding)), finder(finder) {}

  const std::string kind;
  const re2::RE2 pattern;
  const Finder finder;  // null: all of it
};

Redactor::Redactor() = default;
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor& Redactor::operator=(Redactor&&) noexcept = default;
Redactor::~Redactor() = default;

absl::StatusOr<Redactor> Redactor::Create(const std::vector<RedactRule>& extra) {
  Redactor redactor;
  for (const RedactRule& rule : extra) {
    const auto refuse = [&rule](const std::string& why) {
      return absl::InvalidArgumentError(absl::StrCat("redaction rule '", rule.name, "': ", why));
    };
    if (!IsLowerSnake(rule.name)) return refuse("write its name in lower_snake letters");
    auto added =
        std::make_unique<Rule>(rule.name, rule.pattern, nullptr, re2::RE2::Options::EncodingUTF8);
    if (!added->pattern.ok()) return refuse(added->pattern.error());
    if (re2::RE2::FullMatch("", added->pattern)) {
      return refuse("its pattern matches the empty text; make it ask for something");
    }
    redactor.rules_.push_back(std::move(added));
  }
  redactor.AddBuiltIn();
  return redactor;
}

void Redactor::AddBuiltIn() {
  const auto add = [this](const char* kind, const std::string& pattern, Finder finder = nullptr) {
    // Bytes rather than characters: any text will do, and it is faster.
    rules_.push_back(
        std::make_unique<Rule>(kind, pattern, finder, re2::RE2::Options::EncodingLatin1));
  };
  // Secrets first: they may contain what looks like something else.
  add("api_key", kKeys);
  add("api_key", kCredentials, FindToken);
  add("api_key", absl::StrCat(kPasswordWords, kAssigned));
  add("api_key", absl::StrCat(kTokenWords, kAssigned), FindToken);
  add("email", kEmail);
  add("iban", kIban, FindIban);
  add("card", kCard, FindCards);
  add("phone", kPhone);
}

Redactor::Result Redactor::Redact(std::string_view text) const {
  Result result;
  result.text = text;
  for (const std::unique_ptr<Rule>& rule : rules_) Apply(*rule, &result);
  return result;
}

void Redactor::Apply(const Rule& rule, Result* result) {
  const std::string_view text = result->text;
  const re2::StringPiece piece(text.data(), text.size());
  std::string out;
  std::vector<Range> found;
  size_t copied = 0;
  size_t position = 0;
  re2::StringPiece groups[2];
  const int group_count = std::min(rule.pattern.NumberOfCapturingGroups(), 1) + 1;
  while (position < text.size() && rule.pattern.Match(piece, position, text.size(),
                                                      re2::RE2::UNANCHORED, groups, group_count)) {
    const re2::StringPiece& part = groups[group_count - 1];
    const size_t match_end = groups[0].data() - text.data() + groups[0].size();
    found.clear();
    if (!part.empty() && rule.finder != nullptr) {
      rule.finder(std::string_view(part.data(), part.size()), &found);
    } else if (!part.empty()) {
      found.push_back({0, part.size()});
    }
    for (const Range& range : found) {
      const size_t offset = part.data() - text.data();
      absl::StrAppend(&out, absl::string_view(text.data() + copied, offset + range.begin - copied),
                      "[", rule.kind, "]");
      copied = offset + range.end;
      ++result->counts[rule.kind];
    }
    // A match of nothing (a rule of one's own such as \b) must not stop us.
    position = std::max(match_end, position + 1);
  }
  if (copied == 0) return;
  out.append(text.substr(copied));
  result->text = std::move(out);
}

}  // namespace warmpath
