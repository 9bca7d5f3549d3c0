#include "provider/anthropic/codec.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/provider/wire/wire_builders.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using namespace testing;  // NOLINT: the tests' own words
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const AnthropicCodec kCodec;

std::string Answer(const std::string& content, const std::string& stop) {
  return absl::StrCat("{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m-1\",",
                      "\"content\":", content, ",", stop,
                      ",\"usage\":{\"input_tokens\":3,\"cache_creation_input_tokens\":20,",
                      "\"cache_read_input_tokens\":100,\"output_tokens\":9}}");
}

const std::string kText = "[{\"type\":\"text\",\"text\":\"hi\"}]";
const std::string kCall =
    "[{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"f\",\"input\":{\"x\":1}}]";

const std::string kStart =
    "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[],"
    "\"model\":\"m-1\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}";
const std::string kStop = "{\"type\":\"message_stop\"}";

std::string BlockStart(int index, const std::string& block) {
  return absl::StrCat("{\"type\":\"content_block_start\",\"index\":", index,
                      ",\"content_block\":", block, "}");
}
std::string BlockDelta(int index, const std::string& delta) {
  return absl::StrCat("{\"type\":\"content_block_delta\",\"index\":", index, ",\"delta\":", delta,
                      "}");
}
std::string BlockStop(int index) {
  return absl::StrCat("{\"type\":\"content_block_stop\",\"index\":", index, "}");
}
std::string MessageDelta(const std::string& stop) {
  return absl::StrCat("{\"type\":\"message_delta\",\"delta\":{", stop,
                      "},\"usage\":{\"output_tokens\":9}}");
}
std::string Text(const std::string& text) {
  return absl::StrCat("{\"type\":\"text_delta\",\"text\":\"", text, "\"}");
}
std::string Json(const std::string& partial) {
  return absl::StrCat("{\"type\":\"input_json_delta\",\"partial_json\":",
                      ToJson(boost::json::string(partial)), "}");
}

const std::string kTextBlock = "{\"type\":\"text\",\"text\":\"\"}";
const std::string kCallBlock =
    "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"f\",\"input\":{}}";

std::vector<std::string> Calls(const v1::Observation& observation) {
  std::vector<std::string> calls;
  for (const v1::ToolCall& call : observation.tool_calls()) {
    calls.push_back(absl::StrCat(call.name(), "(", call.arguments_json(), ")#", call.id()));
  }
  return calls;
}

TEST(AnthropicAnswer, EveryStopReasonHasItsOutcome) {
  struct Case {
    std::string content;
    std::string reason;
    v1::Outcome outcome;
  };
  const std::vector<Case> cases = {
      {kText, "end_turn", v1::OUTCOME_END},
      {kText, "max_tokens", v1::OUTCOME_LENGTH},
      {kText, "stop_sequence", v1::OUTCOME_STOP_SEQUENCE},
      {kText, "pause_turn", v1::OUTCOME_PAUSED},
      {kText, "refusal", v1::OUTCOME_REFUSED},
      {kText, "model_context_window_exceeded", v1::OUTCOME_CONTEXT_WINDOW},
      {kText, "tool_use", v1::OUTCOME_UNKNOWN},
      {kText, "made_up", v1::OUTCOME_UNKNOWN},
      {kCall, "tool_use", v1::OUTCOME_TOOL_CALLS},
      {kCall, "end_turn", v1::OUTCOME_TOOL_CALLS},
      {kCall, "refusal", v1::OUTCOME_REFUSED},
      {"[]", "max_tokens", v1::OUTCOME_LENGTH},
  };
  for (const Case& c : cases) {
    const v1::Observation observation =
        DecodeBody(kCodec, Answer(c.content, absl::StrCat("\"stop_reason\":\"", c.reason, "\"")));
    EXPECT_EQ(observation.outcome(), c.outcome) << c.content << c.reason;
    EXPECT_EQ(observation.native_stop_reason(), c.reason);
    // And both ways, but for what Anthropic has no word for.
    if (c.outcome == v1::OUTCOME_UNKNOWN) continue;
    const v1::Observation back = DecodeBody(kCodec, kCodec.EncodeAnswer(observation, {.id = "id", .model = "m"}));
    EXPECT_EQ(back.outcome(), c.outcome) << c.content << c.reason;
    EXPECT_EQ(Calls(back), Calls(observation));
  }
}

