// Answers of OpenAI Responses, whole and streamed, and its errors.
#include "provider/openai_responses/codec.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/provider/openai_responses/responses_builders.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using namespace testing;  // NOLINT: the tests' own words
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const OpenAiResponsesCodec kCodec;

const std::string kCall = CallItem("call_a", "f", "{}");
const std::string kText = MessageItem(TextPart("hi"));
const std::string kRefusal = MessageItem(RefusalPart("No."));
const std::string kCutCall = CallItem("call_a", "f", "{\"x\":", "fc_1", "incomplete");

struct StopCase {
  std::string response;
  std::string event;
  v1::Outcome outcome;
  std::string reason;
  v1::RefusalOrigin origin = v1::REFUSAL_ORIGIN_UNSPECIFIED;
};

TEST(ResponsesAnswer, EveryStatusAndReasonHasItsOutcomeWholeAndStreamed) {
  const std::vector<StopCase> cases = {
      {Response(kText), "completed", v1::OUTCOME_END, "completed"},
      {Response(kCall), "completed", v1::OUTCOME_TOOL_CALLS, "completed"},
      {Response(absl::StrCat(kText, ",", kCall)), "completed", v1::OUTCOME_TOOL_CALLS, "completed"},
      {Response(kRefusal), "completed", v1::OUTCOME_REFUSED, "completed", v1::REFUSAL_ORIGIN_MODEL},
      {Incomplete(kText, "max_output_tokens"), "incomplete", v1::OUTCOME_LENGTH,
       "max_output_tokens"},
      {Incomplete("", "max_output_tokens"), "incomplete", v1::OUTCOME_LENGTH, "max_output_tokens"},
      {Incomplete(kCutCall, "max_output_tokens"), "incomplete", v1::OUTCOME_LENGTH,
       "max_output_tokens"},
      {Incomplete(kCall, "max_output_tokens"), "incomplete", v1::OUTCOME_TOOL_CALLS,
       "max_output_tokens"},
      {Incomplete(kText, "content_filter"), "incomplete", v1::OUTCOME_REFUSED, "content_filter",
       v1::REFUSAL_ORIGIN_FILTER},
      {Incomplete(kText, "max_messages"), "incomplete", v1::OUTCOME_UNKNOWN, "max_messages"},
      {Incomplete(kText, "steered"), "incomplete", v1::OUTCOME_UNKNOWN, "steered"},
      {Incomplete(kText, "made_up"), "incomplete", v1::OUTCOME_UNKNOWN, "made_up"},
      {Response(kText, "incomplete"), "incomplete", v1::OUTCOME_UNKNOWN, "incomplete"},
      {Response(kText, "cancelled"), "completed", v1::OUTCOME_UNKNOWN, "cancelled"},
      {Response(kText, "in_progress"), "completed", v1::OUTCOME_UNKNOWN, "in_progress"},
      {Response(kText, "queued"), "completed", v1::OUTCOME_UNKNOWN, "queued"},
      {Response(kText, "complete"), "completed", v1::OUTCOME_UNKNOWN, "complete"},
      {Response(kCall, "cancelled"), "completed", v1::OUTCOME_UNKNOWN, "cancelled"},
  };
  for (const StopCase& c : cases) {
    const v1::Observation whole = DecodeBody(kCodec, c.response);
    const v1::Observation streamed =
        DecodeStream(kCodec, NamedSse({Created(), Ended(c.response, c.event)}));
    for (const v1::Observation* observation : {&whole, &streamed}) {
      EXPECT_EQ(observation->outcome(), c.outcome) << c.response;
      EXPECT_EQ(observation->native_stop_reason(), c.reason) << c.response;
      EXPECT_EQ(observation->refusal_origin(), c.origin) << c.response;
    }
  }
}

struct FailedCase {
  std::string code;
  v1::Outcome outcome;
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
};

