#include "provider/openai/codec.h"

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

const OpenAiChatCodec kCodec;

std::string Chunk(const std::string& delta, const std::string& finish = "null") {
  return absl::StrCat("{\"id\":\"c1\",\"model\":\"m-1\",\"system_fingerprint\":\"fp\",\"choices\":[{",
                      "\"index\":0,\"delta\":", delta, ",\"finish_reason\":", finish, "}]}");
}

std::string Answer(const std::string& message, const std::string& finish) {
  return absl::StrCat("{\"id\":\"c1\",\"model\":\"m-1\",\"choices\":[{\"index\":0,\"message\":", message,
                      ",\"finish_reason\":", finish, "}]}");
}

const std::string kCalls =
    "{\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\","
    "\"arguments\":\"{}\"}}]}";

struct StopCase {
  std::string message;
  std::string finish;
  v1::Outcome outcome;
  v1::RefusalOrigin origin = v1::REFUSAL_ORIGIN_UNSPECIFIED;
};

TEST(OpenAiAnswer, OutcomeComesFromTheContentFirst) {
  const std::string text = "{\"content\":\"hi\",\"refusal\":null}";
  const std::string refusal = "{\"content\":null,\"refusal\":\"No.\"}";
  const std::vector<StopCase> cases = {
      {text, "\"stop\"", v1::OUTCOME_END},
      {text, "\"length\"", v1::OUTCOME_LENGTH},
      {text, "\"content_filter\"", v1::OUTCOME_REFUSED, v1::REFUSAL_ORIGIN_FILTER},
      {text, "\"tool_calls\"", v1::OUTCOME_UNKNOWN},
      {text, "\"made_up\"", v1::OUTCOME_UNKNOWN},
      {text, "\"\"", v1::OUTCOME_UNKNOWN},
      {text, "null", v1::OUTCOME_UNKNOWN},
      {kCalls, "\"stop\"", v1::OUTCOME_TOOL_CALLS},
      {kCalls, "\"tool_calls\"", v1::OUTCOME_TOOL_CALLS},
      {kCalls, "\"length\"", v1::OUTCOME_TOOL_CALLS},
      {"{\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}}", "\"function_call\"",
       v1::OUTCOME_TOOL_CALLS},
      {refusal, "\"stop\"", v1::OUTCOME_REFUSED, v1::REFUSAL_ORIGIN_MODEL},
  };
  for (const StopCase& c : cases) {
    const v1::Observation whole = DecodeBody(kCodec, Answer(c.message, c.finish));
    EXPECT_EQ(whole.outcome(), c.outcome) << c.message << c.finish;
    EXPECT_EQ(whole.refusal_origin(), c.origin) << c.message << c.finish;
    if (c.finish == "null" || c.finish == "\"\"") continue;
    const v1::Observation streamed =
        DecodeStream(kCodec, Sse({Chunk(c.message), Chunk("{}", c.finish), "[DONE]"}));
    EXPECT_EQ(streamed.outcome(), c.outcome) << c.message << c.finish;
    EXPECT_EQ(absl::StrCat("\"", streamed.native_stop_reason(), "\""), c.finish);
  }
}

TEST(OpenAiAnswer, EveryOutcomeIsWrittenAsAReasonThatSdksKnow) {
  const std::vector<std::pair<v1::Outcome, std::string>> cases = {
      {v1::OUTCOME_END, "stop"},           {v1::OUTCOME_STOP_SEQUENCE, "stop"},
      {v1::OUTCOME_TOOL_CALLS, "tool_calls"}, {v1::OUTCOME_LENGTH, "length"},
      {v1::OUTCOME_CONTEXT_WINDOW, "length"}, {v1::OUTCOME_PAUSED, "length"},
      {v1::OUTCOME_MALFORMED, "length"},   {v1::OUTCOME_UNKNOWN, "length"},
      {v1::OUTCOME_HANDOVER, "stop"},      {v1::OUTCOME_REFUSED, "content_filter"},
  };
  for (const auto& [outcome, reason] : cases) {
    v1::Observation observation;
    observation.set_outcome(outcome);
    observation.set_text("t");
    observation.set_refusal_origin(v1::REFUSAL_ORIGIN_FILTER);
    const auto body = ParseJson(kCodec.EncodeAnswer(observation, {.id = "id", .model = "m"}));
    ASSERT_THAT(body, IsOk());
    EXPECT_EQ(*FindString(*body, "/choices/0/finish_reason"), reason);
  }
}