TEST(AnthropicAnswer, OutcomesOfOtherVendorsAreWritten) {
  const std::vector<std::pair<v1::Outcome, std::string>> cases = {
      {v1::OUTCOME_REFUSED, "refusal"},    {v1::OUTCOME_MALFORMED, "max_tokens"},
      {v1::OUTCOME_UNKNOWN, "max_tokens"}, {v1::OUTCOME_HANDOVER, "end_turn"},
  };
  for (const auto& [outcome, reason] : cases) {
    v1::Observation observation;
    observation.set_outcome(outcome);
    observation.set_refusal_origin(v1::REFUSAL_ORIGIN_FILTER);
    const auto body = ParseJson(kCodec.EncodeAnswer(observation, {.id = "id", .model = "m"}));
    ASSERT_THAT(body, IsOk());
    EXPECT_EQ(*FindString(*body, "/stop_reason"), reason);
  }
}

TEST(AnthropicAnswer, ARefusalKeepsItsCategoryAndWords) {
  const v1::Observation observation = DecodeBody(
      kCodec, Answer("[]", "\"stop_reason\":\"refusal\",\"stop_details\":{\"type\":\"refusal\","
                           "\"category\":\"cyber\",\"explanation\":\"Against policy.\"}"));
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(observation.refusal_origin(), v1::REFUSAL_ORIGIN_MODEL);
  EXPECT_EQ(observation.refusal(), "Against policy.");
  EXPECT_THAT(observation.native_stop_detail(), HasSubstr("\"category\":\"cyber\""));
}

TEST(AnthropicAnswer, CountsCachedInputAsInput) {
  const v1::Observation observation =
      DecodeBody(kCodec, Answer(kText, "\"stop_reason\":\"end_turn\""));
  EXPECT_EQ(observation.usage().input_tokens(), 123);
  EXPECT_EQ(observation.usage().cached_input_tokens(), 100);
  EXPECT_EQ(observation.usage().output_tokens(), 9);
}

TEST(AnthropicAnswer, KeepsBlocksOfItsOwn) {
  const v1::Observation observation = DecodeBody(
      kCodec, Answer("[{\"type\":\"thinking\",\"thinking\":\"Hm\",\"signature\":\"sig\"},"
                     "{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]",
                     "\"stop_reason\":\"end_turn\""));
  EXPECT_EQ(observation.text(), "ab");
  ASSERT_EQ(observation.opaque_size(), 1);
  EXPECT_EQ(observation.opaque(0).json(),
            "{\"type\":\"thinking\",\"thinking\":\"Hm\",\"signature\":\"sig\"}");
}

TEST(AnthropicAnswer, KeepsArgumentsToTheLastDigit) {
  const std::string input = "{\"lat\": 40.712775897979736, \"id\": 123456789012345678901, \"p\": 1.10}";
  const v1::Observation observation = DecodeBody(
      kCodec, Answer(absl::StrCat("[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"tool_use\",\"id\":"
                                  "\"t\",\"name\":\"f\",\"input\": ", input, " }]"),
                     "\"stop_reason\":\"tool_use\""));
  ASSERT_EQ(observation.tool_calls_size(), 1);
  EXPECT_EQ(observation.tool_calls(0).arguments_json(), input);
}

