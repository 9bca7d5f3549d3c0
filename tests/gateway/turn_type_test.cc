#include "gateway/turn_type.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

void Add(v1::ModelRequest& request, v1::MessageRole role) { request.add_messages()->set_role(role); }

TEST(TurnType, TellsTheKindsApart) {
  v1::ModelRequest request;
  Add(request, v1::MESSAGE_ROLE_USER);
  EXPECT_EQ(TurnTypeOf(request), v1::TURN_TYPE_TEXT);
  request.add_tools();
  EXPECT_EQ(TurnTypeOf(request), v1::TURN_TYPE_TOOL_CALL);
  Add(request, v1::MESSAGE_ROLE_ASSISTANT);
  Add(request, v1::MESSAGE_ROLE_TOOL);
  EXPECT_EQ(TurnTypeOf(request), v1::TURN_TYPE_TOOL_RESULT);
  Add(request, v1::MESSAGE_ROLE_USER);
  EXPECT_EQ(TurnTypeOf(request), v1::TURN_TYPE_MULTI_TURN);
}

TEST(TurnType, SaysTheSameOfABody) {
  BodyFields fields;
  fields.has_messages = true;
  EXPECT_EQ(TurnTypeOf(fields), v1::TURN_TYPE_TEXT);
  fields.has_tools = true;
  EXPECT_EQ(TurnTypeOf(fields), v1::TURN_TYPE_TOOL_CALL);
  fields.assistant_spoke = true;
  EXPECT_EQ(TurnTypeOf(fields), v1::TURN_TYPE_MULTI_TURN);
  fields.ends_with_tool_result = true;
  EXPECT_EQ(TurnTypeOf(fields), v1::TURN_TYPE_TOOL_RESULT);
}

}  // namespace
}  // namespace warmpath
