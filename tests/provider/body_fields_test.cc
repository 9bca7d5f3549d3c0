#include "provider/body_fields.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

absl::StatusOr<BodyFields> Scan(std::string_view text) {
  std::string body(text);
  auto fields = ScanBody(body);
  EXPECT_EQ(body, text) << "the body must stay as it is";
  return fields;
}

uint64_t Conversation(std::string_view text) {
  const auto fields = Scan(text);
  EXPECT_THAT(fields, IsOk()) << text;
  return fields.ok() ? fields->conversation : 0;
}

TEST(ScanBody, FindsModelAndStream) {
  const std::string text = R"( {"temperature":0.5, "model" : "support" , "stream":true,
      "messages":[{"role":"user","content":"hi"}]} )";
  const auto fields = Scan(text);
  ASSERT_THAT(fields, IsOk());
  ASSERT_TRUE(fields->model.has_value());
  EXPECT_EQ(text.substr(fields->model->offset, fields->model->size), "\"support\"");
  EXPECT_EQ(fields->model_name, "support");
  EXPECT_TRUE(fields->stream);
  EXPECT_TRUE(fields->has_messages);
  EXPECT_NE(fields->conversation, 0u);
}

TEST(ScanBody, ReadsOnlyTheTopLevel) {
  const std::string text =
      R"({"metadata":{"model":"inner","stream":true},"tools":[{"model":"x"}],)"
      R"("messages":[{"role":"user","content":"say \"model\":\"no\" {[","model":"m"}],"model":"outer"})";
  const auto fields = Scan(text);
  ASSERT_THAT(fields, IsOk());
  EXPECT_EQ(fields->model_name, "outer");
  EXPECT_EQ(text.substr(fields->model->offset, fields->model->size), "\"outer\"");
  EXPECT_FALSE(fields->stream);
}

TEST(ScanBody, UnderstandsEscapesInNamesAndValues) {
  const std::string text = R"({"mod\u0065l":"a\"b\u00e9\\"})";
  const auto fields = Scan(text);
  ASSERT_THAT(fields, IsOk());
  EXPECT_EQ(fields->model_name, "a\"bé\\");
  EXPECT_EQ(text.substr(fields->model->offset, fields->model->size), R"("a\"b\u00e9\\")");
  EXPECT_FALSE(fields->has_messages);
  EXPECT_EQ(fields->conversation, 0u);
}

TEST(ScanBody, FindsBlocksThatOnlyTheirIssuerTakesBack) {
  const struct {
    std::string_view content;
    bool is_signed;
  } kCases[] = {
      {R"({"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":"c2ln"}]})", true},
      {R"({"role":"assistant","content":[{"type":"redacted_thinking","data":"eA=="}]})", true},
      {R"({"role":"assistant","content":"a","reasoning_details":[{"data":"eA=="}]})", true},
      {R"({"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":""}]})", false},
      {R"({"role":"assistant","content":"a","reasoning_details":null})", false},
      {R"({"role":"assistant","content":[{"type":"text","text":"my signature: \"signature\""}]})", false},
      {R"({"role":"assistant","content":[{"type":"tool_use","input":{"signature":"J. Doe"}}]})", false},
  };
  for (const auto& test : kCases) {
    std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"},)";
    body.append(test.content).append("]}");
    const auto fields = Scan(body);
    ASSERT_THAT(fields, IsOk()) << body;
    EXPECT_EQ(fields->has_signed_blocks, test.is_signed) << body;
  }
}

TEST(ScanBody, TakesWhatIsAbsentAsAbsent) {
  const auto fields = Scan(R"({"messages":[],"stream":null})");
  ASSERT_THAT(fields, IsOk());
  EXPECT_FALSE(fields->model.has_value());
  EXPECT_FALSE(fields->stream);
  EXPECT_FALSE(fields->has_messages);
}