TEST(AnthropicAnswer, AFallbackBlockNamesTheServedModel) {
  const v1::Observation observation = DecodeBody(
      kCodec, Answer("[{\"type\":\"fallback\",\"from\":{\"model\":\"m-1\"},\"to\":{\"model\":\"m-2\"}},"
                     "{\"type\":\"text\",\"text\":\"a\"}]",
                     "\"stop_reason\":\"end_turn\""));
  EXPECT_EQ(observation.served_model(), "m-2");
}

TEST(AnthropicAnswer, FailuresOfA200) {
  const std::string end = "\"stop_reason\":\"end_turn\"";
  const std::vector<std::pair<std::string, v1::FailureClass>> cases = {
      {"", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {"<html>", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"{\"ok\":true}", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {Answer("[]", end), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Answer("[{\"type\":\"text\",\"text\":\" \"}]", end), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Answer("[{\"type\":\"thinking\",\"thinking\":\"Hm\"}]", end),
       v1::FAILURE_CLASS_EMPTY_ANSWER},
      {"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}",
       v1::FAILURE_CLASS_OVERLOADED},
  };
  for (const auto& [body, failure_class] : cases) {
    const v1::Observation observation = DecodeBody(kCodec, body);
    EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED) << body;
    EXPECT_EQ(observation.failure().failure_class(), failure_class) << body;
  }
}

TEST(AnthropicAnswer, ArgumentsThatAreNoObjectStayVisible) {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_TOOL_CALLS);
  v1::ToolCall* call = observation.add_tool_calls();
  call->set_id("t1");
  call->set_name("f");
  for (const std::string arguments : {"{\"p\": 1/6}", "[1]", "print(1)"}) {
    call->set_arguments_json(arguments);
    const v1::Observation back = DecodeBody(kCodec, kCodec.EncodeAnswer(observation, {.id = "id", .model = "m"}));
    EXPECT_THAT(Calls(back), ElementsAre(absl::StrCat("f(", arguments, ")#t1")));
  }
}

std::string WholeStream() {
  return NamedSse({kStart, BlockStart(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"),
                   BlockDelta(0, "{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}"),
                   BlockDelta(0, "{\"type\":\"signature_delta\",\"signature\":\"sig\"}"),
                   BlockStop(0), "{\"type\":\"ping\"}", BlockStart(1, kTextBlock),
                   BlockDelta(1, Text("hé")), BlockDelta(1, Text("llo")), BlockStop(1),
                   BlockStart(2, kCallBlock), BlockDelta(2, Json("")), BlockDelta(2, Json("{\"x\"")),
                   BlockDelta(2, Json(":1}")), BlockStop(2), BlockStart(3, kCallBlock),
                   BlockStop(3), MessageDelta("\"stop_reason\":\"tool_use\""), kStop});
}

TEST(AnthropicStream, JoinsBlocks) {
  const v1::Observation observation = DecodeStream(kCodec, WholeStream());
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_TOOL_CALLS);
  EXPECT_EQ(observation.text(), "héllo");
  EXPECT_THAT(Calls(observation), ElementsAre("f({\"x\":1})#toolu_1", "f({})#toolu_1"));
  EXPECT_EQ(observation.usage().input_tokens(), 3);
  EXPECT_EQ(observation.usage().output_tokens(), 9);
  ASSERT_EQ(observation.opaque_size(), 1);
  EXPECT_EQ(observation.opaque(0).json(),
            "{\"type\":\"thinking\",\"thinking\":\"Hm\",\"signature\":\"sig\"}");
}

TEST(AnthropicStream, CutAnywhereItIsInterrupted) {
  const std::string stream = WholeStream();
  for (size_t cut = 0; cut < stream.size(); ++cut) {
    const v1::Observation observation = DecodeStream(kCodec, stream.substr(0, cut));
    ASSERT_EQ(observation.outcome(), v1::OUTCOME_INTERRUPTED) << cut;
    ASSERT_EQ(std::string("héllo").substr(0, observation.text().size()), observation.text());
  }
}