TEST(OpenAiAnswer, AModelsRefusalIsAlwaysSeenAsOne) {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_REFUSED);
  observation.set_refusal_origin(v1::REFUSAL_ORIGIN_MODEL);
  const v1::Observation back =
      DecodeBody(kCodec, kCodec.EncodeAnswer(observation, {.id = "id", .model = "m"}));
  EXPECT_EQ(back.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(back.refusal_origin(), v1::REFUSAL_ORIGIN_MODEL);
}

TEST(OpenAiAnswer, FailuresOfA200) {
  const std::vector<std::pair<std::string, v1::FailureClass>> cases = {
      {"", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {"<html>busy</html>", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"[]", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"{\"ok\":true}", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"{\"choices\":[]}", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Answer("{\"content\":\"\"}", "\"stop\""), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Answer("{\"content\":\" \\n\"}", "\"stop\""), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Answer("{\"content\":null,\"reasoning_content\":\"Hm\"}", "\"stop\""),
       v1::FAILURE_CLASS_EMPTY_ANSWER},
      {"{\"error\":{\"message\":\"x\",\"type\":\"server_error\",\"code\":null}}",
       v1::FAILURE_CLASS_SERVER_ERROR},
      {"{\"error\":{\"message\":\"x\",\"code\":429}}", v1::FAILURE_CLASS_RATE_LIMITED},
      {"{\"error\":\"out of memory\"}", v1::FAILURE_CLASS_SERVER_ERROR},
  };
  for (const auto& [body, failure_class] : cases) {
    const v1::Observation observation = DecodeBody(kCodec, body);
    EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED) << body;
    EXPECT_EQ(observation.failure().failure_class(), failure_class) << body;
  }
}

// Azure's filter speaks OpenAI's dialect with words of its own.
TEST(OpenAiAnswer, AzuresFilterIsARefusalWhereverItStrikes) {
  const std::string blocked =
      "{\"error\":{\"message\":\"The response was filtered\",\"type\":null,\"param\":\"prompt\","
      "\"code\":\"content_filter\",\"status\":400,\"innererror\":{\"code\":"
      "\"ResponsibleAIPolicyViolation\",\"content_filter_result\":{\"hate\":{\"filtered\":true}}}}}";
  const v1::Observation prompt = DecodeBody(kCodec, blocked, 400);
  EXPECT_EQ(prompt.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(prompt.refusal_origin(), v1::REFUSAL_ORIGIN_PROMPT_BLOCK);
  EXPECT_THAT(prompt.native_stop_detail(), HasSubstr("content_filter_result"));

  const std::string preamble =
      "{\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\","
      "\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":{\"hate\":"
      "{\"filtered\":false,\"severity\":\"safe\"}}}]}";
  EXPECT_EQ(kCodec.Classify("", preamble), PieceKind::kPreamble);
  const v1::Observation good = DecodeStream(
      kCodec, Sse({preamble, Chunk("{\"content\":\"hi\"}"), Chunk("{}", "\"stop\""), "[DONE]"}));
  EXPECT_EQ(good.outcome(), v1::OUTCOME_END);
  EXPECT_EQ(good.served_model(), "m-1") << "the empty one of the preamble does not count";

  const v1::Observation cut = DecodeStream(
      kCodec, Sse({preamble, Chunk("{\"content\":\"hi\"}"), Chunk("{}", "\"content_filter\""), "[DONE]"}));
  EXPECT_EQ(cut.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(cut.refusal_origin(), v1::REFUSAL_ORIGIN_FILTER);
  EXPECT_EQ(cut.text(), "hi");
}

TEST(OpenAiAnswer, AnAnswerCutByTheLimitIsNoEmptyOne) {
  const v1::Observation observation =
      DecodeBody(kCodec, Answer("{\"content\":\"\"}", "\"length\""));
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_LENGTH);
}

TEST(OpenAiAnswer, ReadsUsageModelAndBuild) {
  const v1::Observation observation = DecodeBody(
      kCodec,
      "{\"id\":\"c9\",\"model\":\"m-2\",\"system_fingerprint\":\"fp_1\",\"choices\":[{\"index\":0,"
      "\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":7,"
      "\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":5}}}");
  EXPECT_EQ(observation.served_model(), "m-2");
  EXPECT_EQ(observation.served_build(), "fp_1");
  EXPECT_EQ(observation.upstream_request_id(), "c9");
  EXPECT_EQ(observation.usage().input_tokens(), 7);
  EXPECT_EQ(observation.usage().output_tokens(), 3);
  EXPECT_EQ(observation.usage().cached_input_tokens(), 5);
}

