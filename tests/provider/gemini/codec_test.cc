#include "provider/gemini/codec.h"

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
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const GeminiCodec kCodec;
constexpr char kText[] = R"([{"text":"hi"}])";
constexpr char kCall[] = R"([{"functionCall":{"name":"f","args":{"a":1}}}])";

// One response; `finish` without quotes, "" for none.
std::string Response(const std::string& parts, const std::string& finish = "",
                     const std::string& more = "") {
  return absl::StrCat(
      "{\"candidates\":[{\"content\":{\"parts\":", parts, ",\"role\":\"model\"}",
      finish.empty() ? "" : absl::StrCat(",\"finishReason\":\"", finish, "\""), ",\"index\":0}]",
      more, ",\"modelVersion\":\"gemini-x-001\",\"responseId\":\"r1\"}");
}

struct StopCase {
  std::string reason;
  v1::Outcome outcome;
};

// All of section 6, and one that nobody has heard of.
const std::vector<StopCase>& Stops() {
  static const std::vector<StopCase> stops = {
      {"STOP", v1::OUTCOME_END},
      {"MAX_TOKENS", v1::OUTCOME_LENGTH},
      {"SAFETY", v1::OUTCOME_REFUSED},
      {"RECITATION", v1::OUTCOME_REFUSED},
      {"LANGUAGE", v1::OUTCOME_UNKNOWN},
      {"OTHER", v1::OUTCOME_UNKNOWN},
      {"BLOCKLIST", v1::OUTCOME_REFUSED},
      {"PROHIBITED_CONTENT", v1::OUTCOME_REFUSED},
      {"SPII", v1::OUTCOME_REFUSED},
      {"MALFORMED_FUNCTION_CALL", v1::OUTCOME_MALFORMED},
      {"MALFORMED_RESPONSE", v1::OUTCOME_MALFORMED},
      {"UNEXPECTED_TOOL_CALL", v1::OUTCOME_MALFORMED},
      {"TOO_MANY_TOOL_CALLS", v1::OUTCOME_MALFORMED},
      {"CONTINUATION", v1::OUTCOME_PAUSED},
      {"IMAGE_SAFETY", v1::OUTCOME_REFUSED},
      {"IMAGE_PROHIBITED_CONTENT", v1::OUTCOME_REFUSED},
      {"IMAGE_RECITATION", v1::OUTCOME_REFUSED},
      {"IMAGE_OTHER", v1::OUTCOME_REFUSED},
      {"NO_IMAGE", v1::OUTCOME_UNKNOWN},
      {"FINISH_REASON_UNSPECIFIED", v1::OUTCOME_UNKNOWN},
      {"INVENTED_REASON", v1::OUTCOME_UNKNOWN},
  };
  return stops;
}

TEST(GeminiAnswer, EveryFinishReasonHasItsOutcome) {
  ASSERT_EQ(Stops().size(), 21u);
  for (const StopCase& c : Stops()) {
    const v1::Observation whole = DecodeBody(kCodec, Response(kText, c.reason));
    const v1::Observation streamed =
        DecodeStream(kCodec, Sse({Response(kText), Response("[]", c.reason)}));
    for (const v1::Observation* seen : {&whole, &streamed}) {
      EXPECT_EQ(seen->outcome(), c.outcome) << c.reason;
      EXPECT_EQ(seen->native_stop_reason(), c.reason);
      EXPECT_EQ(seen->text(), "hi");
      EXPECT_EQ(seen->refusal_origin(), c.outcome == v1::OUTCOME_REFUSED
                                            ? v1::REFUSAL_ORIGIN_FILTER
                                            : v1::REFUSAL_ORIGIN_UNSPECIFIED);
    }
  }
}

TEST(GeminiAnswer, EveryFinishReasonComesBackFromWhatIsWritten) {
  for (const StopCase& c : Stops()) {
    const v1::Observation seen = DecodeBody(kCodec, Response(kText, c.reason));
    const v1::Observation back =
        DecodeBody(kCodec, kCodec.EncodeAnswer(seen, {.id = "i", .model = "m"}));
    EXPECT_EQ(back.outcome(), c.outcome) << c.reason;
    if (c.outcome != v1::OUTCOME_UNKNOWN) {
      EXPECT_EQ(back.native_stop_reason(), c.reason);
    }
  }
}