TEST(ResponsesAnswer, EveryErrorCodeOfAFailedOneHasItsClass) {
  const std::vector<FailedCase> cases = {
      {"server_error", v1::OUTCOME_FAILED, v1::FAILURE_CLASS_SERVER_ERROR},
      {"rate_limit_exceeded", v1::OUTCOME_FAILED, v1::FAILURE_CLASS_RATE_LIMITED},
      {"insufficient_quota", v1::OUTCOME_FAILED, v1::FAILURE_CLASS_QUOTA},
      {"vector_store_timeout", v1::OUTCOME_FAILED, v1::FAILURE_CLASS_TIMEOUT},
      {"data_residency_mismatch", v1::OUTCOME_FAILED, v1::FAILURE_CLASS_INVALID_REQUEST},
      {"invalid_image", v1::OUTCOME_FAILED, v1::FAILURE_CLASS_INVALID_REQUEST},
      {"image_too_large", v1::OUTCOME_FAILED, v1::FAILURE_CLASS_TOO_LARGE},
      {"made_up", v1::OUTCOME_FAILED, v1::FAILURE_CLASS_SERVER_ERROR},
      {"invalid_prompt", v1::OUTCOME_REFUSED},
      {"bio_policy", v1::OUTCOME_REFUSED},
      {"misalignment_policy_violation", v1::OUTCOME_REFUSED},
      {"image_content_policy_violation", v1::OUTCOME_REFUSED},
  };
  for (const FailedCase& c : cases) {
    const std::string response =
        absl::StrCat(R"({"id":"resp_1","object":"response","status":"failed","output":[],"error":{"code":")",
                     c.code, R"(","message":"x"}})");
    const v1::Observation whole = DecodeBody(kCodec, response);
    const v1::Observation streamed =
        DecodeStream(kCodec, NamedSse({Created(), Ended(response, "failed")}));
    for (const v1::Observation* observation : {&whole, &streamed}) {
      EXPECT_EQ(observation->outcome(), c.outcome) << c.code;
      EXPECT_EQ(observation->failure().failure_class(), c.failure_class) << c.code;
      const bool blocked = c.outcome == v1::OUTCOME_REFUSED;
      EXPECT_EQ(observation->refusal_origin(), blocked ? v1::REFUSAL_ORIGIN_PROMPT_BLOCK
                                                       : v1::REFUSAL_ORIGIN_UNSPECIFIED);
    }
  }
}