TEST(OpenAiAnswer, KeepsArgumentsAsTheyCame) {
  const std::string call = "{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"\"{\\\"a\\\": 1/6}\"", "{\"a\": 1/6}"},
      {"\"print(1)\"", "print(1)"},
      {"{\"a\":[1,2]}", "{\"a\":[1,2]}"},
      {"null", ""},
      {"\"\"", ""},
  };
  for (const auto& [wire, text] : cases) {
    const v1::Observation observation =
        DecodeBody(kCodec, Answer(absl::StrCat(call, wire, "}}]}"), "\"tool_calls\""));
    ASSERT_EQ(observation.tool_calls_size(), 1) << wire;
    EXPECT_EQ(observation.tool_calls(0).arguments_json(), text);
  }
}

// "name(arguments)#id" for each call.
std::vector<std::string> Calls(const v1::Observation& observation) {
  std::vector<std::string> calls;
  for (const v1::ToolCall& call : observation.tool_calls()) {
    calls.push_back(absl::StrCat(call.name(), "(", call.arguments_json(), ")#", call.id()));
  }
  return calls;
}

std::string Piece(const std::string& index, const std::string& id, const std::string& name,
                  const std::string& arguments) {
  std::string piece = "{\"tool_calls\":[{";
  if (!index.empty()) absl::StrAppend(&piece, "\"index\":", index, ",");
  if (!id.empty()) absl::StrAppend(&piece, "\"id\":\"", id, "\",");
  absl::StrAppend(&piece, "\"function\":{");
  if (!name.empty()) absl::StrAppend(&piece, "\"name\":\"", name, "\",");
  absl::StrAppend(&piece, "\"arguments\":", ToJson(boost::json::string(arguments)), "}}]}");
  return Chunk(piece);
}

std::vector<std::string> StreamedCalls(std::vector<std::string> chunks) {
  chunks.push_back(Chunk("{}", "\"tool_calls\""));
  const v1::Observation observation = DecodeStream(kCodec, Sse(chunks));
  // What the deltas say, joined, is what the Observation says.
  std::map<int, v1::ToolCall> joined;
  for (const v1::Delta& delta : Pieces(kCodec, Sse(chunks))) {
    const v1::ToolCallDelta& piece = delta.tool_call();
    v1::ToolCall& call = joined[piece.index()];
    if (!piece.id().empty()) call.set_id(piece.id());
    if (!piece.name().empty()) call.set_name(piece.name());
    call.mutable_arguments_json()->append(piece.arguments_json());
  }
  v1::Observation from_pieces;
  for (const auto& [index, call] : joined) *from_pieces.add_tool_calls() = call;
  EXPECT_EQ(Calls(from_pieces), Calls(observation));
  return Calls(observation);
}

TEST(OpenAiStream, JoinsInterleavedCallsByIndex) {
  EXPECT_THAT(StreamedCalls({Piece("0", "a", "f", ""), Piece("1", "b", "g", "{\"y\""),
                             Piece("0", "", "", "{\"x\":"), Piece("1", "", "", ":2}"),
                             Piece("0", "", "", "1}")}),
              ElementsAre("f({\"x\":1})#a", "g({\"y\":2})#b"));
}

TEST(OpenAiStream, IndexesMayHaveGapsAndBeginAnywhere) {
  EXPECT_THAT(StreamedCalls({Piece("3", "a", "f", "{}"), Piece("7", "b", "g", "{}")}),
              ElementsAre("f({})#a", "g({})#b"));
}

TEST(OpenAiStream, IdsMayBeMissingRepeatedOrNewOnEveryPiece) {
  EXPECT_THAT(StreamedCalls({Piece("0", "", "f", "{\"x\""), Piece("0", "", "", ":1}")}),
              ElementsAre("f({\"x\":1})#"));
  EXPECT_THAT(StreamedCalls({Piece("0", "a", "f", "{\"x\""), Piece("0", "a", "f", ":1}")}),
              ElementsAre("f({\"x\":1})#a"));
  EXPECT_THAT(StreamedCalls({Piece("0", "a", "f", "{\"x\""), Piece("0", "b", "", ":1}")}),
              ElementsAre("f({\"x\":1})#a"));
  EXPECT_THAT(StreamedCalls({Piece("0", "a", "f", "{\"x\""), Piece("0", "b", "f", ":1}")}),
              ElementsAre("f({\"x\":1})#a"));
}

TEST(OpenAiStream, CallsThatShareAnIndexStayApart) {
  EXPECT_THAT(StreamedCalls({Piece("0", "a", "f", "{\"x\":1}"), Piece("0", "b", "f", "{\"x\":2}")}),
              ElementsAre("f({\"x\":1})#a", "f({\"x\":2})#b"));
}

TEST(OpenAiStream, CallsWithoutIndexAreToldApartByIdAndName) {
  EXPECT_THAT(StreamedCalls({Piece("", "a", "f", "{\"x\":1}"), Piece("", "b", "g", "{"),
                             Piece("", "", "", "}")}),
              ElementsAre("f({\"x\":1})#a", "g({})#b"));
}