TEST(GeminiAnswer, EveryOutcomeIsWrittenAsAReasonThatSaysIt) {
  const std::vector<std::pair<v1::Outcome, std::string>> cases = {
      {v1::OUTCOME_END, "STOP"},          {v1::OUTCOME_STOP_SEQUENCE, "STOP"},
      {v1::OUTCOME_TOOL_CALLS, "STOP"},   {v1::OUTCOME_HANDOVER, "STOP"},
      {v1::OUTCOME_LENGTH, "MAX_TOKENS"}, {v1::OUTCOME_CONTEXT_WINDOW, "MAX_TOKENS"},
      {v1::OUTCOME_REFUSED, "SAFETY"},    {v1::OUTCOME_PAUSED, "CONTINUATION"},
      {v1::OUTCOME_UNKNOWN, "OTHER"},     {v1::OUTCOME_MALFORMED, "MALFORMED_RESPONSE"},
  };
  for (const auto& [outcome, reason] : cases) {
    v1::Observation observation;
    observation.set_outcome(outcome);
    observation.set_native_stop_reason("stop");  // another vendor's
    observation.set_text("t");
    const auto body = ParseJson(kCodec.EncodeAnswer(observation, {.id = "id", .model = "m"}));
    ASSERT_THAT(body, IsOk());
    EXPECT_EQ(*FindString(*body, "/candidates/0/finishReason"), reason);
  }
}

