#include "scorer/content_rules.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/pointer_pattern.h"
#include "re2/re2.h"
#include "scorer/find_json.h"
#include "scorer/patterns.h"

namespace warmpath {
namespace {

// The texts of an answer that patterns are held against.
class Content {
 public:
  explicit Content(const std::string& text) : text_(text) {}

  // Those at the rule's place; the whole text where it names none.
  std::vector<std::string> TextsFor(const PointerPattern& rule) {
    if (!rule.at_pointer) return {text_};
    if (!found_) found_ = FindJson(text_);
    if (found_->document == nullptr) return {};
    return TextsAtPointer(found_->value(), rule.pointer);
  }

 private:
  const std::string& text_;
  // Parsed when the first rule asks for it.
  std::optional<FoundJson> found_;
};

struct Matched {
  // The pattern could be checked.
  bool checked = false;
  bool all = false;
  bool any = false;
  std::string place = "/text";
};

Matched Match(const std::string& text, Content& content) {
  Matched matched;
  const auto rule = ParsePointerPattern(text);
  if (!rule.ok()) return matched;
  const auto compiled = SharedPattern(rule->pattern);
  if (!compiled->ok()) return matched;
  matched.checked = true;
  if (rule->at_pointer) matched.place = rule->pointer;
  const auto matches = [&](const std::string& at) { return re2::RE2::PartialMatch(at, *compiled); };
  const std::vector<std::string> texts = content.TextsFor(*rule);
  const bool may_be_none = absl::StrContains(rule->pointer, "/*");
  matched.all = (may_be_none || !texts.empty()) && std::all_of(texts.begin(), texts.end(), matches);
  matched.any = std::any_of(texts.begin(), texts.end(), matches);
  return matched;
}

}  // namespace

bool CheckContent(const v1::PolicyRule& policy, const v1::Observation& answer,
                  FindingList& findings) {
  bool checked = true;
  Content content(answer.text());
  const bool has_words = answer.tool_calls().empty() || !answer.text().empty();
  for (int i = 0; has_words && i < policy.required_patterns_size(); ++i) {
    const Matched matched = Match(policy.required_patterns(i), content);
    checked = checked && matched.checked;
    if (matched.all || !matched.checked) continue;
    findings.Violation(v1::FINDING_KIND_CONTENT_MISSING, matched.place,
                       absl::StrCat("required pattern ", i, " does not match"));
  }
  for (int i = 0; i < policy.forbidden_patterns_size(); ++i) {
    const Matched matched = Match(policy.forbidden_patterns(i), content);
    checked = checked && matched.checked;
    if (!matched.any) continue;
    findings.Violation(v1::FINDING_KIND_CONTENT_FORBIDDEN, matched.place,
                       absl::StrCat("forbidden pattern ", i, " matches"));
  }
  if (!checked) {
    findings.Info(v1::FINDING_KIND_SCHEMA_UNCHECKABLE, "/text",
                  "a pattern of the contract cannot be compiled");
  }
  return checked;
}

}  // namespace warmpath