TEST(OpenAiStream, ArgumentsThatParseEarlyGoOn) {
  EXPECT_THAT(StreamedCalls({Piece("0", "a", "f", "1"), Piece("0", "", "", "2")}),
              ElementsAre("f(12)#a"));
}

TEST(OpenAiStream, JoinsOldStyleFunctionCalls) {
  EXPECT_THAT(StreamedCalls({Chunk("{\"function_call\":{\"name\":\"f\",\"arguments\":\"{\"}}"),
                             Chunk("{\"function_call\":{\"arguments\":\"}\"}}")}),
              ElementsAre("f({})#"));
}

TEST(OpenAiStream, TextArrivesBeforeBetweenAndAfterCalls) {
  const v1::Observation observation = DecodeStream(
      kCodec, Sse({Chunk("{\"content\":\"a\"}"), Piece("0", "i", "f", "{}"),
                   Chunk("{\"content\":\"b\"}"), Chunk("{\"content\":\"c\"}", "\"tool_calls\"")}));
  EXPECT_EQ(observation.text(), "abc");
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_TOOL_CALLS);
}

TEST(OpenAiStream, PartsOfContentAreRead) {
  const v1::Observation observation = DecodeStream(
      kCodec,
      Sse({Chunk("{\"content\":[{\"type\":\"thinking\",\"thinking\":[]}]}"),
           Chunk("{\"content\":[{\"type\":\"text\",\"text\":\"4\"}]}", "\"stop\"")}));
  EXPECT_EQ(observation.text(), "4");
  EXPECT_EQ(observation.opaque_size(), 1);
}

TEST(OpenAiStream, DoneProvesNothing) {
  const v1::Observation observation =
      DecodeStream(kCodec, Sse({Chunk("{\"content\":\"a\"}"), "[DONE]"}));
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_INTERRUPTED);
  EXPECT_EQ(observation.failure().failure_class(), v1::FAILURE_CLASS_INTERRUPTED);
  EXPECT_EQ(observation.text(), "a");
}

TEST(OpenAiStream, MissingDoneIsFine) {
  EXPECT_EQ(DecodeStream(kCodec, Sse({Chunk("{\"content\":\"a\"}", "\"stop\"")})).outcome(),
            v1::OUTCOME_END);
}

TEST(OpenAiStream, CutAnywhereItIsInterruptedUntilItsFinishReason) {
  const std::string finish = Sse({Chunk("{}", "\"tool_calls\"")});
  const std::string before =
      Sse({Chunk("{\"content\":\"héllo\"}"), Piece("0", "a", "f", "{\"x\""),
           Piece("0", "", "", ":1}")});
  const std::string stream = before + finish + Sse({"[DONE]"});
  // The event counts once the blank line behind it has begun.
  const size_t complete = before.size() + finish.size();
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    const v1::Observation observation = DecodeStream(kCodec, stream.substr(0, cut));
    if (cut < complete) {
      ASSERT_EQ(observation.outcome(), v1::OUTCOME_INTERRUPTED) << cut;
    } else {
      ASSERT_EQ(observation.outcome(), v1::OUTCOME_TOOL_CALLS) << cut;
      ASSERT_THAT(Calls(observation), ElementsAre("f({\"x\":1})#a"));
    }
  }
}

TEST(OpenAiStream, AnErrorInsideItFailsIt) {
  const std::string error = "{\"error\":{\"message\":\"x\",\"type\":\"server_error\",\"code\":null}}";
  for (const std::string& stream :
       {Sse({error}), Sse({Chunk("{\"content\":\"a\"}"), error}),
        Sse({Chunk("{\"content\":\"a\"}"), Chunk("{}", "\"stop\""), error})}) {
    const v1::Observation observation = DecodeStream(kCodec, stream);
    EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED);
    EXPECT_EQ(observation.failure().failure_class(), v1::FAILURE_CLASS_SERVER_ERROR);
  }
}

TEST(OpenAiStream, GarbageInsideItFailsIt) {
  const v1::Observation observation =
      DecodeStream(kCodec, Sse({Chunk("{\"content\":\"a\"}"), "{oops", Chunk("{}", "\"stop\"")}));
  EXPECT_EQ(observation.failure().failure_class(), v1::FAILURE_CLASS_MALFORMED_ANSWER);
}

struct PieceCase {
  std::string data;
  PieceKind kind;
  std::string event = "";
};