// Portkey's map has STOP with calls as "stop": the pending call is lost.
TEST(GeminiAnswer, AToolCallThatEndsWithStopIsAToolCall) {
  for (const char* reason : {"STOP", "MAX_TOKENS"}) {
    EXPECT_EQ(DecodeBody(kCodec, Response(kCall, reason)).outcome(), v1::OUTCOME_TOOL_CALLS);
    EXPECT_EQ(DecodeStream(kCodec, Sse({Response(kCall, reason)})).outcome(),
              v1::OUTCOME_TOOL_CALLS);
  }
  // Nobody may act on a call of an answer that was stopped.
  EXPECT_EQ(DecodeBody(kCodec, Response(kCall, "SAFETY")).outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(DecodeBody(kCodec, Response(kCall, "TOO_MANY_TOOL_CALLS")).outcome(),
            v1::OUTCOME_MALFORMED);
  EXPECT_EQ(DecodeBody(kCodec, Response(kCall, "INVENTED_REASON")).outcome(), v1::OUTCOME_UNKNOWN);
}

// Vercel 56d492f: a blocked prompt is a 200 without candidates.
TEST(GeminiAnswer, APromptBlockWithoutCandidatesIsARefusal) {
  for (const char* reason :
       {"SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "MODEL_ARMOR",
        "JAILBREAK", "INVENTED"}) {
    const std::string body = absl::StrCat("{\"promptFeedback\":{\"blockReason\":\"", reason,
                                          "\"},\"usageMetadata\":{\"promptTokenCount\":4}}");
    for (const v1::Observation& seen :
         {DecodeBody(kCodec, body), DecodeStream(kCodec, Sse({body}))}) {
      EXPECT_EQ(seen.outcome(), v1::OUTCOME_REFUSED) << reason;
      EXPECT_EQ(seen.refusal_origin(), v1::REFUSAL_ORIGIN_PROMPT_BLOCK);
      EXPECT_EQ(seen.native_stop_reason(), reason);
      EXPECT_THAT(seen.native_stop_detail(), HasSubstr("blockReason"));
      EXPECT_EQ(seen.usage().input_tokens(), 4);
    }
    EXPECT_EQ(kCodec.Classify("", body), PieceKind::kTerminal);
    const v1::Observation back = DecodeBody(
        kCodec, kCodec.EncodeAnswer(DecodeBody(kCodec, body), {.id = "i", .model = "m"}));
    EXPECT_EQ(back.refusal_origin(), v1::REFUSAL_ORIGIN_PROMPT_BLOCK);
  }
}

TEST(GeminiAnswer, FailuresOfA200) {
  const std::vector<std::pair<std::string, v1::FailureClass>> cases = {
      {"", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {"<html>busy</html>", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"[]", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"7", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"{\"ok\":true}", v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {"{\"candidates\":[]}", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {"{\"usageMetadata\":{}}", v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Response("[]", "STOP"), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Response(R"([{"text":" \n"}])", "STOP"), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Response(R"([{"text":"Hm","thought":true}])", "STOP"), v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Response(R"([{"text":"","thoughtSignature":"c2ln"}])", "STOP"),
       v1::FAILURE_CLASS_EMPTY_ANSWER},
      {Response("[7]", "STOP"), v1::FAILURE_CLASS_MALFORMED_ANSWER},
      {R"({"error":{"code":503,"message":"x","status":"UNAVAILABLE"}})",
       v1::FAILURE_CLASS_OVERLOADED},
      {R"([{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}])",
       v1::FAILURE_CLASS_RATE_LIMITED},
      {R"({"error":"broken"})", v1::FAILURE_CLASS_SERVER_ERROR},
  };
  for (const auto& [body, failure_class] : cases) {
    const v1::Observation observation = DecodeBody(kCodec, body);
    EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED) << body;
    EXPECT_EQ(observation.failure().failure_class(), failure_class) << body;
  }
}

TEST(GeminiAnswer, AnAnswerCutByTheLimitIsNoEmptyOne) {
  EXPECT_EQ(DecodeBody(kCodec, Response("[]", "MAX_TOKENS")).outcome(), v1::OUTCOME_LENGTH);
}

TEST(GeminiAnswer, WithoutAFinishReasonItIsInterrupted) {
  EXPECT_EQ(DecodeBody(kCodec, Response(kText)).outcome(), v1::OUTCOME_INTERRUPTED);
  EXPECT_EQ(DecodeBody(kCodec, Response(kCall)).outcome(), v1::OUTCOME_INTERRUPTED);
}

TEST(GeminiAnswer, ThoughtsAreNotText) {
  const v1::Observation seen = DecodeStream(
      kCodec, Sse({Response(R"([{"text":"Let me ","thought":true}])"),
                   Response(R"([{"text":"see.","thought":true}])"), Response(kText),
                   Response(R"([{"text":"","thoughtSignature":"c2ln"}])", "STOP")}));
  EXPECT_EQ(seen.text(), "hi");
  ASSERT_EQ(seen.opaque_size(), 1);
  EXPECT_EQ(seen.opaque(0).type(), "thinking");
  EXPECT_TRUE(SameJson(seen.opaque(0).json(),
                       R"({"text":"Let me see.","thought":true,"thoughtSignature":"c2ln"})"));
}

TEST(GeminiAnswer, ReadsUsageModelAndId) {
  const v1::Observation seen = DecodeBody(
      kCodec, Response(kText, "STOP",
                       R"(,"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3,)"
                       R"("thoughtsTokenCount":20,"cachedContentTokenCount":5,)"
                       R"("toolUsePromptTokenCount":2,"totalTokenCount":32})"));
  EXPECT_EQ(seen.served_model(), "gemini-x-001");
  EXPECT_EQ(seen.upstream_request_id(), "r1");
  EXPECT_EQ(seen.usage().input_tokens(), 9);
  EXPECT_EQ(seen.usage().output_tokens(), 23);
  EXPECT_EQ(seen.usage().cached_input_tokens(), 5);
}

TEST(GeminiAnswer, ArgumentsStayExactlyAsTheyCame) {
  const std::string args = R"({ "big": 12345678901234567890123, "e": 1.0e2, "u": "\u00e9" })";
  const std::string parts = absl::StrCat(R"([{"text":"x"},{"functionCall":{"id":"1","name":"f","args":)",
                                         args, R"(}},{"functionCall":{"name":"g"}}])");
  const v1::Observation whole = DecodeBody(kCodec, Response(parts, "STOP"));
  const v1::Observation streamed = DecodeStream(kCodec, Sse({Response(parts, "STOP")}));
  for (const v1::Observation* seen : {&whole, &streamed}) {
    ASSERT_EQ(seen->tool_calls_size(), 2);
    EXPECT_EQ(seen->tool_calls(0).arguments_json(), args);
    EXPECT_EQ(seen->tool_calls(0).id(), "1");
    EXPECT_EQ(seen->tool_calls(1).arguments_json(), "{}");
    EXPECT_EQ(seen->tool_calls(1).id(), "");
  }
}

TEST(GeminiAnswer, OnlyTheFirstCandidateCounts) {
  const v1::Observation seen = DecodeBody(
      kCodec, R"({"candidates":[{"index":1,"content":{"parts":[{"functionCall":{"name":"no","args":{}}}]},)"
              R"("finishReason":"STOP"},{"content":{"parts":[{"functionCall":{"name":"yes","args":{"x":1}}}]},)"
              R"("finishReason":"STOP"}]})");
  ASSERT_EQ(seen.tool_calls_size(), 1);
  EXPECT_EQ(seen.tool_calls(0).name(), "yes");
  EXPECT_EQ(seen.tool_calls(0).arguments_json(), "{\"x\":1}");
}

TEST(GeminiAnswer, KeepsTheDetailOfAStop) {
  const v1::Observation seen = DecodeBody(
      kCodec, R"({"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed call: f("}]})");
  EXPECT_EQ(seen.outcome(), v1::OUTCOME_MALFORMED);
  EXPECT_THAT(seen.native_stop_detail(), HasSubstr("Malformed call: f("));
}

TEST(GeminiAnswer, WhatTheVendorRanIsKeptWhole) {
  const v1::Observation seen = DecodeBody(
      kCodec,
      Response(R"([{"executableCode":{"language":"PYTHON","code":"1"}},{"inlineData":{"mimeType":"image/png","data":"AA=="}}])",
               "STOP"));
  EXPECT_EQ(seen.outcome(), v1::OUTCOME_END) << "a picture is an answer";
  ASSERT_EQ(seen.opaque_size(), 2);
  EXPECT_EQ(seen.opaque(0).type(), "executableCode");
  EXPECT_EQ(seen.opaque(1).type(), "inlineData");
}

TEST(GeminiAnswer, ArgumentsInPiecesAreNotGuessedAt) {
  const v1::Observation seen = DecodeBody(
      kCodec,
      Response(R"([{"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$.a","stringValue":"x"}]}}])",
               "STOP"));
  EXPECT_EQ(seen.failure().failure_class(), v1::FAILURE_CLASS_MALFORMED_ANSWER);
}

// --- Streams ------------------------------------------------------------------------------------

const std::vector<std::string>& Chunks() {
  static const std::vector<std::string> chunks = {
      Response(R"([{"text":"Hé"}])", "", R"(,"usageMetadata":{"promptTokenCount":3})"),
      Response(R"([{"text":"llo"}])"), Response(kCall),
      Response("[]", "STOP", R"(,"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2})")};
  return chunks;
}

TEST(GeminiStream, TheLastChunksFinishReasonCompletesIt) {
  const v1::Observation seen = DecodeStream(kCodec, Sse(Chunks()));
  EXPECT_EQ(seen.outcome(), v1::OUTCOME_TOOL_CALLS);
  EXPECT_EQ(seen.text(), "Héllo");
  EXPECT_EQ(seen.usage().input_tokens(), 3);
  EXPECT_EQ(seen.usage().output_tokens(), 2);
}

TEST(GeminiStream, CutAfterAnyChunkItIsInterrupted) {
  for (size_t n = 0; n < Chunks().size(); ++n) {
    const std::vector<std::string> some(Chunks().begin(), Chunks().begin() + n);
    const v1::Observation seen = DecodeStream(kCodec, Sse(some));
    EXPECT_EQ(seen.outcome(), v1::OUTCOME_INTERRUPTED) << n;
    EXPECT_EQ(seen.failure().failure_class(), v1::FAILURE_CLASS_INTERRUPTED);
  }
}

TEST(GeminiStream, CutAtAnyByteItIsTheSameOrNotComplete) {
  const std::string text = Sse(Chunks());
  const std::string whole = DecodeStream(kCodec, text).SerializeAsString();
  for (size_t cut = 0; cut < text.size(); ++cut) {
    const v1::Observation seen = DecodeStream(kCodec, text.substr(0, cut));
    if (seen.SerializeAsString() == whole) continue;
    EXPECT_NE(seen.outcome(), v1::OUTCOME_TOOL_CALLS) << cut;
    EXPECT_NE(seen.outcome(), v1::OUTCOME_END) << cut;
  }
}

TEST(GeminiStream, AnErrorAtEachPositionIsAFailure) {
  const std::string plain =
      R"({"error":{"code":503,"message":"x","status":"UNAVAILABLE"}})";
  for (const std::string& error : {plain, absl::StrCat("[", plain, "]")}) {
    EXPECT_EQ(kCodec.Classify("", error), PieceKind::kError);
    for (size_t at = 0; at < Chunks().size(); ++at) {
      std::vector<std::string> chunks(Chunks().begin(), Chunks().begin() + at);
      chunks.push_back(error);
      const v1::Observation seen = DecodeStream(kCodec, Sse(chunks));
      EXPECT_EQ(seen.outcome(), v1::OUTCOME_FAILED) << at;
      EXPECT_EQ(seen.failure().failure_class(), v1::FAILURE_CLASS_OVERLOADED);
    }
  }
}

TEST(GeminiStream, GarbageIsMalformed) {
  const v1::Observation seen = DecodeStream(kCodec, Sse({Response(kText), "{\"candidates\":"}));
  EXPECT_EQ(seen.failure().failure_class(), v1::FAILURE_CLASS_MALFORMED_ANSWER);
}

TEST(GeminiStream, ClassifiesEveryKindOfChunk) {
  const std::vector<std::pair<std::string, PieceKind>> cases = {
      {Response(kText), PieceKind::kContent},
      {Response(kCall), PieceKind::kContent},
      {Response(R"([{"thought":true,"text":"Hm"}])"), PieceKind::kPreamble},
      {Response(R"([{"text":"Hm","thought":true},{"text":"hi"}])"), PieceKind::kContent},
      {Response(R"([{"text":""}])"), PieceKind::kPreamble},
      {Response(R"([{"text":"","thoughtSignature":"x"}])"), PieceKind::kPreamble},
      {Response("[]"), PieceKind::kPreamble},
      {Response(kText, "STOP"), PieceKind::kTerminal},
      {Response("[]", "MAX_TOKENS"), PieceKind::kTerminal},
      {R"({"usageMetadata":{"promptTokenCount":1}})", PieceKind::kPreamble},
      {R"({"candidates":[{"finishReason":null,"content":{"parts":[]}}]})", PieceKind::kPreamble},
      {R"({"error":{"code":500}})", PieceKind::kError},
      {"", PieceKind::kPreamble},
      {"[DONE]", PieceKind::kPreamble},
      {"{\"candidates\":[{\"content\":", PieceKind::kPreamble},
      // Keys inside arguments and text are no keys of the chunk.
      {Response(R"([{"functionCall":{"name":"f","args":{"finishReason":"STOP","error":{"a":1}}}}])"),
       PieceKind::kContent},
      {Response(R"([{"text":"\"finishReason\":\"STOP\" \"error\": 1"}])"), PieceKind::kContent},
  };
  for (const auto& [chunk, kind] : cases) {
    EXPECT_EQ(kCodec.Classify("", chunk), kind) << chunk;
  }
}

TEST(GeminiStream, WhatIsEncodedDecodesToTheSame) {
  const v1::Observation seen = DecodeStream(kCodec, Sse(Chunks()));
  const std::string text = EncodeStream(kCodec, Pieces(kCodec, Sse(Chunks())), seen);
  const v1::Observation back = DecodeStream(kCodec, text);
  EXPECT_EQ(back.text(), seen.text());
  EXPECT_EQ(back.outcome(), seen.outcome());
  ASSERT_EQ(back.tool_calls_size(), 1);
  EXPECT_EQ(back.tool_calls(0).SerializeAsString(), seen.tool_calls(0).SerializeAsString());
  EXPECT_EQ(back.usage().SerializeAsString(), seen.usage().SerializeAsString());
}

TEST(GeminiStream, AFailureEndsItWithAnError) {
  v1::Observation failed;
  failed.set_outcome(v1::OUTCOME_INTERRUPTED);
  failed.mutable_failure()->set_failure_class(v1::FAILURE_CLASS_INTERRUPTED);
  const std::string text = EncodeStream(kCodec, {}, failed);
  EXPECT_EQ(DecodeStream(kCodec, text).outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(DecodeStream(kCodec, kCodec.EncodeStreamError(failed.failure(), "r")).outcome(),
            v1::OUTCOME_FAILED);
}

TEST(GeminiStream, ACallThatIsNoJsonIsToldAsGeminiTellsIt) {
  v1::Observation answer;
  answer.set_outcome(v1::OUTCOME_TOOL_CALLS);
  v1::ToolCall& call = *answer.add_tool_calls();
  call.set_name("f");
  call.set_arguments_json("{\"a\":");
  for (const v1::Observation& back :
       {DecodeStream(kCodec, EncodeStream(kCodec, {}, answer)),
        DecodeBody(kCodec, kCodec.EncodeAnswer(answer, {.id = "i", .model = "m"}))}) {
    EXPECT_EQ(back.outcome(), v1::OUTCOME_MALFORMED);
    EXPECT_THAT(back.tool_calls(), IsEmpty());
  }
}

// --- Errors -------------------------------------------------------------------------------------

std::string Error(int code, const std::string& status, const std::string& details = "[]",
                  const std::string& message = "x") {
  return absl::StrCat("{\"error\":{\"code\":", code, ",\"message\":\"", message,
                      "\",\"status\":\"", status, "\",\"details\":", details, "}}");
}

v1::Failure Classified(int status, const std::string& body) {
  return kCodec.ClassifyError({.http_status = status, .body = body});
}

TEST(GeminiError, EachStatusHasItsClass) {
  const struct {
    int http;
    const char* status;
    v1::FailureClass failure_class;
  } cases[] = {
      {400, "INVALID_ARGUMENT", v1::FAILURE_CLASS_INVALID_REQUEST},
      {400, "FAILED_PRECONDITION", v1::FAILURE_CLASS_AUTH},
      {400, "OUT_OF_RANGE", v1::FAILURE_CLASS_INVALID_REQUEST},
      {401, "UNAUTHENTICATED", v1::FAILURE_CLASS_AUTH},
      {403, "PERMISSION_DENIED", v1::FAILURE_CLASS_AUTH},
      {404, "NOT_FOUND", v1::FAILURE_CLASS_NOT_FOUND},
      {429, "RESOURCE_EXHAUSTED", v1::FAILURE_CLASS_RATE_LIMITED},
      {499, "CANCELLED", v1::FAILURE_CLASS_SERVER_ERROR},
      {500, "INTERNAL", v1::FAILURE_CLASS_SERVER_ERROR},
      {503, "UNAVAILABLE", v1::FAILURE_CLASS_OVERLOADED},
      {504, "DEADLINE_EXCEEDED", v1::FAILURE_CLASS_TIMEOUT},
      {429, "", v1::FAILURE_CLASS_RATE_LIMITED},
      {413, "", v1::FAILURE_CLASS_TOO_LARGE},
      {500, "NEVER_HEARD_OF", v1::FAILURE_CLASS_SERVER_ERROR},
  };
  for (const auto& c : cases) {
    for (const std::string& body :
         {Error(c.http, c.status), absl::StrCat("[", Error(c.http, c.status), "]")}) {
      const v1::Failure failure = Classified(c.http, body);
      EXPECT_EQ(failure.failure_class(), c.failure_class) << body;
      EXPECT_EQ(failure.native_code(), c.status);
      EXPECT_THAT(failure.message(), Not(HasSubstr("\"")));
    }
  }
  EXPECT_EQ(Classified(502, "<html>").failure_class(), v1::FAILURE_CLASS_SERVER_ERROR);
}

TEST(GeminiError, AWrongKeyIsNotTheCallersFault) {
  const std::string reason =
      R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}])";
  EXPECT_EQ(Classified(400, Error(400, "INVALID_ARGUMENT", reason)).failure_class(),
            v1::FAILURE_CLASS_AUTH);
}

