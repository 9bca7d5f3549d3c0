// What is written in OpenAI Responses: answers and streams that SDKs read.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "provider/openai_responses/codec.h"
#include "tests/provider/openai_responses/responses_builders.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using namespace testing;  // NOLINT: the tests' own words
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace json = boost::json;

const OpenAiResponsesCodec kCodec;

std::string Text(const json::value& value, const std::string& pointer) {
  const json::string* text = FindString(value, pointer);
  return text == nullptr ? "" : std::string(text->data(), text->size());
}

v1::Delta TextPiece(const std::string& text) {
  v1::Delta delta;
  delta.set_text(text);
  return delta;
}

v1::Delta RefusalPiece(const std::string& text) {
  v1::Delta delta;
  delta.set_refusal(text);
  return delta;
}

v1::Delta CallPiece(int index, const std::string& id, const std::string& name,
                    const std::string& arguments) {
  v1::Delta delta;
  delta.mutable_tool_call()->set_index(index);
  delta.mutable_tool_call()->set_id(id);
  delta.mutable_tool_call()->set_name(name);
  delta.mutable_tool_call()->set_arguments_json(arguments);
  return delta;
}

v1::Observation Ending(const std::vector<v1::Delta>& pieces, v1::Outcome outcome) {
  v1::Observation observation = Joined(pieces);
  observation.set_outcome(outcome);
  return observation;
}

// What an SDK's stream helper does: applies every event to a snapshot, strictly, and gives the types
// of the events. The rules are those of openai-node's and openai-python's ResponseStream.
class Accumulator {
 public:
  explicit Accumulator(const std::string& stream) {
    SseParser parser;
    EXPECT_THAT(parser.Feed(stream, [this](const SseEvent& event) { Take(event); }), IsOk());
    EXPECT_FALSE(parser.mid_event());
  }

  std::vector<std::string> types;
  // Built from the events; and as the last event tells it.
  json::array output;
  json::object last;

 private:
  void Take(const SseEvent& event) {
    const auto body = ParseJson(event.data);
    ASSERT_THAT(body, IsOk());
    const std::string type = Text(*body, "/type");
    EXPECT_EQ(type, event.event);
    types.push_back(type);
    EXPECT_EQ(body->at("sequence_number"), static_cast<int64_t>(types.size()) - 1);
    if (const json::object* response = FindObject(*body, "/response")) TakeResponse(*response);
    if (type == "response.output_item.added") {
      EXPECT_EQ(body->at("output_index"), static_cast<int64_t>(output.size()));
      output.push_back(body->at("item"));
      return;
    }
    if (Find(*body, "/output_index") == nullptr) return;
    const size_t index = static_cast<size_t>(body->at("output_index").as_int64());
    ASSERT_LT(index, output.size()) << event.data;
    TakeItemEvent(type, *body, output[index].as_object());
  }

  void TakeResponse(const json::object& response) {
    // openai-python: "Lifecycle response identity changed."
    EXPECT_TRUE(last.empty() || last.at("id") == response.at("id"));
    last = response;
    EXPECT_EQ(types[0], "response.created");
  }

  void TakeItemEvent(const std::string& type, const json::value& body, json::object& item) {
    if (type == "response.output_item.done") {
      EXPECT_EQ(open_items_.count(Text(body, "/item/id")), 0u);
      open_items_.insert(Text(body, "/item/id"));
      item = body.at("item").as_object();
      return;
    }
    EXPECT_EQ(item.at("id"), body.at("item_id"));
    EXPECT_EQ(open_items_.count(Text(body, "/item_id")), 0u) << "an event after the item's end";
    if (type == "response.content_part.added") {
      json::array& content = item.at("content").as_array();
      EXPECT_EQ(body.at("content_index"), static_cast<int64_t>(content.size()));
      content.push_back(body.at("part"));
    } else if (type == "response.output_text.delta" || type == "response.refusal.delta") {
      json::object& part = PartOf(body, item);
      const char* key = type == "response.refusal.delta" ? "refusal" : "text";
      part.at(key) = std::string(part.at(key).as_string()) + Text(body, "/delta");
    } else if (type == "response.content_part.done") {
      EXPECT_EQ(CanonicalJson(PartOf(body, item)), CanonicalJson(body.at("part")));
    } else if (type == "response.function_call_arguments.delta") {
      EXPECT_EQ(item.at("type"), "function_call");
      item.at("arguments") = std::string(item.at("arguments").as_string()) + Text(body, "/delta");
    } else if (type == "response.function_call_arguments.done") {
      EXPECT_EQ(item.at("arguments"), body.at("arguments"));
    }
  }