TEST(OpenAiClassify, TellsPiecesApartWithoutParsing) {
  const std::vector<PieceCase> cases = {
      {Chunk("{\"role\":\"assistant\",\"content\":\"\"}"), PieceKind::kPreamble},
      {Chunk("{\"role\":\"assistant\",\"content\":null,\"refusal\":null}"), PieceKind::kPreamble},
      {Chunk("{\"content\":\"\",\"refusal\":\"\",\"tool_calls\":null}"), PieceKind::kPreamble},
      {Chunk("{\"reasoning_content\":\"Hm\"}"), PieceKind::kPreamble},
      {"[DONE]", PieceKind::kPreamble},
      {"{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}", PieceKind::kPreamble},
      {Chunk("{\"content\":\"a\"}"), PieceKind::kContent},
      {Chunk("{\"content\" : \" \"}"), PieceKind::kContent},
      {Chunk("{\"content\":\"say \\\"finish_reason\\\":\\\"stop\\\"\"}"), PieceKind::kContent},
      {Chunk("{\"content\":\"{\\\"error\\\": {}}\"}"), PieceKind::kContent},
      {Chunk("{\"refusal\":\"No\"}"), PieceKind::kContent},
      {Piece("0", "a", "f", ""), PieceKind::kContent},
      {Chunk("{\"function_call\":{\"name\":\"f\"}}"), PieceKind::kContent},
      {Chunk("{}", "\"stop\""), PieceKind::kTerminal},
      {Chunk("{\"content\":\"a\"}", "\"stop\""), PieceKind::kTerminal},
      {Chunk("{}", "\"\""), PieceKind::kPreamble},
      {"{\"error\":{\"message\":\"x\"}}", PieceKind::kError},
      {" {\"id\":\"1\",\"error\" : {\"code\":502},\"choices\":[{\"finish_reason\":\"error\"}]}",
       PieceKind::kError},
      {"{\"id\":\"1\",\"error\":null,\"choices\":[]}", PieceKind::kPreamble},
      {"{\"message\":\"x\"}", PieceKind::kError, "error"},
      {"{\"choices\":[{\"content_filter_results\":{\"error\":{\"code\":\"x\"}},\"delta\":{}}]}",
       PieceKind::kPreamble},
  };
  for (const PieceCase& c : cases) {
    EXPECT_EQ(kCodec.Classify(c.event, c.data), c.kind) << c.data;
  }
}

struct ErrorCase {
  int status;
  std::string body;
  v1::FailureClass failure_class;
};

TEST(OpenAiErrors, AreClassifiedByCodeThenStatus) {
  const std::vector<ErrorCase> cases = {
      {400, "{\"error\":{\"type\":\"invalid_request_error\",\"code\":null}}",
       v1::FAILURE_CLASS_INVALID_REQUEST},
      {400, "{\"error\":{\"code\":\"context_length_exceeded\"}}",
       v1::FAILURE_CLASS_CONTEXT_WINDOW},
      {400, "{\"error\":{\"message\":\"This model's maximum context length is 5 tokens\"}}",
       v1::FAILURE_CLASS_CONTEXT_WINDOW},
      {400,
       "{\"error\":{\"code\":\"string_above_max_length\",\"message\":\"Invalid "
       "'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40\"}}",
       v1::FAILURE_CLASS_HISTORY},
      {400, "{\"error\":{\"code\":\"invalid_encrypted_content\"}}", v1::FAILURE_CLASS_HISTORY},
      {401, "{\"error\":{\"code\":401}}", v1::FAILURE_CLASS_AUTH},
      {403, "", v1::FAILURE_CLASS_AUTH},
      {404, "{\"error\":{\"code\":\"model_not_found\"}}", v1::FAILURE_CLASS_NOT_FOUND},
      {408, "", v1::FAILURE_CLASS_TIMEOUT},
      {413, "", v1::FAILURE_CLASS_TOO_LARGE},
      {413, "{\"error\":{\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}",
       v1::FAILURE_CLASS_RATE_LIMITED},
      {422, "", v1::FAILURE_CLASS_INVALID_REQUEST},
      {429, "{\"error\":{\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}",
       v1::FAILURE_CLASS_RATE_LIMITED},
      {429, "{\"error\":{\"code\":\"slow_down\"}}", v1::FAILURE_CLASS_RATE_LIMITED},
      {429, "{\"error\":{\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
       v1::FAILURE_CLASS_QUOTA},
      {402, "", v1::FAILURE_CLASS_QUOTA},
      {500, "{\"error\":{\"type\":\"server_error\"}}", v1::FAILURE_CLASS_SERVER_ERROR},
      {502, "<html>502 Bad Gateway</html>", v1::FAILURE_CLASS_SERVER_ERROR},
      {503, "{\"error\":{\"code\":\"server_is_overloaded\"}}", v1::FAILURE_CLASS_OVERLOADED},
      {504, "", v1::FAILURE_CLASS_TIMEOUT},
      {503, "[{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}]",
       v1::FAILURE_CLASS_OVERLOADED},
      {400, "{\"error\":{\"code\":\"tool_use_failed\"}}", v1::FAILURE_CLASS_MALFORMED_ANSWER},
  };
  for (const ErrorCase& c : cases) {
    const WireAnswer answer{.http_status = c.status, .streamed = false, .body = c.body};
    EXPECT_EQ(kCodec.ClassifyError(answer).failure_class(), c.failure_class)
        << c.status << " " << c.body;
    const v1::Observation observation = kCodec.DecodeAnswer(answer);
    EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED);
    EXPECT_EQ(observation.failure().failure_class(), c.failure_class);
    EXPECT_EQ(observation.http_status(), c.status);
  }
}

