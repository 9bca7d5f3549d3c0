#include "provider/rules/rule_book.h"

#include <string>

#include "base/yaml_to_proto.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kRules[] = R"yaml(
confidence_floor: 0.6
rules:
  - name: refund
    keywords: [refund, "money back"]
    confidence: 0.9
    extract: {order: "(?i)order\\s+#?(\\d+)", reason: "because (.*)"}
    required_fields: [order]
    tool: {name: open_refund, arguments: {order_id: "${order}", amount: 10, note: "why: ${reason}"}}
  - name: refund_without_order
    keywords: [refund]
    confidence: 0.8
    answer: "Which order is it about?"
  - name: greeting
    pattern: "(?i)^(hi|hello)\\b"
    confidence: 0.7
    answer_json: {intent: greeting, reply: "Hello.", tags: [a, "${missing}"]}
  - name: guess
    keywords: [perhaps]
    confidence: 0.3
    answer: "Perhaps."
  - name: done
    confidence: 0.9
    after_tool_result: true
    answer: "It is done."
)yaml";

RuleBook Book() {
  v1::RulesConfig config;
  EXPECT_TRUE(YamlToProto(kRules, "rules.yaml", &config).empty());
  return *RuleBook::Create(config);
}

v1::ModelRequest Request(const std::string& text) {
  v1::ModelRequest request;
  v1::Message& message = *request.add_messages();
  message.set_role(v1::MESSAGE_ROLE_USER);
  message.add_parts()->set_text(text);
  return request;
}

TEST(RuleBook, CallsAToolWithTheFieldsItExtracted) {
  const auto answer = Book().Answer(Request("Refund order #4711 because it \"broke\""));
  EXPECT_EQ(answer.outcome(), v1::OUTCOME_TOOL_CALLS);
  ASSERT_EQ(answer.tool_calls_size(), 1);
  EXPECT_EQ(answer.tool_calls(0).name(), "open_refund");
  EXPECT_EQ(answer.tool_calls(0).arguments_json(),
            R"({"amount":10,"note":"why: it \"broke\"","order_id":"4711"})");
  EXPECT_FALSE(answer.tool_calls(0).id().empty());
}

TEST(RuleBook, FallsToTheNextRuleWhereARequiredFieldIsMissing) {
  EXPECT_EQ(Book().Answer(Request("I want a refund")).text(), "Which order is it about?");
}

TEST(RuleBook, MatchesWholeWordsOnly) {
  EXPECT_EQ(Book().Answer(Request("The refunds page is broken")).outcome(), v1::OUTCOME_HANDOVER);
}

TEST(RuleBook, FillsJson) {
  const auto answer = Book().Answer(Request("hello there"));
  EXPECT_EQ(answer.outcome(), v1::OUTCOME_END);
  EXPECT_EQ(answer.text(), R"({"intent":"greeting","reply":"Hello.","tags":["a",""]})");
}

TEST(RuleBook, HandsOverWhatNoRuleMatches) {
  const auto answer = Book().Answer(Request("What is the weather?"));
  EXPECT_EQ(answer.outcome(), v1::OUTCOME_HANDOVER);
  EXPECT_EQ(answer.handover().reason(), "no_rule_matches");
  EXPECT_EQ(answer.text(), R"({"handover":true,"reason":"no_rule_matches"})");
}

TEST(RuleBook, HandsOverBelowTheConfidenceFloor) {
  const auto answer = Book().Answer(Request("perhaps"));
  EXPECT_EQ(answer.outcome(), v1::OUTCOME_HANDOVER);
  EXPECT_EQ(answer.handover().reason(), "below_confidence_floor");
  EXPECT_DOUBLE_EQ(answer.handover().confidence(), 0.3);
}

TEST(RuleBook, KeepsRulesForToolResultsApart) {
  v1::ModelRequest request = Request("Refund order 1");
  request.add_messages()->set_role(v1::MESSAGE_ROLE_TOOL);
  EXPECT_EQ(Book().Answer(request).text(), "It is done.");
}

TEST(RuleBook, NamesTheRuleWithABadPattern) {
  v1::RulesConfig config;
  v1::RuleConfig& rule = *config.add_rules();
  rule.set_name("broken");
  rule.set_pattern("(");
  EXPECT_THAT(RuleBook::Create(config),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'broken'")));
}

}  // namespace
}  // namespace warmpath