TEST(ScanBody, RefusesFieldsItCannotRead) {
  const struct {
    std::string_view body, message;
  } kCases[] = {
      {R"({"model":7})", "\"model\" must be a string"},
      {R"({"model":null})", "\"model\" must be a string"},
      {R"({"model":{"a":1}})", "\"model\" must be a string"},
      {R"({"model":["a"]})", "\"model\" must be a string"},
      {R"({"stream":"yes"})", "\"stream\" must be true or false"},
      {R"({"stream":[true]})", "\"stream\" must be true or false"},
      {R"({"messages":"hi"})", "\"messages\" must be an array"},
      {R"({"messages":{"role":"user"}})", "\"messages\" must be an array"},
      {R"({"model":"a","model":"b"})", "\"model\" stands twice"},
      {R"({"model":"a","mod\u0065l":"b"})", "\"model\" stands twice"},
      {R"({"stream":false,"stream":true})", "\"stream\" stands twice"},
      {R"({"messages":[],"messages":[]})", "\"messages\" stands twice"},
      {"[1]", "must be a JSON object"},
      {"\"text\"", "must be a JSON object"},
      {"", "no body"},
      {"  \n ", "no body"},
  };
  for (const auto& c : kCases) {
    EXPECT_THAT(Scan(c.body),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(c.message))))
        << c.body;
  }
}

TEST(ScanBody, RefusesWhatIsNotJsonWhereverTheFaultIs) {
  const std::vector<std::string> faults = {
      "{", "}", "{]", R"({"a")", R"({"a":})", R"({"a":1)", R"({"a":1,})", R"({"a":1}x)",
      R"({"a":1}{"b":2})", R"({"a" 1})", R"({a:1})", R"({"a":1 "b":2})", R"({"a":[1,]})",
      R"({"a":[1 2]})", R"({"a":[1,2})", R"({"a":{"b":1]})", R"({"a":"unclosed})",
      R"({"a":"bad \q escape"})", R"({"a":"bad \u12g4 escape"})", R"({"a":"end \u12"})",
      R"({"bad \x key":1})", R"({"a":{"bad \x key":1}})", R"({"a":tru})", R"({"a":nulll})",
      R"({"a":fals})", R"({"a":01})", R"({"a":1.})", R"({"a":.5})", R"({"a":+1})", R"({"a":1e})",
      R"({"a":-})", R"({"a":NaN})", R"({"a":0x1})", R"({"a":'x'})", "{\"a\":\"\x01\"}",
      "{\"a\":\"\xff\xfe\"}", "{\"a\":\"\xed\xa0\x80\"}", R"({"messages":[{"role":"user","content":}]})",
      R"({"messages":[{"role":"user" "content":"x"}]})", R"({"messages":[{"role":"user"}})",
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"x"]}]})",
      R"({"system":[{"text":tru}]})", R"({"messages":[{"role":"user"}],"tools":[{"x":[}]})",
      R"({"messages":[{"role":"user"},{"role":})", R"({"a":1}])", R"({"a":"\"})", R"({"a\":1})",
      // A string where a comma is missing must not be taken for a key.
      R"({"a":"b":{"c":1}})", R"({"a":"b":})", R"({"a":"":}})", R"({"a":["b":1]})",
      R"({"messages":[{"role":"user":"x"}]})", R"({"messages":["a":{"b":1}}]})",
      R"({"stream_options":{"include_usage":"x":1}})", R"({"a":1:2})", R"({"a":true:2})",
      R"({"stream":true:1})", R"({"model":"m":1})", R"({"tools":"x":[1]})",
  };
  for (const std::string& fault : faults) {
    EXPECT_THAT(Scan(fault), StatusIs(absl::StatusCode::kInvalidArgument)) << fault;
  }
  std::string nul = R"({"a":1})";
  nul[5] = '\0';
  EXPECT_THAT(Scan(nul), StatusIs(absl::StatusCode::kInvalidArgument));
}

// Whatever is cut off a valid body, or flipped in it, is refused or read; nothing is read beyond it.
TEST(ScanBody, SurvivesEveryTruncation) {
  const std::string text =
      R"({"model":"m","stream":false,"n":-1.5e+3,"x":[true,null,{"k\n":"v\u0041"}],)"
      R"("system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":"hi"}]})";
  ASSERT_THAT(Scan(text), IsOk());
  for (size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_THAT(Scan(text.substr(0, cut)), StatusIs(absl::StatusCode::kInvalidArgument)) << cut;
    for (const char c : {'"', '\\', '{', ']', ',', '\0', '\xff', '0'}) {
      std::string changed = text;
      changed[cut] = c;
      (void)Scan(changed);
    }
  }
}