TEST(OpenAiErrors, ABlockedPromptIsARefusal) {
  const v1::Observation observation = DecodeBody(
      kCodec,
      "{\"error\":{\"code\":\"content_filter\",\"status\":400,\"innererror\":{\"code\":"
      "\"ResponsibleAIPolicyViolation\"}}}",
      400);
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(observation.refusal_origin(), v1::REFUSAL_ORIGIN_PROMPT_BLOCK);
  EXPECT_FALSE(observation.has_failure());
}

TEST(OpenAiErrors, MessagesNeverQuoteTheVendor) {
  const v1::Failure failure = kCodec.ClassifyError(
      {.http_status = 401,
       .streamed = false,
       .body = "{\"error\":{\"message\":\"Wrong key sk-1234\",\"type\":\"bad key sk-1234 \\n\"}}"});
  EXPECT_THAT(failure.message(), Not(HasSubstr("Wrong key")));
  EXPECT_THAT(failure.message(), Not(HasSubstr("\n")));
}

TEST(OpenAiErrors, RetryAfterIsReadInSecondsOnly) {
  const auto wait = [](std::string_view value) {
    const v1::Failure failure =
        kCodec.ClassifyError({.http_status = 429, .streamed = false, .body = "",
                              .retry_after = value});
    return failure.has_retry_after() ? failure.retry_after().seconds() * 1000 +
                                           failure.retry_after().nanos() / 1000000
                                     : -1;
  };
  EXPECT_EQ(wait("20"), 20000);
  EXPECT_EQ(wait("0.5"), 500);
  EXPECT_EQ(wait("-1"), -1);
  EXPECT_EQ(wait("0"), -1);
  EXPECT_EQ(wait("nan"), -1);
  EXPECT_EQ(wait("Wed, 21 Oct 2026 07:28:00 GMT"), -1);
}

TEST(OpenAiErrors, AreWrittenWithAllFourKeys) {
  v1::Failure failure;
  failure.set_failure_class(v1::FAILURE_CLASS_OVERLOADED);
  failure.set_message("no path is green");
  const ErrorReply reply = kCodec.EncodeError(failure, "r");
  EXPECT_EQ(reply.http_status, 503);
  EXPECT_TRUE(SameJson(reply.body,
                       "{\"error\":{\"message\":\"no path is green\",\"type\":"
                       "\"service_unavailable_error\",\"param\":null,\"code\":"
                       "\"server_is_overloaded\"}}"))
      << reply.body;
  const std::string event = kCodec.EncodeStreamError(failure, "r");
  EXPECT_EQ(event, absl::StrCat("data: ", reply.body, "\n\n"));
}

TEST(OpenAiErrors, EveryClassComesBackAsItWent) {
  for (int i = 1; i <= v1::FailureClass_MAX; ++i) {
    const auto failure_class = static_cast<v1::FailureClass>(i);
    v1::Failure failure;
    failure.set_failure_class(failure_class);
    const ErrorReply reply = kCodec.EncodeError(failure, "r");
    EXPECT_GE(reply.http_status, 400);
    const auto body = ParseJson(reply.body);
    ASSERT_THAT(body, IsOk());
    for (const char* key : {"/error/message", "/error/type", "/error/param", "/error/code"}) {
      EXPECT_NE(Find(*body, key), nullptr) << reply.body;
    }
  }
}