TEST(GeminiError, AQuotaOfADayIsNoRateLimit) {
  const auto details = [](const char* id) {
    return absl::StrCat(
        R"([{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":")", id,
        R"("}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}])");
  };
  const v1::Failure rate = Classified(
      429, Error(429, "RESOURCE_EXHAUSTED", details("GenerateRequestsPerMinutePerProjectPerModel")));
  EXPECT_EQ(rate.failure_class(), v1::FAILURE_CLASS_RATE_LIMITED);
  EXPECT_EQ(rate.retry_after().seconds(), 34);
  EXPECT_EQ(rate.retry_after().nanos(), 500'000'000);
  const v1::Failure quota = Classified(
      429, Error(429, "RESOURCE_EXHAUSTED", details("GenerateRequestsPerDayPerProjectPerModel")));
  EXPECT_EQ(quota.failure_class(), v1::FAILURE_CLASS_QUOTA);
  EXPECT_FALSE(quota.has_retry_after());
}

// Breakage 4: incompatible history is a class of its own, outside retry budgets.
TEST(GeminiError, AMissingSignatureIsAMatterOfHistory) {
  const std::string body =
      Error(400, "INVALID_ARGUMENT", "[]",
            "Function call is missing a thought_signature in functionCall parts.");
  EXPECT_EQ(Classified(400, body).failure_class(), v1::FAILURE_CLASS_HISTORY);
  EXPECT_EQ(Classified(400, Error(400, "INVALID_ARGUMENT", "[]",
                                  "The input token count (9) exceeds the maximum number of tokens "
                                  "allowed (8)."))
                .failure_class(),
            v1::FAILURE_CLASS_CONTEXT_WINDOW);
}

