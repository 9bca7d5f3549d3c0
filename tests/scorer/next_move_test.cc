#include "scorer/next_move.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/scorer/scorer_case.h"

namespace warmpath {
namespace {

using testing::Asked;
using testing::Called;
using testing::Returned;
using testing::Said;

v1::ModelRequest FailedCancellation() {
  v1::ModelRequest request = Asked("Cancel order 7, please.");
  Returned(request, "cancel_order", R"({"id": 7})", "Error: Order not found");
  return request;
}

v1::NextMove MoveOf(const v1::ModelRequest& request, const v1::Observation& answer) {
  return ClassifyNextMove(request, LastToolResults(request), answer);
}

TEST(ClassifyNextMove, TellsTheMovesApart) {
  const v1::ModelRequest request = FailedCancellation();
  EXPECT_EQ(MoveOf(request, Called({{"cancel_order", R"({"id":7.0})"}})),
            v1::NEXT_MOVE_RETRY_SAME);
  EXPECT_EQ(MoveOf(request, Called({{"cancel_order", R"({"id":"#7"})"}})),
            v1::NEXT_MOVE_RETRY_CHANGED);
  EXPECT_EQ(MoveOf(request, Called({{"list_orders", "{}"}})), v1::NEXT_MOVE_OTHER_TOOL);
  EXPECT_EQ(MoveOf(request, Called({{"cancel_order", "{}"}, {"transfer_to_human", "{}"}})),
            v1::NEXT_MOVE_ESCALATE);
  EXPECT_EQ(MoveOf(request, Said("I couldn't find order 7.")), v1::NEXT_MOVE_REPORT);
  EXPECT_EQ(MoveOf(request, Said("Your order has been cancelled.")), v1::NEXT_MOVE_CLAIMS_SUCCESS);
  EXPECT_EQ(MoveOf(request, Said("I'm transferring you to a human agent.")),
            v1::NEXT_MOVE_REPORT)
      << "nothing is transferred yet";
}

TEST(ClassifyNextMove, HasNothingToSayWhereNoToolFailed) {
  v1::ModelRequest request = Asked("Cancel order 7, please.");
  Returned(request, "cancel_order", "{}", R"({"cancelled": true})");
  EXPECT_EQ(MoveOf(request, Said("Your order has been cancelled.")), v1::NEXT_MOVE_UNSPECIFIED);
}

TEST(ClaimsSuccess, NeedsAClaimWithoutAnyWordOfAProblem) {
  const v1::ModelRequest request = FailedCancellation();
  const auto results = LastToolResults(request);
  EXPECT_TRUE(ClaimsSuccess(request, results, "All done: I've successfully cancelled it."));
  EXPECT_TRUE(ClaimsSuccess(request, results, "Order 7 is now cancelled."));
  EXPECT_FALSE(ClaimsSuccess(request, results,
                             "The order could not be found, so nothing has been cancelled."));
  EXPECT_FALSE(ClaimsSuccess(request, results, "Please check the number of your order."));
  EXPECT_FALSE(ClaimsSuccess(request, results, "Orders are cancelled within two days."));
}

TEST(ClaimsSuccess, AcceptsWhatAnotherCallMadeGood) {
  v1::ModelRequest request = Asked("Cancel order 7, please.");
  Returned(request, "cancel_order", "{}", R"({"cancelled": true})");
  Returned(request, "send_mail", "{}", "Error: no address");
  EXPECT_FALSE(ClaimsSuccess(request, LastToolResults(request), "Order 7 has been cancelled."));
}

TEST(LeakedInternals, FindsRawChannelsAndTraces) {
  EXPECT_EQ(LeakedInternals("analysisWe need to call the tool."), "channel_tokens");
  EXPECT_EQ(LeakedInternals("ok<|channel|>final"), "channel_tokens");
  EXPECT_EQ(LeakedInternals("assistantcommentary to=functions.find json{}"), "channel_tokens");
  EXPECT_EQ(LeakedInternals("<tool_call>{}</tool_call>"), "tool_syntax");
  EXPECT_EQ(LeakedInternals("<think>hm</think> Yes."), "reasoning");
  EXPECT_EQ(LeakedInternals("It said:\nTraceback (most recent call last):"), "stack_trace");
  EXPECT_EQ(LeakedInternals("    at Foo.bar(Foo.java:12)"), "stack_trace");
}

TEST(LeakedInternals, LeavesPlainWords) {
  for (const char* words :
       {"Our analysis shows growth.", "analysis of the data follows", "The assistant is here.",
        "Use a < b | c > d.", "At noon (12:30) we meet.", "I think so."}) {
    EXPECT_EQ(LeakedInternals(words), "") << words;
  }
}

}  // namespace
}  // namespace warmpath