TEST(ScanBody, TakesAllOfJson) {
  EXPECT_THAT(Scan(R"({"a":[0,-0,1.5,1e5,1E-5,123456789012345678901234567890,1e999],"":{},"b":[[]],)"
                   R"("c":"\"\\\/\b\f\n\r\t\u00e9 日本"})"),
              IsOk());
  EXPECT_THAT(Scan("{}"), IsOk());
  std::string deep = R"({"a":)" + std::string(200, '[') + std::string(200, ']') + "}";
  EXPECT_THAT(Scan(deep), IsOk());
  deep = R"({"a":)" + std::string(300, '[') + std::string(300, ']') + "}";
  EXPECT_THAT(Scan(deep), StatusIs(absl::StatusCode::kInvalidArgument));
  deep = R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_THAT(Scan(deep), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ScanBody, CopiesNothingWherePaddingIsReserved) {
  std::string body;
  const std::string_view text = R"({"model":"m"})";
  body.reserve(text.size() + kScanPadding);
  body = text;
  const char* const before = body.data();
  ASSERT_THAT(ScanBody(body), IsOk());
  EXPECT_EQ(body.data(), before);
}

TEST(ScanBody, GivesBackTheMemoryOfAGiant) {
  const std::string giant = R"({"model":"m","x":")" + std::string(3 << 20, 'x') + "\"}";
  const auto fields = Scan(giant);
  ASSERT_THAT(fields, IsOk());
  EXPECT_EQ(fields->model_name, "m");
  EXPECT_EQ(Scan(R"({"model":"small"})")->model_name, "small");
}

TEST(ConversationHash, IsTheSameInEveryTurn) {
  const uint64_t first = Conversation(
      R"({"model":"m","messages":[{"role":"system","content":"S"},{"role":"user","content":"A"}]})");
  EXPECT_EQ(first, Conversation(R"({"model":"other","temperature":1,"messages":[
      {"role":"system","content":"S"},{"role":"user","content":"A"},
      {"role":"assistant","content":"B"},{"role":"user","content":"C"}]})"));
  EXPECT_NE(first, Conversation(R"({"messages":[{"role":"system","content":"S"},)"
                                R"({"role":"user","content":"A2"}]})"));
  EXPECT_NE(first, Conversation(R"({"messages":[{"role":"system","content":"S2"},)"
                                R"({"role":"user","content":"A"}]})"));
  EXPECT_NE(first, Conversation(R"({"messages":[{"role":"user","content":"S"},)"
                                R"({"role":"user","content":"A"}]})"));
}

TEST(ConversationHash, TakesTheSystemPromptOfBothDialects) {
  const uint64_t first = Conversation(R"({"system":"S","messages":[{"role":"user","content":"A"}]})");
  EXPECT_EQ(first, Conversation(R"({"messages":[{"role":"user","content":"A"}],"system":"S"})"));
  EXPECT_NE(first, Conversation(R"({"system":"S2","messages":[{"role":"user","content":"A"}]})"));
  EXPECT_NE(first, Conversation(R"({"system":"A","messages":[{"role":"user","content":"S"}]})"));
}

TEST(ConversationHash, DoesNotCareHowTextIsWrapped) {
  const uint64_t plain = Conversation(R"({"system":"S","messages":[{"role":"user","content":"A"}]})");
  EXPECT_EQ(plain, Conversation(
                       R"({"system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],
      "messages":[{"role":"user","content":[{"type":"text","text":"A",
      "cache_control":{"type":"ephemeral"}}]},{"role":"assistant","content":"B"}]})"));
  EXPECT_NE(plain, Conversation(R"({"system":"S","messages":[{"role":"user","content":[
      {"type":"text","text":"A"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]})"));
}