TEST(GeminiError, WhatIsWrittenIsClassifiedTheSame) {
  for (const v1::FailureClass failure_class :
       {v1::FAILURE_CLASS_INVALID_REQUEST, v1::FAILURE_CLASS_AUTH, v1::FAILURE_CLASS_NOT_FOUND,
        v1::FAILURE_CLASS_RATE_LIMITED, v1::FAILURE_CLASS_QUOTA, v1::FAILURE_CLASS_OVERLOADED,
        v1::FAILURE_CLASS_TIMEOUT, v1::FAILURE_CLASS_SERVER_ERROR}) {
    v1::Failure failure;
    failure.set_failure_class(failure_class);
    failure.set_message("m");
    if (failure_class == v1::FAILURE_CLASS_RATE_LIMITED) failure.mutable_retry_after()->set_seconds(3);
    const ErrorReply reply = kCodec.EncodeError(failure, "r");
    const v1::Failure back = Classified(reply.http_status, reply.body);
    EXPECT_EQ(back.failure_class(), failure_class) << reply.body;
    EXPECT_EQ(back.retry_after().seconds(), failure.retry_after().seconds());
  }
}

// --- Requests -----------------------------------------------------------------------------------

v1::ModelRequest Decoded(const std::string& body) {
  const auto request = kCodec.DecodeRequest(body);
  EXPECT_THAT(request, IsOk());
  return request.ok() ? *request : v1::ModelRequest();
}