TEST(OpenAiStreamEncoder, WritesWhatItsOwnDecoderReads) {
  const std::string stream =
      Sse({Chunk("{\"role\":\"assistant\",\"content\":\"\"}"), Chunk("{\"content\":\"Hi\"}"),
           Piece("0", "a", "f", ""), Piece("0", "", "", "{\"x\":1}"), Piece("1", "b", "g", ""),
           Chunk("{}", "\"tool_calls\""),
           "{\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2}}", "[DONE]"});
  const v1::Observation observation = DecodeStream(kCodec, stream);
  const std::string written = EncodeStream(kCodec, Pieces(kCodec, stream), observation);
  const v1::Observation back = DecodeStream(kCodec, written);
  EXPECT_EQ(back.outcome(), v1::OUTCOME_TOOL_CALLS);
  EXPECT_EQ(back.text(), "Hi");
  // A call without arguments says so: SDKs parse them.
  EXPECT_THAT(Calls(back), ElementsAre("f({\"x\":1})#a", "g({})#b"));
  EXPECT_EQ(back.usage().input_tokens(), 4);
  EXPECT_THAT(written, ::testing::EndsWith("data: [DONE]\n\n"));
}

TEST(OpenAiStreamEncoder, WritesAnAnswerThatCameWhole) {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_TOOL_CALLS);
  observation.set_text("Hi");
  v1::ToolCall* call = observation.add_tool_calls();
  call->set_name("f");
  call->set_arguments_json("{\"x\":1}");
  const v1::Observation back = DecodeStream(kCodec, EncodeStream(kCodec, {}, observation));
  EXPECT_EQ(back.text(), "Hi");
  ASSERT_EQ(back.tool_calls_size(), 1);
  EXPECT_THAT(back.tool_calls(0).id(), ::testing::StartsWith("call_"));
}

TEST(OpenAiStreamEncoder, ABrokenAnswerNeverEndsPolitely) {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_INTERRUPTED);
  observation.mutable_failure()->set_failure_class(v1::FAILURE_CLASS_INTERRUPTED);
  v1::Delta piece;
  piece.set_text("half");
  const std::string written = EncodeStream(kCodec, {piece}, observation);
  EXPECT_THAT(written, Not(HasSubstr("[DONE]")));
  EXPECT_THAT(written, Not(HasSubstr("\"stop\"")));
  EXPECT_EQ(DecodeStream(kCodec, written).outcome(), v1::OUTCOME_FAILED);
}

TEST(OpenAiRequest, NamesWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{\"messages\":[", "byte"},
      {"[]", "JSON object"},
      {"{\"messages\":[]}", "/messages"},
      {"{\"messages\":\"hi\"}", "/messages"},
      {"{\"messages\":[1]}", "/messages/0"},
      {"{\"messages\":[{\"role\":\"robot\"}]}", "/messages/0/role"},
      {"{\"messages\":[{\"role\":\"user\",\"content\":5}]}", "/messages/0/content"},
      {"{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":1}]}]}", "/messages/0/content/0"},
      {"{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{}]}]}",
       "/messages/0/tool_calls/0/function"},
      {"{\"messages\":[{\"role\":\"user\"}],\"temperature\":\"hot\"}", "/temperature"},
      {"{\"messages\":[{\"role\":\"user\"}],\"stop\":[1]}", "/stop"},
      {"{\"messages\":[{\"role\":\"user\"}],\"tools\":[{\"type\":\"function\"}]}", "/tools/0"},
      {"{\"messages\":[{\"role\":\"user\"}],\"tool_choice\":\"maybe\"}", "/tool_choice"},
      {"{\"messages\":[{\"role\":\"user\"}],\"max_tokens\":1.5}", "/max_tokens"},
  };
  for (const auto& [body, place] : cases) {
    EXPECT_THAT(kCodec.DecodeRequest(body),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(place)))
        << body;
  }
}

TEST(OpenAiRequest, KeepsEveryUnknownField) {
  const std::string body =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"developer\",\"content\":\"Be kind\"},{\"role\":\"user\","
      "\"name\":\"Ann\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"},{\"type\":\"input_audio\","
      "\"input_audio\":{\"data\":\"AA\"}}]}],\"seed\":7,\"future_field\":{\"a\":[1,null]},\"max_tokens\":5}";
  const auto request = kCodec.DecodeRequest(body);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->extra_json().at("seed"), "7");
  EXPECT_EQ(request->extra_json().at("future_field"), "{\"a\":[1,null]}");
  const auto written = kCodec.EncodeRequest(*request, {.path = "p", .model = "m2"});
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ(written->fidelity.fidelity(), v1::FIDELITY_EXACT);
  EXPECT_TRUE(SameJson(
      written->body,
      "{\"model\":\"m2\",\"messages\":[{\"role\":\"system\",\"content\":\"Be kind\"},{\"role\":\"user\","
      "\"name\":\"Ann\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"},{\"type\":\"input_audio\","
      "\"input_audio\":{\"data\":\"AA\"}}]}],\"seed\":7,\"future_field\":{\"a\":[1,null]},\"max_tokens\":5}"))
      << written->body;
}