TEST(ResponsesAnswer, FailuresOfA200) {
  const std::vector<std::pair<std::string, v1::FailureClass>> cases = {
      {"", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {"<html>busy</html>", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"[]", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"{\"ok\":true}", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {Response("1"), v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {Response(""), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Response("", "queued"), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Response(MessageItem(TextPart(" \n"))), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Response(R"({"type":"reasoning","id":"rs_1","summary":[]})"), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {R"({"object":"response","status":"failed","output":[],"error":null})",
       v1::FAILURE_CLASS_SERVER_ERROR},
      {R"({"error":{"message":"x","code":429}})", v1::FAILURE_CLASS_RATE_LIMITED},
  };
  for (const auto& [body, failure_class] : cases) {
    const v1::Observation observation = DecodeBody(kCodec, body);
    EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED) << body;
    EXPECT_EQ(observation.failure().failure_class(), failure_class) << body;
  }
}

TEST(ResponsesAnswer, ReadsUsageModelAndItemsOfItsOwn) {
  const v1::Observation observation = DecodeBody(
      kCodec,
      R"({"id":"resp_9","object":"response","status":"completed","model":"m-2","output":[
        {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"AA=="},
        {"type":"web_search_call","id":"ws_1","status":"completed"},
        {"type":"message","role":"assistant","content":[
          {"type":"output_text","text":"x","annotations":[{"type":"url_citation","url":"u"}]}]}],
        "usage":{"input_tokens":7,"output_tokens":3,"input_tokens_details":{"cached_tokens":5}}})");
  EXPECT_EQ(observation.served_model(), "m-2");
  EXPECT_EQ(observation.upstream_request_id(), "resp_9");
  EXPECT_EQ(observation.usage().input_tokens(), 7);
  EXPECT_EQ(observation.usage().output_tokens(), 3);
  EXPECT_EQ(observation.usage().cached_input_tokens(), 5);
  std::vector<std::string> types;
  for (const v1::Opaque& block : observation.opaque()) types.push_back(block.type());
  EXPECT_THAT(types, ElementsAre("reasoning", "web_search_call", "message.annotations"));
  EXPECT_THAT(observation.opaque(0).json(), HasSubstr("\"encrypted_content\":\"AA==\""));
}

// Of a call's two ids the caller must echo call_id.
TEST(ResponsesAnswer, CallIdIsTheIdThatCounts) {
  EXPECT_THAT(Calls(DecodeBody(kCodec, Response(CallItem("call_a", "f", "{}", "fc_9")))),
              ElementsAre("f({})#call_a"));
  // Blank or missing: the item's own is the last resort.
  EXPECT_THAT(Calls(DecodeBody(kCodec, Response(CallItem("", "f", "{}", "fc_9")))),
              ElementsAre("f({})#fc_9"));
  EXPECT_THAT(Calls(DecodeBody(
                  kCodec, Response(R"({"type":"function_call","name":"f","arguments":"{}"})"))),
              ElementsAre("f({})#"));
}

TEST(ResponsesAnswer, KeepsArgumentsAsTheyCame) {
  for (const std::string& arguments :
       {std::string("{\"a\": 1/6}"), std::string("print(1)"), std::string()}) {
    const v1::Observation observation =
        DecodeBody(kCodec, Response(CallItem("a", "f", arguments)));
    ASSERT_EQ(observation.tool_calls_size(), 1);
    EXPECT_EQ(observation.tool_calls(0).arguments_json(), arguments);
  }
  const v1::Observation object = DecodeBody(
      kCodec,
      Response(R"({"type":"function_call","call_id":"a","name":"f","arguments":{"a":[1,2]}})"));
  EXPECT_EQ(object.tool_calls(0).arguments_json(), "{\"a\":[1,2]}");
}

TEST(ResponsesAnswer, ACallOfACustomToolIsACall) {
  const std::string item =
      R"({"type":"custom_tool_call","id":"ctc_1","call_id":"call_c","name":"sql","input":"SELECT 1"})";
  EXPECT_THAT(Calls(DecodeBody(kCodec, Response(item))), ElementsAre("sql(SELECT 1)#call_c"));
  const std::string begun =
      R"({"type":"custom_tool_call","id":"ctc_1","call_id":"call_c","name":"sql","input":""})";
  const std::string stream = NamedSse(
      {Created(), Added(0, begun),
       R"({"type":"response.custom_tool_call_input.delta","item_id":"ctc_1","output_index":0,"delta":"SELECT "})",
       R"({"type":"response.custom_tool_call_input.delta","item_id":"ctc_1","output_index":0,"delta":"1"})",
       R"({"type":"response.custom_tool_call_input.done","item_id":"ctc_1","output_index":0,"input":"SELECT 1"})",
       Done(0, item), Ended(Response(item))});
  EXPECT_THAT(Calls(DecodeStream(kCodec, stream)), ElementsAre("sql(SELECT 1)#call_c"));
}

// Decodes a stream of these events, which ends well, and checks pieces against the Observation.
v1::Observation Streamed(std::vector<std::string> events) {
  events.insert(events.begin(), Created());
  events.push_back(Ended(R"({"id":"resp_1","model":"m-1","status":"completed","output":[]})"));
  const std::string stream = NamedSse(events);
  const v1::Observation observation = DecodeStream(kCodec, stream);
  const v1::Observation joined = Joined(Pieces(kCodec, stream));
  EXPECT_EQ(joined.text(), observation.text());
  EXPECT_EQ(joined.refusal(), observation.refusal());
  EXPECT_EQ(Calls(joined), Calls(observation));
  return observation;
}

std::string Begun(const std::string& call_id, const std::string& name, const std::string& id) {
  return CallItem(call_id, name, "", id, "in_progress");
}

TEST(ResponsesStream, JoinsParallelCallsOneAfterTheOther) {
  EXPECT_THAT(Calls(Streamed({Added(0, Begun("a", "f", "fc_1")), ArgumentsDelta(0, "{\"x\"", "fc_1"),
                              ArgumentsDelta(0, ":1}", "fc_1"), Done(0, CallItem("a", "f", "{\"x\":1}")),
                              Added(1, Begun("b", "g", "fc_2")), ArgumentsDelta(1, "{}", "fc_2")})),
              ElementsAre("f({\"x\":1})#a", "g({})#b"));
}

TEST(ResponsesStream, JoinsInterleavedCalls) {
  EXPECT_THAT(Calls(Streamed({Added(0, Begun("a", "f", "fc_1")), Added(1, Begun("b", "g", "fc_2")),
                              ArgumentsDelta(0, "{\"x\":", "fc_1"), ArgumentsDelta(1, "{\"y\"", "fc_2"),
                              ArgumentsDelta(0, "1}", "fc_1"), ArgumentsDelta(1, ":2}", "fc_2")})),
              ElementsAre("f({\"x\":1})#a", "g({\"y\":2})#b"));
}

// Some servers give every item the index 0 (LiteLLM #5231 and #15307 for the like in Chat).
TEST(ResponsesStream, CallsThatShareAnIndexStayApartByTheirIds) {
  EXPECT_THAT(Calls(Streamed({Added(0, Begun("a", "f", "fc_1")), ArgumentsDelta(0, "{\"x\":1}", "fc_1"),
                              Added(0, Begun("b", "f", "fc_2")), ArgumentsDelta(0, "{\"x\":", "fc_2"),
                              ArgumentsDelta(0, "2}", "fc_2")})),
              ElementsAre("f({\"x\":1})#a", "f({\"x\":2})#b"));
}

// Others give a new item_id with every event (LiteLLM #40040 for the like in Chat).
TEST(ResponsesStream, AnIdThatChangesWithEveryEventMakesNoNewCalls) {
  EXPECT_THAT(
      Calls(Streamed({Added(0, Begun("a", "f", "x1")), ArgumentsDelta(0, "{\"x\"", "x2"),
                      ArgumentsDelta(0, ":1}", "x3"), Done(0, CallItem("a", "f", "{\"x\":1}", "x4"))})),
      ElementsAre("f({\"x\":1})#a"));
}

TEST(ResponsesStream, IdsAndIndexesMayBeMissing) {
  EXPECT_THAT(Calls(Streamed({R"({"type":"response.output_item.added","item":)" +
                                  Begun("a", "f", "") + "}",
                              R"({"type":"response.function_call_arguments.delta","delta":"{\"x\""})",
                              R"({"type":"response.function_call_arguments.delta","delta":":1}"})"})),
              ElementsAre("f({\"x\":1})#a"));
  // Without its beginning a call gets its name at its end.
  EXPECT_THAT(Calls(Streamed({ArgumentsDelta(0, "{}"), Done(0, CallItem("a", "f", "{}"))})),
              ElementsAre("f({})#a"));
}