TEST(AnthropicStream, EventNamesMayBeMissing) {
  EXPECT_EQ(DecodeStream(kCodec, Sse({kStart, BlockStart(0, kTextBlock), BlockDelta(0, Text("a")),
                                      BlockStop(0), MessageDelta("\"stop_reason\":\"end_turn\""),
                                      kStop}))
                .outcome(),
            v1::OUTCOME_END);
}

TEST(AnthropicStream, AnErrorAtEachPositionFailsIt) {
  const std::vector<std::string> events = {kStart, BlockStart(0, kTextBlock),
                                           BlockDelta(0, Text("a")), BlockStop(0)};
  const std::string error =
      "{\"type\":\"error\",\"error\":{\"details\":null,\"type\":\"overloaded_error\",\"message\":\"x\"}}";
  for (size_t at = 0; at <= events.size(); ++at) {
    std::vector<std::string> stream(events.begin(), events.begin() + at);
    stream.push_back(error);
    const v1::Observation observation = DecodeStream(kCodec, NamedSse(stream));
    EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED) << at;
    EXPECT_EQ(observation.failure().failure_class(), v1::FAILURE_CLASS_OVERLOADED) << at;
  }
}

TEST(AnthropicStream, ASecondMessageIsNeverSplicedToTheFirst) {
  const std::string stream =
      NamedSse({kStart, BlockStart(0, kTextBlock), BlockDelta(0, Text("lost")), kStart,
                BlockStart(0, kTextBlock), BlockDelta(0, Text("kept")), BlockStop(0),
                MessageDelta("\"stop_reason\":\"end_turn\""), kStop});
  EXPECT_EQ(DecodeStream(kCodec, stream).text(), "kept");
  // Live, what was handed on cannot be taken back.
  const auto decoder = kCodec.NewStreamDecoder();
  std::vector<v1::Delta> pieces;
  SseParser parser;
  ASSERT_THAT(parser.Feed(stream,
                          [&](const SseEvent& event) {
                            decoder->Feed(event.event, event.data, pieces);
                          }),
              IsOk());
  EXPECT_EQ(decoder->Observation().failure().failure_class(), v1::FAILURE_CLASS_MALFORMED_ANSWER);
}

TEST(AnthropicClassify, TellsPiecesApartWithoutParsing) {
  const std::vector<std::pair<std::string, PieceKind>> cases = {
      {kStart, PieceKind::kPreamble},
      {"{\"type\": \"ping\"}", PieceKind::kPreamble},
      {BlockStart(0, kTextBlock), PieceKind::kPreamble},
      {BlockStart(0, "{\"type\":\"text\",\"text\":\"a\"}"), PieceKind::kContent},
      {BlockStart(0, "{\"type\":\"thinking\",\"thinking\":\"\"}"), PieceKind::kPreamble},
      {BlockStart(0, kCallBlock), PieceKind::kContent},
      {BlockStart(0, "{\"type\":\"server_tool_use\",\"id\":\"s\"}"), PieceKind::kContent},
      {BlockDelta(0, "{\"type\":\"thinking_delta\",\"thinking\":\"text_delta\"}"),
       PieceKind::kPreamble},
      {BlockDelta(0, "{\"type\":\"signature_delta\",\"signature\":\"s\"}"), PieceKind::kPreamble},
      {BlockDelta(0, Text("a")), PieceKind::kContent},
      {BlockDelta(0, Text("")), PieceKind::kPreamble},
      {BlockDelta(0, Json("{")), PieceKind::kContent},
      {BlockStop(0), PieceKind::kPreamble},
      {MessageDelta("\"stop_reason\":\"end_turn\""), PieceKind::kPreamble},
      {kStop, PieceKind::kTerminal},
      {"{\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}", PieceKind::kError},
      {"{\"type\":\"new_event\"}", PieceKind::kPreamble},
  };
  for (const auto& [data, kind] : cases) {
    const auto body = ParseJson(data);
    ASSERT_THAT(body, IsOk());
    EXPECT_EQ(kCodec.Classify(std::string_view(*FindString(*body, "/type")), data), kind) << data;
    EXPECT_EQ(kCodec.Classify("", data), kind) << data;
  }
}

