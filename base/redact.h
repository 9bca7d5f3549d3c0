// The one step that takes personal data and secrets out of text before it is stored or shown.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace warmpath {

// A rule of one's own: everything that `pattern` (RE2) matches becomes "[name]"; if it has a group,
// only what the first group matches.
struct RedactRule {
  std::string name;  // lower_snake
  std::string pattern;
};

// A Redactor replaces what looks like personal data or a secret by a mark of its kind:
//
//   [api_key]  sk-..., AKIA..., ghp_..., xoxb-..., AIza..., JSON Web Tokens; the value only in
//              "Bearer ...", "password=..." and "api_key: ..."
//   [email]    name@example.com
//   [iban]     two letters, two check digits that fit (ISO 7064), 11 to 30 more
//   [card]     13 to 19 digits, in groups or not, as cards begin, whose check digit (Luhn) fits
//   [phone]    +49 30 1234567, 0049 30 1234567, (555) 010-9999, 555-010-9999
//
//   ASSIGN_OR_RETURN(const Redactor redactor, Redactor::Create({{"ticket", "TCK-[0-9]{6}"}}));
//   std::string safe = redactor.Redact(text).text;
//
// It works on shape alone: names and postal addresses stay, and a number that looks like a card's
// goes. Redacting again changes nothing. Text need not be UTF-8.
//
// Time: linear in the text. Thread safety: Redact() may be called concurrently.
class Redactor {
 public:
  struct Result {
    std::string text;
    std::map<std::string, size_t> counts;  // kind -> how many were replaced
  };

  // With the built-in rules, preceded by `extra`. INVALID_ARGUMENT, naming the rule, if a pattern
  // is not RE2 or matches the empty text, or if a name isn't lower_snake.
  static absl::StatusOr<Redactor> Create(const std::vector<RedactRule>& extra = {});

  Redactor(Redactor&&) noexcept;
  Redactor& operator=(Redactor&&) noexcept;
  ~Redactor();

  Result Redact(std::string_view text) const;

 private:
  struct Rule;
  Redactor();
  void AddBuiltIn();
  static void Apply(const Rule& rule, Result* result);

  std::vector<std::unique_ptr<Rule>> rules_;
};

}  // namespace warmpath