TEST(GeminiRequest, ANativeOneComesBackAsItWas) {
  const std::string body = R"({
    "systemInstruction":{"parts":[{"text":"Be kind"}]},
    "contents":[
      {"role":"user","parts":[{"text":"Where?"},{"inlineData":{"mimeType":"image/png","data":"AA=="}},
        {"fileData":{"mimeType":"image/png","fileUri":"https://x.example/a.png"}},
        {"inlineData":{"mimeType":"application/pdf","data":"AA=="}}]},
      {"role":"model","parts":[{"text":"Hm","thought":true},{"text":"Look.","thoughtSignature":"c2k="},
        {"functionCall":{"id":"1","name":"f","args":{"a":1}},"thoughtSignature":"c2ln"},
        {"functionCall":{"id":"2","name":"g","args":{}}}]},
      {"role":"user","parts":[{"functionResponse":{"id":"1","name":"f","response":{"output":"x"}}},
        {"functionResponse":{"id":"2","name":"g","response":{"rows":[1],"ok":true}}}]},
      {"role":"model","parts":[{"functionCall":{"id":"3","name":"f","args":{}},"thoughtSignature":"dA=="}]},
      {"role":"user","parts":[{"functionResponse":{"id":"3","name":"f","response":{"error":"no"}}},{"text":"So?"}]}],
    "tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object"},"behavior":"BLOCKING"},{"name":"g"}]},
      {"googleSearch":{}}],
    "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f","g"]}},
    "generationConfig":{"temperature":0.5,"topP":0.9,"topK":5,"maxOutputTokens":9,"stopSequences":["END"],"seed":7,
      "candidateCount":2,"responseMimeType":"application/json","responseJsonSchema":{"type":"object"}},
    "safetySettings":[{"category":"X","threshold":"Y"}],"newField":{"a":1.0}})";
  const auto encoded = kCodec.EncodeRequest(Decoded(body), {.path = "p", .model = "m"});
  ASSERT_THAT(encoded, IsOk());
  EXPECT_TRUE(SameJson(encoded->body, body)) << encoded->body;
  EXPECT_EQ(encoded->fidelity.fidelity(), v1::FIDELITY_EXACT);
}