TEST(ResponsesStream, ABlankCallIdIsFilledInAtTheEnd) {
  EXPECT_THAT(Calls(Streamed({Added(0, Begun("", "f", "fc_1")), ArgumentsDelta(0, "{}"),
                              Done(0, CallItem("call_a", "f", "{}"))})),
              ElementsAre("f({})#call_a"));
}

TEST(ResponsesStream, ArgumentsThatParseEarlyGoOn) {
  EXPECT_THAT(Calls(Streamed({Added(0, Begun("a", "f", "fc_1")), ArgumentsDelta(0, "1"),
                              ArgumentsDelta(0, "2")})),
              ElementsAre("f(12)#a"));
}

TEST(ResponsesStream, TextArrivesBeforeBetweenAndAfterCalls) {
  const v1::Observation observation =
      Streamed({Added(0, MessageItem("")), TextDelta(0, "a"), Added(1, Begun("x", "f", "fc_1")),
                ArgumentsDelta(1, "{}"), Added(2, MessageItem("", "msg_2")),
                TextDelta(2, "b", "msg_2"), Added(3, Begun("y", "g", "fc_2")),
                ArgumentsDelta(3, "{}", "fc_2"), Added(4, MessageItem("", "msg_3")),
                TextDelta(4, "c", "msg_3")});
  EXPECT_EQ(observation.text(), "abc");
  EXPECT_THAT(Calls(observation), ElementsAre("f({})#x", "g({})#y"));
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_TOOL_CALLS);
}

