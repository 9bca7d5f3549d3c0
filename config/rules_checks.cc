#include "config/rules_checks.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "re2/re2.h"

namespace warmpath {
namespace {

class RulesChecker {
 public:
  RulesChecker(const SourceMap& sources, std::vector<ConfigProblem>& problems)
      : sources_(sources), problems_(problems) {}

  void Check(const std::string& at, const v1::RulesConfig& rules) {
    if (rules.rules().empty()) Problem(at, "has no rules; give at least one");
    if (!(rules.confidence_floor() >= 0 && rules.confidence_floor() <= 1)) {
      Problem(at + ".confidence_floor", "must be from 0 to 1");
    }
    for (int i = 0; i < rules.rules_size(); ++i) {
      CheckRule(PathAppendIndex(at + ".rules", i), rules.rules(i));
    }
  }

 private:
  void Problem(const std::string& at, std::string message) {
    problems_.push_back(sources_.ProblemAt(at, std::move(message)));
  }

  void CheckRule(const std::string& at, const v1::RuleConfig& rule) {
    if (rule.name().empty()) {
      Problem(at, "name is missing");
    } else if (!names_.insert(rule.name()).second) {
      Problem(at + ".name", absl::StrCat("the rule '", rule.name(), "' stands twice"));
    }
    if (rule.pattern().empty() && rule.keywords().empty() && !rule.after_tool_result()) {
      Problem(at, "needs a pattern, keywords or after_tool_result: true");
    }
    if (!rule.pattern().empty()) Groups(at + ".pattern", rule.pattern(), std::nullopt);
    if (!(rule.confidence() > 0 && rule.confidence() <= 1)) {
      Problem(at + ".confidence", "must be above 0 and at most 1");
    }
    if (!rule.answer().empty() + rule.has_answer_json() + rule.has_tool() != 1) {
      Problem(at, "needs exactly one of answer, answer_json and tool");
    }
    if (rule.has_tool() && rule.tool().name().empty()) Problem(at + ".tool", "name is missing");
    CheckFields(at, rule);
  }

  void CheckFields(const std::string& at, const v1::RuleConfig& rule) {
    for (const auto& [field, pattern] : rule.extract()) {
      Groups(PathAppendKey(at + ".extract", field), pattern, 1);
    }
    for (int i = 0; i < rule.required_fields_size(); ++i) {
      NeedsField(PathAppendIndex(at + ".required_fields", i), rule, rule.required_fields(i));
    }
    CheckTemplate(at + ".answer", rule, rule.answer());
    if (rule.has_answer_json()) CheckTemplates(at + ".answer_json", rule, rule.answer_json());
    for (const auto& [name, value] : rule.tool().arguments().fields()) {
      CheckTemplates(at + ".tool.arguments", rule, value);
    }
  }

  void NeedsField(const std::string& at, const v1::RuleConfig& rule, const std::string& field) {
    if (rule.extract().contains(field)) return;
    Problem(at, absl::StrCat("the field '", field, "' is not among 'extract'"));
  }

  void CheckTemplates(const std::string& at, const v1::RuleConfig& rule,
                      const google::protobuf::Value& value) {
    if (value.has_string_value()) CheckTemplate(at, rule, value.string_value());
    for (const auto& element : value.list_value().values()) CheckTemplates(at, rule, element);
    for (const auto& [name, field] : value.struct_value().fields()) CheckTemplates(at, rule, field);
  }

  void CheckTemplate(const std::string& at, const v1::RuleConfig& rule, const std::string& text) {
    static const re2::RE2 kField(R"(\$\{([^}|]*)(\|[^}]*)?\})");
    re2::StringPiece rest(text);
    std::string field, filter;
    while (re2::RE2::FindAndConsume(&rest, kField, &field, &filter)) {
      NeedsField(at, rule, field);
      if (!filter.empty() && filter != "|json") {
        Problem(at, absl::StrCat("'", filter.substr(1), "' is not a filter; only 'json' is"));
      }
    }
  }

  // `groups`: how many capturing groups the pattern must have.
  void Groups(const std::string& at, const std::string& pattern, std::optional<int> groups) {
    const re2::RE2 regex(pattern, re2::RE2::Quiet);
    if (!regex.ok()) {
      Problem(at, absl::StrCat("is not an RE2 pattern: ", regex.error()));
    } else if (groups && regex.NumberOfCapturingGroups() != *groups) {
      Problem(at, absl::StrCat("has ", regex.NumberOfCapturingGroups(),
                               " groups; needs exactly one, around the field's value"));
    }
  }

  const SourceMap& sources_;
  std::vector<ConfigProblem>& problems_;
  std::set<std::string> names_;
};

}  // namespace

void CheckRules(const std::string& at, const v1::RulesConfig& rules, const SourceMap& sources,
                std::vector<ConfigProblem>& problems) {
  RulesChecker(sources, problems).Check(at, rules);
}

}  // namespace warmpath