TEST(AnthropicErrors, AreClassifiedByCodeStatusAndType) {
  struct Case {
    int status;
    std::string type;
    std::string code;
    v1::FailureClass failure_class;
  };
  const std::vector<Case> cases = {
      {400, "invalid_request_error", "", v1::FAILURE_CLASS_INVALID_REQUEST},
      {401, "authentication_error", "", v1::FAILURE_CLASS_AUTH},
      {402, "billing_error", "", v1::FAILURE_CLASS_QUOTA},
      {403, "permission_error", "", v1::FAILURE_CLASS_AUTH},
      {404, "not_found_error", "", v1::FAILURE_CLASS_NOT_FOUND},
      {409, "conflict_error", "", v1::FAILURE_CLASS_SERVER_ERROR},
      {413, "request_too_large", "", v1::FAILURE_CLASS_TOO_LARGE},
      {429, "rate_limit_error", "", v1::FAILURE_CLASS_RATE_LIMITED},
      {429, "rate_limit_error", "ramp_limit_exceeded", v1::FAILURE_CLASS_RATE_LIMITED},
      {429, "rate_limit_error", "enforced_spend_limit_reached", v1::FAILURE_CLASS_QUOTA},
      {429, "rate_limit_error", "contract_spend_limit_reached", v1::FAILURE_CLASS_QUOTA},
      {403, "permission_error", "linked_organization_billing_unavailable",
       v1::FAILURE_CLASS_QUOTA},
      {403, "permission_error", "organization_on_hold", v1::FAILURE_CLASS_QUOTA},
      {400, "invalid_request_error", "tool_name_conflict", v1::FAILURE_CLASS_INVALID_REQUEST},
      {500, "api_error", "", v1::FAILURE_CLASS_SERVER_ERROR},
      {500, "overloaded_error", "", v1::FAILURE_CLASS_OVERLOADED},
      {504, "timeout_error", "", v1::FAILURE_CLASS_TIMEOUT},
      {529, "overloaded_error", "", v1::FAILURE_CLASS_OVERLOADED},
      {200, "overloaded_error", "", v1::FAILURE_CLASS_OVERLOADED},
      {200, "new_error", "", v1::FAILURE_CLASS_SERVER_ERROR},
  };
  for (const Case& c : cases) {
    const std::string details =
        c.code.empty() ? "null" : absl::StrCat("{\"error_code\":\"", c.code, "\"}");
    const std::string body =
        absl::StrCat("{\"type\":\"error\",\"error\":{\"type\":\"", c.type,
                     "\",\"message\":\"m\",\"details\":", details, "},\"request_id\":\"req_9\"}");
    const v1::Observation observation = DecodeBody(kCodec, body, c.status);
    EXPECT_EQ(observation.failure().failure_class(), c.failure_class) << c.status << c.type;
    EXPECT_EQ(observation.failure().native_code(), c.code.empty() ? c.type : c.code);
    EXPECT_EQ(observation.upstream_request_id(), "req_9");
  }
}

TEST(AnthropicErrors, TheEdgeMayAnswerWithoutABody) {
  EXPECT_EQ(kCodec.ClassifyError({.http_status = 413, .streamed = false, .body = "<html>"})
                .failure_class(),
            v1::FAILURE_CLASS_TOO_LARGE);
}

TEST(AnthropicErrors, AreWrittenAsSdksExpect) {
  v1::Failure failure;
  failure.set_failure_class(v1::FAILURE_CLASS_OVERLOADED);
  failure.set_message("no path is green");
  failure.set_native_code("downtime");
  const ErrorReply reply = kCodec.EncodeError(failure, "req-1");
  EXPECT_EQ(reply.http_status, 529);
  EXPECT_TRUE(SameJson(reply.body,
                       "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":"
                       "\"no path is green\",\"details\":{\"error_code\":\"downtime\"}},"
                       "\"request_id\":\"req-1\"}"))
      << reply.body;
  EXPECT_EQ(kCodec.EncodeStreamError(failure, "req-1"),
            absl::StrCat("event: error\ndata: ", reply.body, "\n\n"));
}

