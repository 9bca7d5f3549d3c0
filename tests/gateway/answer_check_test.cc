#include "gateway/answer_check.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

constexpr char kAsk[] = R"({"model":"w","messages":[{"role":"user","content":"total?"}],
  "tools":[{"type":"function","function":{"name":"look_up","parameters":{"type":"object"}}}],
  "response_format":{"type":"json_schema","json_schema":{"name":"total","schema":
    {"type":"object","properties":{"total":{"type":"number"}},"required":["total"]}}}})";

WorkflowRules Rules(v1::InlineMode mode) {
  WorkflowRules rules;
  rules.inline_mode = mode;
  return rules;
}

AnswerCheck Check(const std::string& message, const WorkflowRules& rules,
                  const std::string& finish = "stop") {
  ModelCall call;
  call.body = std::make_shared<const std::string>(kAsk);
  Answer answer;
  answer.http_status = 200;
  answer.native = std::make_shared<const std::string>(
      R"({"id":"1","model":"m","choices":[{"index":0,"finish_reason":")" + finish +
      R"(","message":{"role":"assistant",)" + message + "}}]}");
  return CheckAnswer(call, answer, rules);
}

std::string Calls(const std::string& name) {
  return R"("content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":")" + name +
         R"(","arguments":"{}"}}])";
}

TEST(CheckAnswer, FindsNothingInAnAnswerThatKeepsTheContract) {
  const AnswerCheck check =
      Check(R"("content":"{\"total\":4}")", Rules(v1::INLINE_MODE_ENFORCE));
  EXPECT_EQ(check.breach, "");
  EXPECT_FALSE(check.refused);
}

TEST(CheckAnswer, NamesKindAndPlaceOfABreachAndNoContent) {
  const AnswerCheck check =
      Check(R"("content":"{\"total\":\"four secrets\"}")", Rules(v1::INLINE_MODE_OBSERVE));
  EXPECT_EQ(check.breach, "schema_violation at /total");
}

TEST(CheckAnswer, SeesProseWhereJsonIsAskedFor) {
  EXPECT_THAT(Check(R"("content":"It is four.")", Rules(v1::INLINE_MODE_ENFORCE)).breach,
              ::testing::StartsWith("not_json"));
}

TEST(CheckAnswer, SeesAToolThatNobodyDeclared) {
  const WorkflowRules rules = Rules(v1::INLINE_MODE_ENFORCE);
  EXPECT_EQ(Check(Calls("look_up"), rules, "tool_calls").breach, "");
  EXPECT_THAT(Check(Calls("delete_all"), rules, "tool_calls").breach,
              ::testing::StartsWith("tool_undeclared"));
}

TEST(CheckAnswer, SeesAForbiddenTool) {
  WorkflowRules rules = Rules(v1::INLINE_MODE_ENFORCE);
  v1::ToolRule& rule = *rules.contract.add_tools();
  rule.set_name("look_up");
  rule.set_forbidden(true);
  EXPECT_THAT(Check(Calls("look_up"), rules, "tool_calls").breach,
              ::testing::StartsWith("tool_forbidden"));
}

TEST(CheckAnswer, ARefusalIsNoBreach) {
  const AnswerCheck check =
      Check(R"("content":null,"refusal":"I can't help with that.")", Rules(v1::INLINE_MODE_ENFORCE));
  EXPECT_TRUE(check.refused);
  EXPECT_EQ(check.breach, "");
}

TEST(CheckAnswer, LooksOnlyForRefusalsWithInlineOff) {
  EXPECT_EQ(Check(R"("content":"It is four.")", Rules(v1::INLINE_MODE_OFF)).breach, "");
  EXPECT_TRUE(Check(R"("content":"","refusal":"No.")", Rules(v1::INLINE_MODE_OFF)).refused);
}

TEST(CheckAnswer, TakesABlockedPromptForARefusalAndNoOtherError) {
  ModelCall call;
  call.body = std::make_shared<const std::string>(kAsk);
  Answer answer;
  answer.http_status = 400;
  answer.failure.emplace().set_failure_class(v1::FAILURE_CLASS_INVALID_REQUEST);
  answer.native = std::make_shared<const std::string>(
      R"({"error":{"message":"blocked","type":"invalid_request_error","param":"prompt","code":"content_filter"}})");
  EXPECT_TRUE(CheckAnswer(call, answer, Rules(v1::INLINE_MODE_OFF)).refused);
  answer.native = std::make_shared<const std::string>(
      R"({"error":{"message":"bad","type":"invalid_request_error","param":"n","code":null}})");
  EXPECT_FALSE(CheckAnswer(call, answer, Rules(v1::INLINE_MODE_OFF)).refused);
  answer.native = nullptr;
  answer.http_status = 0;
  EXPECT_FALSE(CheckAnswer(call, answer, Rules(v1::INLINE_MODE_OFF)).refused);
}

}  // namespace
}  // namespace warmpath