// The same text is told by delta, part, item and response; whichever are left out, it counts once.
TEST(ResponsesStream, NothingIsToldTwiceOrLost) {
  const std::vector<std::string> tellings = {
      TextDelta(0, "hi"),
      R"({"type":"response.output_text.done","item_id":"msg_1","output_index":0,"content_index":0,"text":"hi"})",
      R"({"type":"response.content_part.done","item_id":"msg_1","output_index":0,"content_index":0,"part":)" +
          TextPart("hi") + "}",
      Done(0, kText), Ended(Response(kText))};
  for (unsigned told = 1; told < 1u << tellings.size(); ++told) {
    std::vector<std::string> events = {Created(), Added(0, MessageItem(""))};
    for (size_t i = 0; i < tellings.size(); ++i) {
      if ((told >> i) % 2 == 1) events.push_back(tellings[i]);
    }
    const bool ends = (told >> (tellings.size() - 1)) == 1;
    const std::string stream = NamedSse(events);
    const v1::Observation observation = DecodeStream(kCodec, stream);
    EXPECT_EQ(observation.text(), "hi") << told;
    EXPECT_EQ(Joined(Pieces(kCodec, stream)).text(), "hi") << told;
    EXPECT_EQ(observation.outcome(), ends ? v1::OUTCOME_END : v1::OUTCOME_INTERRUPTED) << told;
  }
}

// At the end some servers number and name the items anew.
TEST(ResponsesStream, TheLastEventDoesNotRepeatWhatItNamesDifferently) {
  const std::string last =
      Response(absl::StrCat(MessageItem(TextPart("hi"), "other"), ",", CallItem("a", "f", "{}", "o2")));
  const v1::Observation observation = DecodeStream(
      kCodec, NamedSse({Created(), Added(1, MessageItem("")), TextDelta(1, "hi"),
                        Added(2, Begun("a", "f", "fc_1")), ArgumentsDelta(2, "{}"), Ended(last)}));
  EXPECT_EQ(observation.text(), "hi");
  EXPECT_THAT(Calls(observation), ElementsAre("f({})#a"));
}

TEST(ResponsesStream, ARefusalIsSeenAsOne) {
  const v1::Observation observation = Streamed(
      {Added(0, MessageItem("")),
       R"({"type":"response.refusal.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"I "})",
       R"({"type":"response.refusal.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"won't."})",
       R"({"type":"response.refusal.done","item_id":"msg_1","output_index":0,"content_index":0,"refusal":"I won't."})",
       Done(0, MessageItem(RefusalPart("I won't.")))});
  EXPECT_EQ(observation.refusal(), "I won't.");
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(observation.refusal_origin(), v1::REFUSAL_ORIGIN_MODEL);
}