v1::Delta TextPiece(const std::string& text) {
  v1::Delta delta;
  delta.set_text(text);
  return delta;
}
v1::Delta CallPiece(int index, const std::string& id, const std::string& arguments) {
  v1::Delta delta;
  v1::ToolCallDelta* piece = delta.mutable_tool_call();
  piece->set_index(index);
  piece->set_id(id);
  if (!id.empty()) piece->set_name(absl::StrCat("f", index));
  piece->set_arguments_json(arguments);
  return delta;
}

v1::Observation Ended(v1::Outcome outcome) {
  v1::Observation observation;
  observation.set_outcome(outcome);
  return observation;
}

TEST(AnthropicStreamEncoder, NeverHasTwoBlocksOpen) {
  const std::string written = EncodeStream(
      kCodec,
      {TextPiece("a"), CallPiece(0, "x", "{\"p\""), CallPiece(1, "y", "{\"q\""), TextPiece("b"),
       CallPiece(0, "", ":1}"), CallPiece(1, "", ":2}")},
      Ended(v1::OUTCOME_TOOL_CALLS));
  int open = -1;
  SseParser parser;
  ASSERT_THAT(parser.Feed(written,
                          [&](const SseEvent& event) {
                            const auto body = ParseJson(event.data);
                            ASSERT_THAT(body, IsOk());
                            EXPECT_EQ(std::string_view(*FindString(*body, "/type")), event.event);
                            const boost::json::value* index = Find(*body, "/index");
                            if (event.event == "content_block_start") {
                              EXPECT_EQ(open, -1);
                              open = static_cast<int>(index->as_int64());
                            } else if (index != nullptr) {
                              EXPECT_EQ(open, index->as_int64());
                            }
                            if (event.event == "content_block_stop") open = -1;
                          }),
              IsOk());
  EXPECT_EQ(open, -1);
  const v1::Observation back = DecodeStream(kCodec, written);
  EXPECT_EQ(back.text(), "ab");
  EXPECT_THAT(Calls(back), ElementsAre("f0({\"p\":1})#x", "f1({\"q\":2})#y"));
  EXPECT_EQ(back.outcome(), v1::OUTCOME_TOOL_CALLS);
}

TEST(AnthropicStreamEncoder, StreamsASecondCallOnceTheFirstIsComplete) {
  const auto encoder = kCodec.NewStreamEncoder({.id = "id", .model = "m"});
  std::string text;
  encoder->Encode(CallPiece(0, "x", "{}"), text);
  text.clear();
  encoder->Encode(CallPiece(1, "y", "{\"q\""), text);
  EXPECT_THAT(text, HasSubstr("\"name\":\"f1\""));
  EXPECT_THAT(text, HasSubstr("{\\\"q\\\""));
}

TEST(AnthropicStreamEncoder, ACallThatGrowsAfterItsEndFailsTheStream) {
  const std::string written =
      EncodeStream(kCodec, {CallPiece(0, "x", "{}"), CallPiece(1, "y", "{}"), CallPiece(0, "", "1")},
                   Ended(v1::OUTCOME_TOOL_CALLS));
  EXPECT_EQ(DecodeStream(kCodec, written).outcome(), v1::OUTCOME_FAILED);
  EXPECT_THAT(written, Not(HasSubstr("message_stop")));
}

