// The rules of an embedded path: which one answers a request, and how.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "provider/rules/text_template.h"
#include "re2/re2.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// A RuleBook answers a request by the first rule with the highest confidence, or hands it to a person
// where none is confident enough. Pure: equal requests get equal answers.
//
//   ASSIGN_OR_RETURN(const RuleBook book, RuleBook::Create(config));
//   v1::Observation observation = book.Answer(request);
//
// Thread safety: immutable.
// Bounds: RE2 is linear in the text; only the last 64 KiB of the user's message are looked at.
class RuleBook {
 public:
  // INVALID_ARGUMENT naming the rule and what is wrong with it.
  static absl::StatusOr<RuleBook> Create(const v1::RulesConfig& config);

  // Outcome END, TOOL_CALLS or HANDOVER; no path, times or model.
  v1::Observation Answer(const v1::ModelRequest& request) const;

 private:
  struct Field {
    std::string name;
    std::unique_ptr<re2::RE2> pattern;
  };
  struct Rule {
    v1::RuleConfig config;
    std::unique_ptr<re2::RE2> pattern;  // null: any text
    std::vector<Field> fields;
    std::vector<std::string> keywords;  // lower case
  };

  static absl::StatusOr<Rule> Compile(const v1::RuleConfig& config);
  // The fields, if the rule matches.
  static std::optional<RuleFields> Match(const Rule& rule, std::string_view text,
                                         const std::string& lower, bool after_tool_result);
  static v1::Observation Fill(const Rule& rule, const RuleFields& fields);
  v1::Observation HandOver(std::string_view reason, double confidence) const;

  std::vector<Rule> rules_;
  double confidence_floor_ = 0.5;
  std::string handover_text_;
};

}  // namespace warmpath
