#include "scorer/tool_outcome.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/scorer/scorer_case.h"

namespace warmpath {
namespace {

using testing::Asked;
using testing::Returned;

TEST(ErrorInWords, KnowsTheFormsOfRealTools) {
  for (const char* words :
       {R"({"error": "not found"})", R"({"isError": true, "content": []})",
        R"({"success": false, "message": "no such user"})", R"({"status": 404})",
        R"({"status": "error", "message": "x"})", R"({"statusCode": "failed"})",
        R"({"content": [{"type": "text", "text": "Error: rate limited"}]})",
        R"([{"error": {"code": 7}}])", "Error: Order not found", "ERROR - disk full",
        "Traceback (most recent call last):\n  File \"a.py\", line 1", "HTTP 503 Service Unavailable",
        "404 Not Found", "ValueError: bad input", "Error executing tool search: timeout",
        "Failed to connect to host", "Request failed with status code 500",
        "[ToolError] no such tool", "Permission denied", "Connection refused"}) {
    EXPECT_NE(ErrorInWords(words), "") << words;
  }
}

TEST(ErrorInWords, LeavesResultsThatOnlySpeakOfErrors) {
  for (const char* words :
       {R"({"error": null, "data": [1]})", R"({"error": "", "ok": true})", R"({"errors": []})",
        R"({"status": 200})", R"({"status": "delivered"})", R"({"isError": false, "error": "old"})",
        "The log shows one error: a timeout last week, since then all is fine.",
        "Errors and exceptions: a guide", "Order 404 was delivered on Monday.", "", "42",
        R"([{"title": "How to handle errors"}])", "Error handling in Go is explicit."}) {
    EXPECT_EQ(ErrorInWords(words), "") << words;
  }
}

TEST(LastToolResults, ReadsTheResultsThatEndTheConversation) {
  v1::ModelRequest request = Asked("Where is order 7?");
  EXPECT_TRUE(LastToolResults(request).empty());
  Returned(request, "get_order", R"({"id":7})", "Error: Order not found");
  const auto results = LastToolResults(request);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(results[0].error);
  ASSERT_NE(results[0].call, nullptr);
  EXPECT_EQ(results[0].call->name(), "get_order");
}

TEST(LastToolResults, BelievesTheFlagBeforeTheWords) {
  v1::ModelRequest request = Asked("Where is order 7?");
  Returned(request, "get_order", "{}", "all fine", /*error=*/true);
  EXPECT_EQ(LastToolResults(request)[0].evidence, "flag");
}

TEST(LastToolResults, IsEmptyOnceTheUserSpeaksAgain) {
  v1::ModelRequest request = Asked("Where is order 7?");
  Returned(request, "get_order", "{}", "Error: x");
  v1::Message& user = *request.add_messages();
  user.set_role(v1::MESSAGE_ROLE_USER);
  EXPECT_TRUE(LastToolResults(request).empty());
}

TEST(LastToolResults, StandsACallThatIsNotThere) {
  v1::ModelRequest request;
  v1::Message& orphan = *request.add_messages();
  orphan.set_role(v1::MESSAGE_ROLE_TOOL);
  orphan.set_tool_call_id("nobody");
  ASSERT_EQ(LastToolResults(request).size(), 1u);
  EXPECT_EQ(LastToolResults(request)[0].call, nullptr);
}

}  // namespace
}  // namespace warmpath