// Bifrost #7348: allowed_tools was dropped. What may not be called is not declared abroad.
TEST(OpenAiRequest, AllowedToolsLeaveOnlyThoseThatMayBeCalled) {
  const auto request = kCodec.DecodeRequest(
      R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"parallel_tool_calls":false,
        "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required",
          "tools":[{"type":"function","function":{"name":"g"}}]}}})");
  ASSERT_THAT(request, IsOk());
  ASSERT_EQ(request->tools_size(), 1);
  EXPECT_EQ(request->tools(0).name(), "g");
  EXPECT_EQ(request->tool_choice().mode(), v1::TOOL_CHOICE_MODE_REQUIRED);
  const auto written = kCodec.EncodeRequest(*request, {.path = "p", .model = "m"});
  ASSERT_THAT(written, IsOk());
  // Written once, as it came.
  const size_t at = written->body.find("\"tool_choice\"");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(written->body.find("\"tool_choice\"", at + 1), std::string::npos);
  EXPECT_THAT(written->body, HasSubstr("\"allowed_tools\""));
}

TEST(OpenAiRequest, AllowedToolsMustBeDeclared) {
  EXPECT_THAT(kCodec.DecodeRequest(
                  R"({"messages":[{"role":"user"}],"tools":[{"type":"function","function":{"name":"f"}}],
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"name":"g"}]}}})"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/allowed_tools/tools/0")));
}

TEST(OpenAiRequest, CustomToolsAndTheirCallsStayWhatTheyAre) {
  const std::string body =
      R"({"model":"m2","messages":[{"role":"user","content":"Hi"},
        {"role":"assistant","content":null,"tool_calls":[
          {"id":"a","type":"custom","custom":{"name":"sql","input":"SELECT 1"}},
          {"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"a","content":"1"},
        {"role":"tool","tool_call_id":"b","content":"ok"}],
        "tools":[{"type":"custom","custom":{"name":"sql","format":{"type":"text"}}},
          {"type":"function","function":{"name":"f"}}],
        "tool_choice":{"type":"custom","custom":{"name":"sql"}}})";
  const auto request = kCodec.DecodeRequest(body);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->tools(0).name(), "sql");
  EXPECT_EQ(request->messages(1).tool_calls(0).arguments_json(), "SELECT 1");
  const auto written = kCodec.EncodeRequest(*request, {.path = "p", .model = "m2"});
  ASSERT_THAT(written, IsOk());
  EXPECT_TRUE(SameJson(written->body, body)) << written->body;
}

TEST(OpenAiStream, ACallOfACustomToolIsJoined) {
  const v1::Observation observation = DecodeStream(
      kCodec,
      Sse({Chunk(R"({"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"sql","input":"SELECT "}}]})"),
           Chunk(R"({"tool_calls":[{"index":0,"custom":{"input":"1"}}]})"),
           Chunk("{}", "\"tool_calls\"")}));
  EXPECT_THAT(Calls(observation), ElementsAre("sql(SELECT 1)#a"));
}

TEST(OpenAiStream, ARefusalIsStreamedAsOne) {
  const std::string stream =
      Sse({Chunk("{\"role\":\"assistant\",\"content\":null,\"refusal\":\"\"}"),
           Chunk("{\"refusal\":\"I \"}"), Chunk("{\"refusal\":\"won't.\"}"), Chunk("{}", "\"stop\""),
           "[DONE]"});
  const v1::Observation observation = DecodeStream(kCodec, stream);
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(observation.refusal(), "I won't.");
  const v1::Observation back =
      DecodeStream(kCodec, EncodeStream(kCodec, Pieces(kCodec, stream), observation));
  EXPECT_EQ(back.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(back.refusal(), "I won't.");
}

// OpenAI pads every chunk; the padding is no content and no difference.
TEST(OpenAiStream, ObfuscationIsPassedOver) {
  const auto padded = [](std::string chunk) {
    chunk.insert(1, "\"obfuscation\":\"pAd3d\",");
    return chunk;
  };
  EXPECT_EQ(kCodec.Classify("", padded(Chunk("{\"role\":\"assistant\",\"content\":\"\"}"))),
            PieceKind::kPreamble);
  const v1::Observation plain =
      DecodeStream(kCodec, Sse({Chunk("{\"content\":\"a\"}"), Chunk("{}", "\"stop\"")}));
  const v1::Observation observation = DecodeStream(
      kCodec, Sse({padded(Chunk("{\"content\":\"a\"}")), padded(Chunk("{}", "\"stop\""))}));
  EXPECT_EQ(observation.SerializeAsString(), plain.SerializeAsString());
}

}  // namespace
}  // namespace warmpath