  json::object& PartOf(const json::value& body, json::object& item) {
    EXPECT_EQ(item.at("type"), "message");
    return item.at("content").as_array().at(body.at("content_index").as_int64()).as_object();
  }

  std::set<std::string> open_items_;
};

TEST(ResponsesStreamEncoder, WritesTheWholeSequenceThatHelpersBuildOn) {
  const std::vector<v1::Delta> pieces = {TextPiece("Hé"), TextPiece("llo"),
                                         CallPiece(0, "a", "f", ""), CallPiece(0, "", "", "{\"x\""),
                                         CallPiece(0, "", "", ":1}"), CallPiece(1, "b", "g", "")};
  v1::Observation observation = Ending(pieces, v1::OUTCOME_TOOL_CALLS);
  observation.mutable_usage()->set_input_tokens(4);
  observation.mutable_usage()->set_output_tokens(2);
  const std::string stream = EncodeStream(kCodec, pieces, observation);
  const Accumulator seen(stream);
  EXPECT_THAT(seen.types,
              ElementsAre("response.created", "response.in_progress", "response.output_item.added",
                          "response.content_part.added", "response.output_text.delta",
                          "response.output_text.delta", "response.output_text.done",
                          "response.content_part.done", "response.output_item.done",
                          "response.output_item.added", "response.function_call_arguments.delta",
                          "response.function_call_arguments.delta",
                          "response.function_call_arguments.done", "response.output_item.done",
                          "response.output_item.added", "response.function_call_arguments.delta",
                          "response.function_call_arguments.done", "response.output_item.done",
                          "response.completed"));
  // What the events add up to is what the last one says.
  EXPECT_EQ(CanonicalJson(seen.output), CanonicalJson(seen.last.at("output")));
  EXPECT_EQ(seen.last.at("status"), "completed");
  EXPECT_EQ(seen.last.at("usage").at("total_tokens"), 6);
  const v1::Observation back = DecodeStream(kCodec, stream);
  EXPECT_EQ(back.outcome(), v1::OUTCOME_TOOL_CALLS);
  EXPECT_EQ(back.text(), "Héllo");
  // A call without arguments says so: clients parse them.
  EXPECT_THAT(Calls(back), ElementsAre("f({\"x\":1})#a", "g({})#b"));
  EXPECT_EQ(back.usage().input_tokens(), 4);
}

// SGLang #39782 and praxis-proxy/ai #266: text must not land in an open call, nor calls in one another.
TEST(ResponsesStreamEncoder, InterleavedCallsAndTextStayItemsOfTheirOwn) {
  const std::vector<v1::Delta> pieces = {
      CallPiece(0, "a", "f", "{\"x\":"), CallPiece(1, "b", "g", "{"), TextPiece("t"),
      CallPiece(0, "", "", "1}"),        TextPiece("u"),               CallPiece(1, "", "", "}"),
      TextPiece("v")};
  const std::string stream =
      EncodeStream(kCodec, pieces, Ending(pieces, v1::OUTCOME_TOOL_CALLS));
  const Accumulator seen(stream);
  EXPECT_EQ(CanonicalJson(seen.output), CanonicalJson(seen.last.at("output")));
  const v1::Observation back = DecodeStream(kCodec, stream);
  EXPECT_EQ(back.text(), "tuv");
  EXPECT_THAT(Calls(back), ElementsAre("f({\"x\":1})#a", "g({})#b"));
}