TEST(GeminiRequest, ToolsAndChoicesAreRead) {
  const v1::ModelRequest request = Decoded(
      R"({"contents":[{"parts":[{"text":"Hi"}]}],)"
      R"("tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]},{"urlContext":{}}],)"
      R"("toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},)"
      R"("generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"STRING"}}})");
  EXPECT_EQ(request.messages(0).role(), v1::MESSAGE_ROLE_USER);
  ASSERT_EQ(request.tools_size(), 2);
  EXPECT_EQ(request.tools(0).parameters_json(), "{\"type\":\"object\"}");
  EXPECT_EQ(request.tools(1).provider_type(), "urlContext");
  EXPECT_EQ(request.tool_choice().mode(), v1::TOOL_CHOICE_MODE_NAMED);
  EXPECT_EQ(request.tool_choice().name(), "f");
  EXPECT_EQ(request.output_format().schema_json(), "{\"type\":\"string\"}");
  EXPECT_THAT(request.extra_json(), IsEmpty());
}

TEST(GeminiRequest, ResultsWithoutIdsAnswerCallsInTheirOrder) {
  const auto encoded = kCodec.EncodeRequest(
      Decoded(R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]},
        {"role":"model","parts":[{"functionCall":{"name":"f","args":{}}},{"functionCall":{"name":"g","args":{}}}]},
        {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"1"}}},
                                {"functionResponse":{"name":"g","response":{"output":"2"}}}]}]})"),
      {.path = "p", .model = "m"});
  ASSERT_THAT(encoded, IsOk());
  const auto body = ParseJson(encoded->body);
  EXPECT_EQ(*FindString(*body, "/contents/2/parts/0/functionResponse/name"), "f");
  EXPECT_EQ(*FindString(*body, "/contents/2/parts/1/functionResponse/response/output"), "2");
  EXPECT_EQ(*FindString(*body, "/contents/1/parts/0/functionCall/id"),
            *FindString(*body, "/contents/2/parts/0/functionResponse/id"));
}

TEST(GeminiRequest, NamesTheFieldThatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "the request must be"},
      {"{}", "/contents"},
      {R"({"contents":[]})", "/contents"},
      {R"({"contents":[7]})", "/contents/0"},
      {R"({"contents":[{"role":"assistant","parts":[]}]})", "/contents/0/role"},
      {R"({"contents":[{"parts":"x"}]})", "/contents/0/parts"},
      {R"({"contents":[{"parts":[{"text":7}]}]})", "/contents/0/parts/0/text"},
      {R"({"contents":[{"parts":[]}],"tools":{}})", "/tools"},
      {R"({"contents":[{"parts":[]}],"tools":[{"functionDeclarations":[{}]}]})", "/name"},
      {R"({"contents":[{"parts":[]}],"generationConfig":{"temperature":"x"}})",
       "/generationConfig/temperature"},
  };
  for (const auto& [body, words] : cases) {
    EXPECT_THAT(kCodec.DecodeRequest(body),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(words)))
        << body;
  }
}

// A canonical conversation with one call of a tool in the turn that is going on.
v1::ModelRequest WithCall() {
  v1::ModelRequest request;
  request.set_dialect("openai_chat");
  v1::Message* user = request.add_messages();
  user->set_role(v1::MESSAGE_ROLE_USER);
  user->add_parts()->set_text("Where?");
  v1::Message* model = request.add_messages();
  model->set_role(v1::MESSAGE_ROLE_ASSISTANT);
  v1::ToolCall* call = model->add_tool_calls();
  call->set_id("call_1");
  call->set_name("find");
  call->set_arguments_json("{\"q\":1}");
  v1::Message* result = request.add_messages();
  result->set_role(v1::MESSAGE_ROLE_TOOL);
  result->set_tool_call_id("call_1");
  result->add_parts()->set_text("here");
  return request;
}

boost::json::value Encoded(const v1::ModelRequest& request, v1::FidelityReport* report = nullptr) {
  const auto encoded = kCodec.EncodeRequest(request, {.path = "p", .model = "m"});
  EXPECT_THAT(encoded, IsOk());
  if (!encoded.ok()) return nullptr;
  if (report != nullptr) *report = encoded->fidelity;
  const auto body = ParseJson(encoded->body);
  EXPECT_THAT(body, IsOk());
  return body.ok() ? *body : nullptr;
}

