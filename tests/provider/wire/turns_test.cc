#include "provider/wire/turns.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::IsOk;
using testing::StatusIs;

constexpr ToolIdRule kRule{.prefix = "id_", .max_length = 40, .plain = true};

// A conversation that reads as a story.
struct Story {
  v1::ModelRequest request;

  Story& User() {
    request.add_messages()->set_role(v1::MESSAGE_ROLE_USER);
    return *this;
  }
  Story& Calls(const std::vector<std::string>& ids) {
    v1::Message* message = request.add_messages();
    message->set_role(v1::MESSAGE_ROLE_ASSISTANT);
    for (const std::string& id : ids) {
      v1::ToolCall* call = message->add_tool_calls();
      call->set_id(id);
      call->set_name("find");
    }
    return *this;
  }
  Story& Result(const std::string& id) {
    v1::Message* message = request.add_messages();
    message->set_role(v1::MESSAGE_ROLE_TOOL);
    message->set_tool_call_id(id);
    return *this;
  }
};

std::vector<int> Order(const std::vector<Turn>& turns) {
  std::vector<int> order;
  for (const Turn& turn : turns) order.push_back(turn.index);
  return order;
}

TEST(ArrangeTurns, PutsResultsBeforeWhatTheUserSays) {
  const Story story = Story().User().Calls({"a", "b"}).User().Result("b").User().Result("a");
  const auto turns = ArrangeTurns(story.request, kRule);
  ASSERT_THAT(turns, IsOk());
  EXPECT_THAT(Order(*turns), ElementsAre(0, 1, 3, 5, 2, 4));
}

TEST(ArrangeTurns, KeepsIdsThatAreAllowed) {
  const Story story = Story().User().Calls({"call_A-1"}).Result("call_A-1");
  const auto turns = ArrangeTurns(story.request, kRule);
  ASSERT_THAT(turns, IsOk());
  EXPECT_THAT((*turns)[1].call_ids, ElementsAre("call_A-1"));
  EXPECT_EQ((*turns)[2].result_id, "call_A-1");
}

TEST(ArrangeTurns, ReplacesIdsThatAreNotTheSameEveryTime) {
  const std::string long_id(41, 'x');
  const Story story = Story().User().Calls({"a|b", long_id, ""}).Result(long_id).Result("").Result(
      "a|b");
  const auto first = ArrangeTurns(story.request, kRule);
  const auto second = ArrangeTurns(story.request, kRule);
  ASSERT_THAT(first, IsOk());
  const std::vector<std::string>& ids = (*first)[1].call_ids;
  ASSERT_THAT(ids, SizeIs(3));
  for (const std::string& id : ids) EXPECT_THAT(id, ::testing::MatchesRegex("id_[0-9A-Za-z]{24}"));
  EXPECT_NE(ids[0], ids[1]);
  EXPECT_NE(ids[1], ids[2]);
  EXPECT_EQ((*first)[2].result_id, ids[1]);
  EXPECT_EQ((*first)[3].result_id, ids[2]);
  EXPECT_EQ((*first)[4].result_id, ids[0]);
  EXPECT_EQ((*second)[1].call_ids, ids);
}

TEST(ArrangeTurns, MakesRepeatedIdsUnique) {
  const Story story = Story().User().Calls({"0"}).Result("0").Calls({"0", "0"}).Result("0").Result(
      "0");
  const auto turns = ArrangeTurns(story.request, kRule);
  ASSERT_THAT(turns, IsOk());
  EXPECT_EQ((*turns)[2].result_id, "0");
  const std::vector<std::string>& later = (*turns)[3].call_ids;
  EXPECT_NE(later[0], "0");
  EXPECT_NE(later[0], later[1]);
  EXPECT_EQ((*turns)[4].result_id, later[0]);
  EXPECT_EQ((*turns)[5].result_id, later[1]);
}

TEST(ArrangeTurns, CallsWithoutIdsAreAnsweredInOrder) {
  const Story story = Story().User().Calls({"", ""}).Result("made-up-1").Result("made-up-2");
  const auto turns = ArrangeTurns(story.request, kRule);
  ASSERT_THAT(turns, IsOk());
  EXPECT_EQ((*turns)[2].result_id, (*turns)[1].call_ids[0]);
  EXPECT_EQ((*turns)[3].result_id, (*turns)[1].call_ids[1]);
}

TEST(ArrangeTurns, RefusesCallsWithoutResultsAndResultsWithoutCalls) {
  EXPECT_THAT(ArrangeTurns(Story().User().Calls({"a"}).User().request, kRule),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/messages/1")));
  EXPECT_THAT(ArrangeTurns(Story().User().Calls({"a"}).Calls({"b"}).Result("b").request, kRule),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/messages/1")));
  EXPECT_THAT(ArrangeTurns(Story().User().Calls({"a"}).Result("b").request, kRule),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/messages/2")));
  EXPECT_THAT(ArrangeTurns(Story().User().Calls({"a"}).Result("a").Result("a").request, kRule),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/messages/3")));
}

TEST(ArrangeTurns, TheCallsOfALastTurnMayBeOpen) {
  const Story story = Story().User().Calls({"a"});
  EXPECT_THAT(ArrangeTurns(story.request, kRule), IsOk());
}

TEST(ArrangeTurns, RefusesWhatNoVendorTakes) {
  Story nameless = Story().User().Calls({"a"}).Result("a");
  nameless.request.mutable_messages(1)->mutable_tool_calls(0)->clear_name();
  EXPECT_THAT(ArrangeTurns(nameless.request, kRule),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/messages/1: a tool call without")));
  Story by_user = Story().User();
  by_user.request.mutable_messages(0)->add_tool_calls()->set_name("find");
  EXPECT_THAT(ArrangeTurns(by_user.request, kRule),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/messages/0: only an assistant")));
  // An encoder once went round and round on such a message.
  for (const int role : {0, 77}) {
    Story odd = Story().User();
    odd.request.mutable_messages(0)->set_role(static_cast<v1::MessageRole>(role));
    EXPECT_THAT(ArrangeTurns(odd.request, kRule),
                StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/messages/0/role")));
  }
}

TEST(ArrangeTurns, CallsWithTheSameIdAreAnsweredInTheirOrder) {
  const Story story = Story().User().Calls({"a", "a", "b"}).Result("b").Result("a").Result("a");
  const auto turns = ArrangeTurns(story.request, kRule);
  ASSERT_THAT(turns, IsOk());
  const std::vector<std::string>& ids = (*turns)[1].call_ids;
  EXPECT_EQ((*turns)[2].result_id, ids[2]);
  EXPECT_EQ((*turns)[3].result_id, ids[0]);
  EXPECT_EQ((*turns)[4].result_id, ids[1]);
}

}  // namespace
}  // namespace warmpath