TEST(ResponsesStreamEncoder, WritesTextAndThenARefusalAsTwoParts) {
  const std::vector<v1::Delta> pieces = {TextPiece("Well. "), RefusalPiece("I "), RefusalPiece("won't.")};
  const std::string stream = EncodeStream(kCodec, pieces, Ending(pieces, v1::OUTCOME_REFUSED));
  const Accumulator seen(stream);
  ASSERT_EQ(seen.output.size(), 1u);
  EXPECT_EQ(Text(seen.output[0], "/content/0/text"), "Well. ");
  EXPECT_EQ(Text(seen.output[0], "/content/1/refusal"), "I won't.");
  EXPECT_EQ(CanonicalJson(seen.output), CanonicalJson(seen.last.at("output")));
  EXPECT_EQ(DecodeStream(kCodec, stream).outcome(), v1::OUTCOME_REFUSED);
}

TEST(ResponsesStreamEncoder, WritesAnAnswerThatCameWhole) {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_TOOL_CALLS);
  observation.set_text("Hi");
  v1::ToolCall* call = observation.add_tool_calls();
  call->set_name("f");
  call->set_arguments_json("{\"x\":1}");
  const std::string stream = EncodeStream(kCodec, {}, observation);
  const Accumulator seen(stream);
  EXPECT_EQ(CanonicalJson(seen.output), CanonicalJson(seen.last.at("output")));
  const v1::Observation back = DecodeStream(kCodec, stream);
  EXPECT_EQ(back.text(), "Hi");
  ASSERT_EQ(back.tool_calls_size(), 1);
  EXPECT_THAT(back.tool_calls(0).id(), ::testing::StartsWith("call_"));
}

TEST(ResponsesStreamEncoder, ABrokenAnswerNeverEndsPolitely) {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_INTERRUPTED);
  observation.mutable_failure()->set_failure_class(v1::FAILURE_CLASS_INTERRUPTED);
  const std::string written = EncodeStream(kCodec, {TextPiece("half")}, observation);
  EXPECT_THAT(written, Not(HasSubstr("response.completed")));
  EXPECT_THAT(written, Not(HasSubstr("response.incomplete")));
  EXPECT_THAT(written, HasSubstr("event: error\n"));
  EXPECT_EQ(DecodeStream(kCodec, written).outcome(), v1::OUTCOME_FAILED);
}

struct EndingCase {
  v1::Outcome outcome;
  v1::RefusalOrigin origin;
  std::string status;
  std::string reason;
  // What comes back; what OpenAI has no word for stays unknown.
  v1::Outcome back;
};

TEST(ResponsesAnswerEncoder, EveryOutcomeIsWrittenAndNoneBecomesSuccess) {
  const auto kNone = v1::REFUSAL_ORIGIN_UNSPECIFIED;
  const std::vector<EndingCase> cases = {
      {v1::OUTCOME_END, kNone, "completed", "", v1::OUTCOME_END},
      {v1::OUTCOME_STOP_SEQUENCE, kNone, "completed", "", v1::OUTCOME_END},
      {v1::OUTCOME_HANDOVER, kNone, "completed", "", v1::OUTCOME_END},
      {v1::OUTCOME_LENGTH, kNone, "incomplete", "max_output_tokens", v1::OUTCOME_LENGTH},
      {v1::OUTCOME_CONTEXT_WINDOW, kNone, "incomplete", "max_output_tokens", v1::OUTCOME_LENGTH},
      {v1::OUTCOME_PAUSED, kNone, "incomplete", "", v1::OUTCOME_UNKNOWN},
      {v1::OUTCOME_MALFORMED, kNone, "incomplete", "", v1::OUTCOME_UNKNOWN},
      {v1::OUTCOME_UNKNOWN, kNone, "incomplete", "", v1::OUTCOME_UNKNOWN},
      {v1::OUTCOME_REFUSED, v1::REFUSAL_ORIGIN_MODEL, "completed", "", v1::OUTCOME_REFUSED},
      {v1::OUTCOME_REFUSED, v1::REFUSAL_ORIGIN_FILTER, "incomplete", "content_filter",
       v1::OUTCOME_REFUSED},
      {v1::OUTCOME_REFUSED, v1::REFUSAL_ORIGIN_PROMPT_BLOCK, "incomplete", "content_filter",
       v1::OUTCOME_REFUSED},
  };
  for (const EndingCase& c : cases) {
    v1::Observation observation;
    observation.set_outcome(c.outcome);
    observation.set_refusal_origin(c.origin);
    observation.set_text("t");
    const std::string whole = kCodec.EncodeAnswer(observation, {.id = "r", .model = "m"});
    const std::string stream = EncodeStream(kCodec, {}, observation);
    const auto body = ParseJson(whole);
    ASSERT_THAT(body, IsOk());
    const Accumulator seen(stream);
    EXPECT_EQ(seen.types.back(), "response." + c.status);
    for (const json::value& told : {*body, json::value(seen.last)}) {
      EXPECT_EQ(Text(told, "/status"), c.status);
      EXPECT_EQ(Text(told, "/incomplete_details/reason"), c.reason);
      EXPECT_EQ(Find(told, "/incomplete_details")->is_null(), c.status == "completed");
    }
    EXPECT_EQ(DecodeBody(kCodec, whole).outcome(), c.back) << whole;
    EXPECT_EQ(DecodeStream(kCodec, stream).outcome(), c.back) << stream;
  }
}