// Every kind of event of the reference, once: what isn't an answer brings nothing and breaks nothing.
TEST(ResponsesStream, KnowsAllKindsOfEventsAndPassesOverTheRest) {
  const std::vector<std::string> silent = {
      "created", "queued", "in_progress", "output_text.annotation.added", "reasoning_text.delta",
      "reasoning_text.done", "reasoning_summary_part.added", "reasoning_summary_part.done",
      "reasoning_summary_text.delta", "reasoning_summary_text.done", "audio.delta", "audio.done",
      "audio.transcript.delta", "audio.transcript.done", "compaction.compacting",
      "web_search_call.in_progress", "web_search_call.searching", "web_search_call.completed",
      "file_search_call.in_progress", "file_search_call.searching", "file_search_call.completed",
      "code_interpreter_call.in_progress", "code_interpreter_call.interpreting",
      "code_interpreter_call.completed", "code_interpreter_call_code.delta",
      "code_interpreter_call_code.done", "image_generation_call.in_progress",
      "image_generation_call.generating", "image_generation_call.partial_image",
      "image_generation_call.completed", "mcp_call.in_progress", "mcp_call.completed",
      "mcp_call.failed", "mcp_call_arguments.delta", "mcp_call_arguments.done",
      "mcp_list_tools.in_progress", "mcp_list_tools.completed", "mcp_list_tools.failed",
      "shell_call_command.added", "shell_call_command.delta", "shell_call_command.done",
      "shell_call_output_content.delta", "shell_call_output_content.done", "made.up"};
  std::vector<std::string> events;
  for (const std::string& kind : silent) {
    const std::string event = absl::StrCat(
        R"({"type":"response.)", kind,
        R"(","item_id":"x","output_index":7,"delta":"x","text":"x","arguments":"{}","part":{"type":"summary_text","text":"x"}})");
    EXPECT_EQ(kCodec.Classify("response." + kind, event), PieceKind::kPreamble) << kind;
    events.push_back(event);
  }
  events.push_back(TextDelta(8, "hi"));
  const v1::Observation observation = Streamed(events);
  EXPECT_EQ(observation.text(), "hi");
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_END);
  EXPECT_TRUE(observation.tool_calls().empty());
}

TEST(ResponsesStream, EventsWithoutNamesAreReadByTheirType) {
  const v1::Observation observation =
      DecodeStream(kCodec, Sse({Created(), TextDelta(0, "hi"), Ended(Response(kText)), "[DONE]"}));
  EXPECT_EQ(observation.text(), "hi");
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_END);
}

TEST(ResponsesStream, DoneProvesNothing) {
  const v1::Observation observation =
      DecodeStream(kCodec, Sse({Created(), TextDelta(0, "a"), Done(0, kText), "[DONE]"}));
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_INTERRUPTED);
  EXPECT_EQ(observation.failure().failure_class(), v1::FAILURE_CLASS_INTERRUPTED);
}

TEST(ResponsesStream, CutAnywhereItIsInterruptedUntilItsTerminalEvent) {
  const std::string stream =
      NamedSse({Created(), Added(0, MessageItem("")), TextDelta(0, "héllo"),
                Added(1, Begun("a", "f", "fc_1")), ArgumentsDelta(1, "{\"x\":1}"),
                Ended(Response(absl::StrCat(MessageItem(TextPart("héllo")), ",",
                                            CallItem("a", "f", "{\"x\":1}"))))});
  for (size_t cut = 0; cut < stream.size(); ++cut) {
    ASSERT_EQ(DecodeStream(kCodec, stream.substr(0, cut)).outcome(), v1::OUTCOME_INTERRUPTED) << cut;
  }
  const v1::Observation observation = DecodeStream(kCodec, stream);
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_TOOL_CALLS);
  EXPECT_THAT(Calls(observation), ElementsAre("f({\"x\":1})#a"));
}

TEST(ResponsesStream, AnErrorAtAnyPlaceFailsIt) {
  const std::vector<std::string> errors = {
      R"({"type":"error","code":"rate_limit_exceeded","message":"x","param":null,"sequence_number":1})",
      R"({"type":"error","error":{"type":"x","code":"rate_limit_exceeded","message":"x"}})",
      R"({"error":{"code":"rate_limit_exceeded","message":"x"}})",
      R"({"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded"}}})"};
  for (const std::string& error : errors) {
    for (const std::vector<std::string>& before :
         {std::vector<std::string>{}, {Created()}, {Created(), TextDelta(0, "a")}}) {
      std::vector<std::string> events = before;
      events.push_back(error);
      for (const std::string& stream : {NamedSse(events), Sse(events)}) {
        const v1::Observation observation = DecodeStream(kCodec, stream);
        EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED) << stream;
        EXPECT_EQ(observation.failure().failure_class(), v1::FAILURE_CLASS_RATE_LIMITED) << stream;
      }
      EXPECT_EQ(kCodec.Classify("", error), PieceKind::kError) << error;
    }
  }
}