TEST(ScanBody, TellsTheKindOfTurn) {
  std::string first = R"({"model":"m","tools":[{}],"messages":[{"role":"user","content":"a"}]})";
  const auto opening = ScanBody(first);
  ASSERT_THAT(opening, IsOk());
  EXPECT_TRUE(opening->has_tools);
  EXPECT_FALSE(opening->assistant_spoke);
  EXPECT_FALSE(opening->ends_with_tool_result);

  std::string openai = R"({"model":"m","messages":[{"role":"user","content":"a"},
      {"role":"assistant","tool_calls":[]},{"role":"tool","content":"x"}]})";
  const auto result = ScanBody(openai);
  ASSERT_THAT(result, IsOk());
  EXPECT_FALSE(result->has_tools);
  EXPECT_TRUE(result->assistant_spoke);
  EXPECT_TRUE(result->ends_with_tool_result);

  std::string anthropic = R"({"model":"m","messages":[{"role":"user","content":"a"},
      {"role":"assistant","content":"b"},
      {"role":"user","content":[{"type":"tool_result","content":"x"}]}]})";
  EXPECT_TRUE(ScanBody(anthropic)->ends_with_tool_result);

  std::string answered = R"({"model":"m","messages":[{"role":"user",
      "content":[{"type":"tool_result"}]},{"role":"user","content":"b"}]})";
  EXPECT_FALSE(ScanBody(answered)->ends_with_tool_result);
}

TEST(ScanBody, SeesWhetherUsageIsWantedInTheStream) {
  std::string asked = R"({"model":"m","stream_options":{"x":[1],"include_usage":true}})";
  std::string declined = R"({"model":"m","stream_options":{"include_usage":false}})";
  std::string null = R"({"model":"m","stream_options":null})";
  EXPECT_TRUE(ScanBody(asked)->include_usage);
  EXPECT_FALSE(ScanBody(declined)->include_usage);
  EXPECT_FALSE(ScanBody(null)->include_usage);
}

BodyFields Responses(std::string body) {
  const auto fields = ScanBody(body, Dialect::kOpenAiResponses);
  EXPECT_TRUE(fields.ok()) << fields.status();
  return fields.value_or(BodyFields());
}

TEST(ScanBody, NamesTheSameConversationForEachTurnOfResponses) {
  const BodyFields text = Responses(R"({"model":"m","instructions":"be brief","input":"hi"})");
  const BodyFields items = Responses(
      R"({"input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]}],)"
      R"("instructions":"be brief","model":"m"})");
  const BodyFields later = Responses(
      R"({"model":"m","instructions":"be brief","input":[{"type":"message","role":"user","content":"hi"},)"
      R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
      R"({"type":"function_call_output","call_id":"c","output":"4"}]})");
  EXPECT_TRUE(text.has_messages);
  EXPECT_EQ(text.conversation, items.conversation);
  EXPECT_EQ(text.conversation, later.conversation);
  EXPECT_NE(text.conversation,
            Responses(R"({"model":"m","instructions":"be long","input":"hi"})").conversation);
  EXPECT_FALSE(text.assistant_spoke);
  EXPECT_TRUE(later.assistant_spoke);
  EXPECT_TRUE(later.ends_with_tool_result);
}

TEST(ScanBody, NamesWhatRefersToStateAtTheVendor) {
  EXPECT_EQ(Responses(R"({"previous_response_id":"r_1","input":"x"})").stateful_field,
            "previous_response_id");
  EXPECT_EQ(Responses(R"({"conversation":{"id":"c"},"input":"x"})").stateful_field, "conversation");
  EXPECT_EQ(Responses(R"({"prompt":{"id":"p"}})").stateful_field, "prompt");
  EXPECT_EQ(Responses(R"({"background":true,"input":"x"})").stateful_field, "background");
  EXPECT_EQ(Responses(R"({"input":[{"type":"item_reference","id":"i"}]})").stateful_field,
            "input (item_reference)");
  EXPECT_EQ(Responses(R"({"previous_response_id":null,"background":false,"conversation":null,)"
                      R"("store":true,"input":"x"})")
                .stateful_field,
            "");
}

TEST(ScanBody, RefusesAnInputThatIsNeitherTextNorAnArray) {
  std::string body = R"({"input":{"a":1}})";
  EXPECT_THAT(ScanBody(body, Dialect::kOpenAiResponses),
              testing::StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("\"input\"")));
}

}  // namespace
}  // namespace warmpath
