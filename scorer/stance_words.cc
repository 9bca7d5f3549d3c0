#include "scorer/stance_words.h"

#include "absl/strings/ascii.h"
#include "re2/re2.h"

namespace warmpath {
namespace {

constexpr size_t kHeadBytes = 1500;

const re2::RE2& DeclinePattern() {
  static const re2::RE2& pattern = *new re2::RE2(
      R"(\b(?:i|we)(?:'m| am|'re| are)? (?:\w+ ){0,2}?(?:cannot|can't|can not|won't|will not|unable to|)"
      R"(not able to|must decline|have to decline|refuse to|not comfortable|don't feel comfortable)\b)");
  return pattern;
}

const re2::RE2& ClarifyPattern() {
  static const re2::RE2& pattern = *new re2::RE2(
      R"(\b(?:could|can|would|will) you (?:please |kindly )?(?:provide|specify|clarify|tell me|confirm|)"
      R"(share|let me know|give me|elaborate|double-check|verify)|please (?:provide|specify|clarify|)"
      R"(share|tell me|let me know (?:which|what|the|your|if you))|i(?:'ll| will)? need (?:to know|more|)"
      R"(the|your|some|a few))");
  return pattern;
}

const re2::RE2& EscalatePattern() {
  static const re2::RE2& pattern = *new re2::RE2(
      R"(\b(?:i(?:'ll| will| am|'m|'ve| have)?|let me|you are being|you're being) (?:\w+ ){0,3}?)"
      R"((?:transfer|connect|hand|escalat|pass)\w* (?:\w+ ){0,5}?)"
      R"((?:human|agent|representative|specialist|supervisor|person|colleague|support team|team))");
  return pattern;
}

bool Matches(const std::string& text, const re2::RE2& pattern) {
  return re2::RE2::PartialMatch(text, pattern);
}

}  // namespace

std::string PlainWords(std::string_view text, size_t max_bytes) {
  std::string plain;
  plain.reserve(std::min(text.size(), max_bytes));
  for (size_t i = 0; i < text.size() && plain.size() < max_bytes; ++i) {
    const unsigned char c = text[i];
    // ’ and ‘ (E2 80 98, E2 80 99) as well as “ and ” (E2 80 9C, E2 80 9D).
    if (c == 0xE2 && i + 2 < text.size() && static_cast<unsigned char>(text[i + 1]) == 0x80) {
      const unsigned char last = text[i + 2];
      if (last == 0x98 || last == 0x99 || last == 0x9C || last == 0x9D) {
        plain += last <= 0x99 ? '\'' : '"';
        i += 2;
        continue;
      }
    }
    if (c == '\n') {
      while (!plain.empty() && plain.back() == ' ') plain.pop_back();
      if (!plain.empty() && plain.back() != '\n') plain += '\n';
    } else if (absl::ascii_isspace(c)) {
      if (!plain.empty() && plain.back() != ' ' && plain.back() != '\n') plain += ' ';
    } else if (c != '*' && c != '_' && c != '#' && c != '`' && c != '>') {
      plain += absl::ascii_tolower(c);
    }
  }
  return plain;
}

StanceReading StanceOfWords(std::string_view text) {
  const std::string head = PlainWords(text, kHeadBytes);
  if (head.find_first_not_of(" \n") == std::string::npos) return {};
  if (Matches(head, EscalatePattern())) return {v1::STANCE_ESCALATE, "words:hands over", false};
  if (Matches(head.substr(0, 300), DeclinePattern())) {
    return {v1::STANCE_REFUSE, "words:declines", false};
  }
  if (text.size() < 800 && Matches(head, ClarifyPattern())) {
    return {v1::STANCE_CLARIFY, "words:asks", false};
  }
  return {v1::STANCE_PROCEED, "words:answers", false};
}

}  // namespace warmpath