TEST(ResponsesStream, WhatComesAfterItsEndIsNotPartOfIt) {
  const v1::Observation observation = DecodeStream(
      kCodec, NamedSse({Created(), TextDelta(0, "hi"), Ended(Response(kText)), Created(),
                        TextDelta(0, "more", "msg_2"), Ended(Response(kCall))}));
  EXPECT_EQ(observation.text(), "hi");
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_END);
}

TEST(ResponsesStream, GarbageInsideItFailsIt) {
  const v1::Observation observation =
      DecodeStream(kCodec, Sse({Created(), TextDelta(0, "a"), "{oops", Ended(Response(kText))}));
  EXPECT_EQ(observation.failure().failure_class(), v1::FAILURE_CLASS_MALFORMED_ANSWER);
}

struct PieceCase {
  std::string data;
  PieceKind kind;
};

TEST(ResponsesClassify, TellsPiecesApartWithAndWithoutTheirNames) {
  const std::vector<PieceCase> cases = {
      {Created(), PieceKind::kPreamble},
      {R"({"type":"response.queued","response":{"output":[]}})", PieceKind::kPreamble},
      {Added(0, MessageItem("")), PieceKind::kPreamble},
      {Added(0, MessageItem(TextPart("a"))), PieceKind::kContent},
      {Added(0, R"({"type":"reasoning","summary":[{"type":"summary_text","text":"Hm"}]})"),
       PieceKind::kPreamble},
      {Done(0, R"({"type":"reasoning","content":[{"type":"reasoning_text","text":"Hm"}]})"),
       PieceKind::kPreamble},
      {Added(0, Begun("a", "f", "fc_1")), PieceKind::kContent},
      // Keys in another order: the item's type comes first.
      {R"({"item":{"arguments":"","name":"f","type":"function_call"},"type":"response.output_item.added"})",
       PieceKind::kContent},
      {R"({"type":"response.content_part.added","part":{"type":"output_text","text":""}})",
       PieceKind::kPreamble},
      {R"({"type":"response.content_part.done","part":{"type":"refusal","refusal":"No"}})",
       PieceKind::kContent},
      {R"({"type":"response.content_part.done","part":{"type":"reasoning_text","text":"Hm"}})",
       PieceKind::kPreamble},
      {TextDelta(0, ""), PieceKind::kPreamble},
      {TextDelta(0, " "), PieceKind::kContent},
      {TextDelta(0, R"(say "type":"response.completed")"), PieceKind::kContent},
      {TextDelta(0, R"({"error": {}})"), PieceKind::kContent},
      {ArgumentsDelta(0, "{"), PieceKind::kContent},
      {R"({"type":"response.refusal.delta","delta":"No"})", PieceKind::kContent},
      {R"({"type":"response.output_text.done","text":"a"})", PieceKind::kContent},
      {R"({"type":"response.output_text.done","text":""})", PieceKind::kPreamble},
      {Ended(Response(kText)), PieceKind::kTerminal},
      {Ended(Incomplete(kText, "max_output_tokens"), "incomplete"), PieceKind::kTerminal},
      {Ended("{}", "failed"), PieceKind::kError},
      {R"({"type":"error","code":"x"})", PieceKind::kError},
  };
  for (const PieceCase& c : cases) {
    EXPECT_EQ(kCodec.Classify("", c.data), c.kind) << c.data;
    const auto body = ParseJson(c.data);
    ASSERT_THAT(body, IsOk()) << c.data;
    const boost::json::string* type = FindString(*body, "/type");
    EXPECT_EQ(kCodec.Classify(std::string(type->c_str()), c.data), c.kind) << c.data;
  }
  EXPECT_EQ(kCodec.Classify("", "[DONE]"), PieceKind::kPreamble);
}