TEST(ResponsesAnswerEncoder, WritesWhatSdksReadWithoutAsking) {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_END);
  observation.set_text("Hi");
  observation.set_served_model("m-2");
  observation.mutable_usage()->set_cached_input_tokens(3);
  const auto body = ParseJson(kCodec.EncodeAnswer(observation, {.id = "r1", .model = "m", .created = 5}));
  ASSERT_THAT(body, IsOk());
  for (const char* key :
       {"/id", "/object", "/created_at", "/status", "/error", "/incomplete_details", "/instructions",
        "/metadata", "/model", "/output", "/parallel_tool_calls", "/temperature", "/tool_choice",
        "/tools", "/top_p", "/usage/output_tokens_details/reasoning_tokens",
        "/output/0/content/0/annotations", "/output/0/id", "/output/0/status", "/output/0/role"}) {
    EXPECT_NE(Find(*body, key), nullptr) << key;
  }
  EXPECT_EQ(Text(*body, "/object"), "response");
  EXPECT_EQ(Text(*body, "/model"), "m-2");
  EXPECT_EQ(body->at("created_at"), 5);
  EXPECT_EQ(Text(*body, "/output/0/content/0/text"), "Hi");
  EXPECT_EQ(*Find(*body, "/usage/input_tokens_details/cached_tokens"), 3);
}

TEST(ResponsesAnswerEncoder, KeepsReasoningOfItsOwnForTheCallerToEcho) {
  const std::string item = R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"AA=="})";
  const v1::Observation observation =
      DecodeBody(kCodec, Response(absl::StrCat(item, ",", MessageItem(TextPart("x")))));
  const auto body = ParseJson(kCodec.EncodeAnswer(observation, {.id = "r", .model = "m"}));
  ASSERT_THAT(body, IsOk());
  EXPECT_TRUE(SameJson(ToJson(body->at("output").at(0)), item));
  EXPECT_EQ(Text(*body, "/output/1/content/0/text"), "x");
}

// A cut call must not be run: it comes back as cut, not as a call.
TEST(ResponsesAnswerEncoder, ACallThatTheLimitCutStaysCut) {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_LENGTH);
  v1::ToolCall* call = observation.add_tool_calls();
  call->set_id("a");
  call->set_name("f");
  call->set_arguments_json("{\"x\":");
  EXPECT_EQ(DecodeBody(kCodec, kCodec.EncodeAnswer(observation, {.id = "r", .model = "m"})).outcome(),
            v1::OUTCOME_LENGTH);
  EXPECT_EQ(DecodeStream(kCodec, EncodeStream(kCodec, {}, observation)).outcome(),
            v1::OUTCOME_LENGTH);
}

}  // namespace
}  // namespace warmpath