// Breakage 1: after a 429 the fallback to Gemini was refused at once, as the calls in the history had
// no thought_signature.
TEST(GeminiRequest, Breakage1CallsOfAnotherVendorGetTheDocumentedStandIn) {
  v1::FidelityReport report;
  const auto body = Encoded(WithCall(), &report);
  EXPECT_EQ(*FindString(body, "/contents/1/parts/0/thoughtSignature"),
            "skip_thought_signature_validator");
  ASSERT_EQ(report.losses_size(), 1);
  EXPECT_EQ(report.losses(0).kind(), v1::LOSS_KIND_DEFAULTED);
  EXPECT_EQ(report.losses(0).pointer(), "/messages/1");
}

TEST(GeminiRequest, OnlyTheCurrentTurnNeedsSignatures) {
  v1::ModelRequest request = WithCall();
  v1::Message* user = request.add_messages();
  user->set_role(v1::MESSAGE_ROLE_USER);
  user->add_parts()->set_text("And now?");
  v1::FidelityReport report;
  const auto body = Encoded(request, &report);
  EXPECT_EQ(Find(body, "/contents/1/parts/0/thoughtSignature"), nullptr);
  EXPECT_EQ(report.fidelity(), v1::FIDELITY_EXACT);
}

TEST(GeminiRequest, ASignatureOfGeminisOwnGoesBackAsItCame) {
  v1::ModelRequest request = WithCall();
  v1::Opaque* members = request.mutable_messages(1)->add_parts()->mutable_opaque();
  members->set_dialect("gemini_generate_content");
  members->set_type("functionCall.members");
  members->set_json(R"({"index":0,"thoughtSignature":"c2ln"})");
  request.set_dialect("gemini_generate_content");
  v1::FidelityReport report;
  const auto body = Encoded(request, &report);
  EXPECT_EQ(*FindString(body, "/contents/1/parts/0/thoughtSignature"), "c2ln");
  EXPECT_EQ(report.fidelity(), v1::FIDELITY_EXACT);
}

// Breakage 8 and 22: turns of tool results only.
TEST(GeminiRequest, AConversationMayEndInToolResults) {
  const auto body = Encoded(WithCall());
  EXPECT_EQ(FindArray(body, "/contents")->size(), 3u);
  EXPECT_EQ(*FindString(body, "/contents/2/role"), "user");
  EXPECT_EQ(*FindString(body, "/contents/2/parts/0/functionResponse/response/output"), "here");
  EXPECT_EQ(*FindString(body, "/contents/2/parts/0/functionResponse/name"), "find");
}

// Breakage 21: the flag of a tool's failure survives.
TEST(GeminiRequest, AToolsFailureIsToldAsOne) {
  v1::ModelRequest request = WithCall();
  request.mutable_messages(2)->set_tool_error(true);
  const auto body = Encoded(request);
  EXPECT_EQ(*FindString(body, "/contents/2/parts/0/functionResponse/response/error"), "here");
  const v1::ModelRequest back = Decoded(ToJson(body));
  EXPECT_TRUE(back.messages(2).tool_error());
}

TEST(GeminiRequest, RefusesACallWhoseResultIsMissing) {
  v1::ModelRequest request = WithCall();
  v1::ToolCall* second = request.mutable_messages(1)->add_tool_calls();
  second->set_id("call_2");
  second->set_name("find");
  EXPECT_THAT(kCodec.EncodeRequest(request, {.path = "p", .model = "m"}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("no result")));
}

TEST(GeminiRequest, AUserMessageWithNothingInItIsNone) {
  v1::ModelRequest request;
  v1::Message* user = request.add_messages();
  user->set_role(v1::MESSAGE_ROLE_USER);
  user->add_parts()->set_text("");
  EXPECT_THAT(kCodec.EncodeRequest(request, {.path = "p", .model = "m"}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("with something in it")));
}

TEST(GeminiRequest, RefusesArgumentsThatAreNoObject) {
  v1::ModelRequest request = WithCall();
  request.mutable_messages(1)->mutable_tool_calls(0)->set_arguments_json("[1");
  EXPECT_THAT(kCodec.EncodeRequest(request, {.path = "p", .model = "m"}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/messages/1/tool_calls/0")));
}

TEST(GeminiRequest, AnImageInAToolsResultIsKept) {
  v1::ModelRequest request = WithCall();
  v1::Image* image = request.mutable_messages(2)->add_parts()->mutable_image();
  image->set_media_type("image/png");
  image->set_data_base64("AA==");
  v1::FidelityReport report;
  const auto body = Encoded(request, &report);
  EXPECT_EQ(*FindString(body, "/contents/2/parts/1/inlineData/data"), "AA==");
  EXPECT_EQ(report.losses_size(), 2);
}

}  // namespace
}  // namespace warmpath