struct ErrorCase {
  int status;
  std::string body;
  v1::FailureClass failure_class;
};

TEST(ResponsesErrors, AreClassifiedByCodeThenStatus) {
  const std::vector<ErrorCase> cases = {
      {400, R"({"error":{"type":"invalid_request_error","param":"tools[0]","code":"invalid_value"}})",
       v1::FAILURE_CLASS_INVALID_REQUEST},
      {401, R"({"error":{"code":"invalid_api_key"}})", v1::FAILURE_CLASS_AUTH},
      {404, R"({"error":{"code":"model_not_found"}})", v1::FAILURE_CLASS_NOT_FOUND},
      {429, R"({"error":{"type":"insufficient_quota","code":"insufficient_quota"}})",
       v1::FAILURE_CLASS_QUOTA},
      {429, R"({"error":{"code":"rate_limit_exceeded"}})", v1::FAILURE_CLASS_RATE_LIMITED},
      {500, "", v1::FAILURE_CLASS_SERVER_ERROR},
      {502, "<html>502</html>", v1::FAILURE_CLASS_SERVER_ERROR},
      {503, R"({"error":{"code":"server_is_overloaded"}})", v1::FAILURE_CLASS_OVERLOADED},
  };
  for (const ErrorCase& c : cases) {
    const WireAnswer answer{.http_status = c.status, .streamed = false, .body = c.body,
                            .retry_after = "7"};
    const v1::Failure failure = kCodec.ClassifyError(answer);
    EXPECT_EQ(failure.failure_class(), c.failure_class) << c.body;
    EXPECT_EQ(failure.retry_after().seconds(), 7);
    EXPECT_EQ(kCodec.DecodeAnswer(answer).failure().failure_class(), c.failure_class) << c.body;
  }
}

// The frame that makes the SDKs of Node and Python throw (wire-formats, section 8): the event's name,
// the flat form of Responses, and an "error" object.
TEST(ResponsesErrors, InsideAStreamHaveTheFrameThatSdksThrowAt) {
  v1::Failure failure;
  failure.set_failure_class(v1::FAILURE_CLASS_OVERLOADED);
  failure.set_message("no path is green");
  const std::string event = kCodec.EncodeStreamError(failure, "r");
  EXPECT_THAT(event, ::testing::StartsWith("event: error\ndata: "));
  EXPECT_THAT(event, ::testing::EndsWith("}\n\n"));
  const auto data = ParseJson(event.substr(event.find('{')));
  ASSERT_THAT(data, IsOk());
  EXPECT_EQ(*FindString(*data, "/type"), "error");
  EXPECT_EQ(*FindString(*data, "/code"), "server_is_overloaded");
  EXPECT_EQ(*FindString(*data, "/message"), "no path is green");
  EXPECT_TRUE(Find(*data, "/param")->is_null());
  EXPECT_EQ(*FindString(*data, "/error/code"), "server_is_overloaded");
  EXPECT_EQ(DecodeStream(kCodec, event).failure().failure_class(), v1::FAILURE_CLASS_OVERLOADED);
}

TEST(ResponsesErrors, EveryClassIsWrittenWithAllFourKeys) {
  for (int i = 1; i <= v1::FailureClass_MAX; ++i) {
    v1::Failure failure;
    failure.set_failure_class(static_cast<v1::FailureClass>(i));
    const ErrorReply reply = kCodec.EncodeError(failure, "r");
    EXPECT_GE(reply.http_status, 400);
    const auto body = ParseJson(reply.body);
    ASSERT_THAT(body, IsOk());
    for (const char* key : {"/error/message", "/error/type", "/error/param", "/error/code"}) {
      EXPECT_NE(Find(*body, key), nullptr) << reply.body;
    }
  }
}

}  // namespace
}  // namespace warmpath