TEST(AnthropicStreamEncoder, WritesAnAnswerThatCameWhole) {
  v1::Observation observation = Ended(v1::OUTCOME_TOOL_CALLS);
  observation.set_text("a");
  v1::ToolCall* call = observation.add_tool_calls();
  call->set_id("call|with pipe");
  call->set_name("f");
  observation.mutable_usage()->set_input_tokens(5);
  const v1::Observation back = DecodeStream(kCodec, EncodeStream(kCodec, {}, observation));
  EXPECT_EQ(back.text(), "a");
  ASSERT_EQ(back.tool_calls_size(), 1);
  EXPECT_EQ(back.tool_calls(0).arguments_json(), "{}");
  EXPECT_THAT(back.tool_calls(0).id(), ::testing::MatchesRegex("toolu_[0-9a-f]{24}"));
  EXPECT_EQ(back.usage().input_tokens(), 5);
}

TEST(AnthropicStreamEncoder, ABrokenAnswerNeverEndsPolitely) {
  v1::Observation observation = Ended(v1::OUTCOME_INTERRUPTED);
  const std::string written = EncodeStream(kCodec, {TextPiece("half")}, observation);
  EXPECT_THAT(written, HasSubstr("event: error\n"));
  EXPECT_THAT(written, Not(HasSubstr("message_stop")));
}

TEST(AnthropicRequest, NamesWhatIsWrong) {
  const std::string user = "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{", "byte"},
      {"{\"messages\":[]}", "/messages"},
      {"{\"messages\":[{\"role\":\"tool\",\"content\":\"a\"}]}", "/messages/0/role"},
      {"{\"messages\":[{\"role\":\"user\"}]}", "/messages/0/content"},
      {"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\"}]}]}",
       "/messages/0/content/0/source"},
      {absl::StrCat("{\"system\":5,", user, "}"), "/system"},
      {absl::StrCat("{\"tools\":[{}],", user, "}"), "/tools/0/name"},
      {absl::StrCat("{\"tool_choice\":\"auto\",", user, "}"), "/tool_choice"},
      {absl::StrCat("{\"tool_choice\":{\"type\":\"some\"},", user, "}"), "/tool_choice/type"},
      {absl::StrCat("{\"max_tokens\":\"5\",", user, "}"), "/max_tokens"},
      {absl::StrCat("{\"stop_sequences\":\"x\",", user, "}"), "/stop_sequences"},
  };
  for (const auto& [body, place] : cases) {
    EXPECT_THAT(kCodec.DecodeRequest(body),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(place)))
        << body;
  }
}

TEST(AnthropicRequest, ComesBackAsItWent) {
  const std::string body = R"({
    "model": "m", "max_tokens": 100, "system": [
      {"type": "text", "text": "Be kind", "cache_control": {"type": "ephemeral"}}],
    "messages": [
      {"role": "user", "content": "Hi"},
      {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "Hm", "signature": "sig"},
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1},
         "cache_control": {"type": "ephemeral"}}]},
      {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": true,
         "content": [{"type": "text", "text": "boom"}, {"type": "document", "source": {"a": 1}}]},
        {"type": "text", "text": "And now?", "cache_control": {"type": "ephemeral"}}]},
      {"role": "system", "content": [{"type": "text", "text": "Be brief"},
                                     {"type": "text", "text": "please"}]},
      {"role": "user", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}},
        {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
        {"type": "image", "source": {"type": "file", "file_id": "f1"}}]}],
    "tools": [
      {"name": "f", "description": "d", "input_schema": {"type": "object"}, "strict": true,
       "defer_loading": true},
      {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}],
    "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"a": 1.5}}},
    "thinking": {"type": "adaptive"}, "top_k": 5, "metadata": {"user_id": "u"},
    "stop_sequences": ["x"], "stream": true})";
  const auto request = kCodec.DecodeRequest(body);
  ASSERT_THAT(request, IsOk());
  const auto written = kCodec.EncodeRequest(*request, {.path = "p", .model = "m"});
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ(written->fidelity.fidelity(), v1::FIDELITY_EXACT);
  EXPECT_TRUE(SameJson(written->body, body)) << written->body;
}

}  // namespace
}  // namespace warmpath
