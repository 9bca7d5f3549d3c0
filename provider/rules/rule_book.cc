#include "provider/rules/rule_book.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/stable_hash.h"
#include "boost/json.hpp"

namespace warmpath {
namespace {

constexpr size_t kMaxText = 64 * 1024;

absl::StatusOr<std::unique_ptr<re2::RE2>> CompilePattern(const std::string& rule,
                                                         const std::string& pattern) {
  auto compiled = std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet);
  if (!compiled->ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("rule '", rule, "': not an RE2 pattern: ", compiled->error()));
  }
  return compiled;
}

std::string LastUserText(const v1::ModelRequest& request) {
  const auto& messages = request.messages();
  const auto last = std::find_if(messages.rbegin(), messages.rend(), [](const v1::Message& m) {
    return m.role() == v1::MESSAGE_ROLE_USER;
  });
  std::string text;
  if (last == messages.rend()) return text;
  for (const v1::Part& part : last->parts()) {
    if (!part.has_text()) continue;
    if (!text.empty()) text += "\n";
    text += part.text();
  }
  if (text.size() > kMaxText) text.erase(0, text.size() - kMaxText);
  return text;
}

// Whether `word` stands in `text` as a word of its own; both in lower case.
bool HasWord(std::string_view text, std::string_view word) {
  const auto is_letter = [&](size_t at) {
    return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at]));
  };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<RuleBook> RuleBook::Create(const v1::RulesConfig& config) {
  RuleBook book;
  for (const v1::RuleConfig& rule : config.rules()) {
    ASSIGN_OR_RETURN(Rule compiled, Compile(rule));
    book.rules_.push_back(std::move(compiled));
  }
  if (book.rules_.empty()) return absl::InvalidArgumentError("there are no rules");
  book.confidence_floor_ = config.confidence_floor();
  book.handover_text_ = config.handover_text();
  return book;
}

absl::StatusOr<RuleBook::Rule> RuleBook::Compile(const v1::RuleConfig& config) {
  Rule rule;
  rule.config = config;
  if (!config.pattern().empty()) {
    ASSIGN_OR_RETURN(rule.pattern, CompilePattern(config.name(), config.pattern()));
  }
  for (const auto& [name, pattern] : config.extract()) {
    ASSIGN_OR_RETURN(auto compiled, CompilePattern(config.name(), pattern));
    if (compiled->NumberOfCapturingGroups() != 1) {
      return absl::InvalidArgumentError(absl::StrCat(
          "rule '", config.name(), "': the pattern of '", name, "' needs exactly one group"));
    }
    rule.fields.push_back({name, std::move(compiled)});
  }
  for (const std::string& word : config.keywords()) {
    rule.keywords.push_back(absl::AsciiStrToLower(word));
  }
  return rule;
}

v1::Observation RuleBook::Answer(const v1::ModelRequest& request) const {
  const std::string text = LastUserText(request);
  const std::string lower = absl::AsciiStrToLower(text);
  const bool after_tool_result = !request.messages().empty() &&
                                 request.messages().rbegin()->role() == v1::MESSAGE_ROLE_TOOL;
  const Rule* best = nullptr;
  RuleFields best_fields;
  for (const Rule& rule : rules_) {
    if (best != nullptr && rule.config.confidence() <= best->config.confidence()) continue;
    if (auto fields = Match(rule, text, lower, after_tool_result)) {
      best = &rule;
      best_fields = *std::move(fields);
    }
  }
  if (best == nullptr) return HandOver("no_rule_matches", 0);
  if (best->config.confidence() < confidence_floor_) {
    return HandOver("below_confidence_floor", best->config.confidence());
  }
  return Fill(*best, best_fields);
}

std::optional<RuleFields> RuleBook::Match(const Rule& rule, std::string_view text,
                                          const std::string& lower, bool after_tool_result) {
  if (rule.config.after_tool_result() != after_tool_result) return std::nullopt;
  const re2::StringPiece piece(text.data(), text.size());
  if (rule.pattern != nullptr && !re2::RE2::PartialMatch(piece, *rule.pattern)) return std::nullopt;
  if (!rule.keywords.empty() &&
      std::none_of(rule.keywords.begin(), rule.keywords.end(),
                   [&](const std::string& word) { return HasWord(lower, word); })) {
    return std::nullopt;
  }
  RuleFields fields;
  for (const Field& field : rule.fields) {
    re2::RE2::PartialMatch(piece, *field.pattern, &fields[field.name]);
  }
  for (const std::string& name : rule.config.required_fields()) {
    if (fields[name].empty()) return std::nullopt;
  }
  return fields;
}

v1::Observation RuleBook::Fill(const Rule& rule, const RuleFields& fields) {
  v1::Observation observation;
  if (rule.config.has_tool()) {
    google::protobuf::Value arguments;
    *arguments.mutable_struct_value() = rule.config.tool().arguments();
    v1::ToolCall& call = *observation.add_tool_calls();
    call.set_name(rule.config.tool().name());
    call.set_arguments_json(ValueToJson(FillTemplates(arguments, fields)));
    // Equal calls have equal ids, so that replays agree.
    call.set_id("call_" + HashHex(StableHash64(call.name() + call.arguments_json())));
    observation.set_outcome(v1::OUTCOME_TOOL_CALLS);
    return observation;
  }
  observation.set_text(rule.config.has_answer_json()
                           ? ValueToJson(FillTemplates(rule.config.answer_json(), fields))
                           : FillTemplate(rule.config.answer(), fields));
  observation.set_outcome(v1::OUTCOME_END);
  return observation;
}

v1::Observation RuleBook::HandOver(std::string_view reason, double confidence) const {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_HANDOVER);
  observation.mutable_handover()->set_reason(std::string(reason));
  observation.mutable_handover()->set_confidence(confidence);
  observation.set_text(handover_text_.empty()
                           ? boost::json::serialize(boost::json::object{
                                 {"handover", true}, {"reason", std::string(reason)}})
                           : handover_text_);
  return observation;
}

}  // namespace warmpath
