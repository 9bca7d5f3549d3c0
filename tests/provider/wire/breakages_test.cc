// What has gone wrong elsewhere when a conversation moved to another provider, each a named test.
// The numbers are those of the rows in the project's list of breakages (A: conversation state,
// B: tools and schemas, C: refuse or proceed, D: streams).
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "proto/failure_rules.h"
#include "provider/capability/schema_fit.h"
#include "provider/capability/table.h"
#include "provider/codec.h"
#include "provider/context_fit.h"
#include "provider/wire/foreign_blocks.h"
#include "provider/wire/tool_ids.h"
#include "provider/wire/turns.h"
#include "tests/provider/wire/wire_builders.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

namespace json = boost::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::IsOk;
using testing::StatusIs;

constexpr Dialect kChat = Dialect::kOpenAiChat;
constexpr Dialect kAnthropic = Dialect::kAnthropicMessages;

PathTarget TargetOf(const std::string& server, const std::string& model) {
  PathTarget target{.path = "p", .model = model};
  target.server = server;
  target.capabilities = CapabilitiesFor(ShippedCapabilities(), server, model);
  return target;
}
PathTarget Claude() { return TargetOf("anthropic", "claude-opus-4-6"); }
PathTarget Gpt() { return TargetOf("openai", "gpt-4o"); }

absl::StatusOr<EncodedRequest> Cross(Dialect from, const std::string& body, Dialect to,
                                     const PathTarget& target) {
  const auto request = CodecFor(from).DecodeRequest(body);
  if (!request.ok()) return request.status();
  return CodecFor(to).EncodeRequest(*request, target);
}

std::string Body(const absl::StatusOr<EncodedRequest>& encoded) {
  EXPECT_THAT(encoded, IsOk());
  return encoded.ok() ? encoded->body : "";
}

// A chat in which one tool was called with the given id, and has answered.
std::string ToolChat(const std::string& id) {
  return absl::StrCat(
      R"({"model":"w","max_tokens":99,"messages":[{"role":"user","content":"weather?"},)"
      R"({"role":"assistant","content":null,"tool_calls":[{"id":")", id,
      R"(","type":"function","function":{"name":"f","arguments":"{\"q\":1}"}}]},)"
      R"({"role":"tool","tool_call_id":")", id, R"(","content":"sunny"},{"role":"user","content":"and?"}],)"
      R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]})");
}

std::string ToolMessages(const std::string& id, const std::string& result_members = "") {
  return absl::StrCat(
      R"({"model":"w","max_tokens":99,"messages":[{"role":"user","content":"weather?"},)"
      R"({"role":"assistant","content":[{"type":"tool_use","id":")", id,
      R"(","name":"f","input":{"q":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":")",
      id, R"(","content":"sunny")", result_members,
      R"(}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]})");
}

// All values of a member, in order.
std::vector<std::string> Values(const std::string& body, const std::string& key) {
  std::vector<std::string> values;
  const std::string mark = absl::StrCat("\"", key, "\":\"");
  for (size_t at = body.find(mark); at != std::string::npos; at = body.find(mark, at + 1)) {
    const size_t from = at + mark.size();
    values.push_back(body.substr(from, body.find('"', from) - from));
  }
  return values;
}

// --- A. Conversation state ----------------------------------------------------------------------

constexpr char kSigned[] =
    R"({"model":"w","max_tokens":2000,"messages":[{"role":"user","content":"q"},{"role":"assistant",)"
    R"("content":[{"type":"thinking","thinking":"a \u00e9","signature":"c2ln"},)"
    R"({"type":"redacted_thinking","data":"eA=="},{"type":"text","text":"a"}]},)"
    R"({"role":"user","content":"r"}]})";

TEST(Breakage, N02_ThinkingSignedByAnotherHostIsLeftOutWithAMark) {
  auto request = CodecFor(kAnthropic).DecodeRequest(kSigned);
  ASSERT_THAT(request, IsOk());
  FidelityNotes notes;
  DropSignedBlocks(&*request, &notes);
  const auto encoded = CodecFor(kAnthropic).EncodeRequest(*request, Claude());
  EXPECT_THAT(Body(encoded), Not(HasSubstr("thinking")));
  EXPECT_THAT(Body(encoded), HasSubstr(R"({"role":"assistant","content":"a"})"));
  const v1::FidelityReport report = notes.Take();
  ASSERT_EQ(report.losses_size(), 1);
  EXPECT_EQ(report.losses(0).kind(), v1::LOSS_KIND_DROPPED);
  EXPECT_EQ(report.losses(0).pointer(), "/messages/1");
}

TEST(Breakage, N03_AnUnsignedBlockIsADeterministicFailureAndNeverAskedAgain) {
  const v1::Failure failure = CodecFor(kAnthropic).ClassifyError(
      {.http_status = 400,
       .body = R"({"type":"error","error":{"type":"invalid_request_error","message":)"
               R"("messages.1.content.0.thinking.signature: Invalid `signature` in `thinking` block"}})"});
  EXPECT_EQ(failure.failure_class(), v1::FAILURE_CLASS_HISTORY);
  EXPECT_FALSE(failure.has_retry_after());
}

TEST(Breakage, N04_AForeignSignatureGoesToTheNextPathWithoutHarmToThisOne) {
  EXPECT_TRUE(MayTryAnotherPath(v1::FAILURE_CLASS_HISTORY));
  EXPECT_FALSE(CountsAgainstHealth(v1::FAILURE_CLASS_HISTORY));
}

TEST(Breakage, N05_SignedBlocksGoBackToTheirIssuerAsTheyWere) {
  const std::string body = Body(Cross(kAnthropic, kSigned, kAnthropic, Claude()));
  EXPECT_THAT(body, HasSubstr("\"signature\":\"c2ln\""));
  EXPECT_THAT(body, HasSubstr(R"({"type":"redacted_thinking","data":"eA=="})"));
  const auto abroad = Cross(kAnthropic, kSigned, kChat, Gpt());
  EXPECT_THAT(Body(abroad), Not(HasSubstr("c2ln")));
  EXPECT_EQ(abroad->fidelity.fidelity(), v1::FIDELITY_LOSSY);
}

// 83 characters with a pipe, as OpenAI Responses gives them through some clients.
const std::string& CompoundId() {
  static const auto* const kId = new std::string(
      "call_0123456789abcdefghijklmn|fc_0123456789abcdef0123456789abcdef0123456789abcdef01");
  return *kId;
}

TEST(Breakage, N06_CompoundToolIdsFitEveryTargetAndMatchTheirResults) {
  ASSERT_EQ(CompoundId().size(), 83u);
  const struct {
    Dialect dialect;
    PathTarget target;
    const char *call_key, *result_key, *rule;
  } kTargets[] = {
      {kAnthropic, Claude(), "id", "tool_use_id", "[A-Za-z0-9_-]{1,64}"},
      {kChat, Gpt(), "id", "tool_call_id", ".{1,40}"},
      {kChat, TargetOf("azure_openai", "house"), "id", "tool_call_id", ".{1,40}"},
      {kChat, TargetOf("mistral", "mistral-large"), "id", "tool_call_id", "[A-Za-z0-9]{9}"},
  };
  for (const auto& test : kTargets) {
    SCOPED_TRACE(test.target.server);
    const auto first = Cross(kChat, ToolChat(CompoundId()), test.dialect, test.target);
    const std::string body = Body(first);
    const std::string id = Values(body, test.call_key).at(0);
    EXPECT_THAT(id, MatchesRegex(test.rule));
    EXPECT_EQ(Values(body, test.result_key).at(0), id);
    // A replay, a mirror, and the same call further on in a longer conversation get the same id.
    EXPECT_EQ(Body(Cross(kChat, ToolChat(CompoundId()), test.dialect, test.target)), body);
    std::string longer = ToolChat(CompoundId());
    longer.insert(longer.find(R"({"role":"user")"),
                  R"({"role":"user","content":"0"},{"role":"assistant","content":"0"},)");
    EXPECT_EQ(Values(Body(Cross(kChat, longer, test.dialect, test.target)), test.call_key).at(0), id);
  }
}

TEST(Breakage, N07_EachTargetsRuleForIdsIsKept) {
  const auto rule_of = [](const std::string& server) {
    return ToolIdRuleOf(CapabilitiesFor(ShippedCapabilities(), server, "m"),
                        {.prefix = "call_", .max_length = 1 << 16, .plain = false});
  };
  v1::ModelCapabilities glm;
  glm.set_tool_id_min_length(42);
  glm.set_tool_id_max_length(63);
  const std::map<std::string, std::pair<ToolIdRule, const char*>> rules = {
      {"mistral", {rule_of("mistral"), "[0-9A-Za-z]{9}"}},
      {"azure_openai", {rule_of("azure_openai"), "call_[0-9A-Za-z]{24}"}},
      {"anthropic", {rule_of("anthropic"), "call_[0-9A-Za-z]{24}"}},
      {"glm", {ToolIdRuleOf(glm, {.prefix = "call_"}), "call_[0-9A-Za-z]{37}"}},
      {"vllm", {rule_of("vllm"), "call_[0-9A-Za-z]{24}"}},
  };
  for (const auto& [name, rule] : rules) {
    SCOPED_TRACE(name);
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
      const std::string id = FittingToolId(rule.first, absl::StrCat("toolu_", i));
      EXPECT_THAT(id, MatchesRegex(rule.second));
      EXPECT_TRUE(FitsToolIdRule(id, rule.first));
      EXPECT_TRUE(seen.insert(id).second) << "two calls must never share an id";
    }
  }
  EXPECT_FALSE(FitsToolIdRule("call_abcd", rule_of("mistral")));
  EXPECT_FALSE(FitsToolIdRule("abcdefghij", rule_of("mistral")));
  EXPECT_TRUE(FitsToolIdRule("abcDEF123", rule_of("mistral")));
  EXPECT_FALSE(FitsToolIdRule("a|b", rule_of("anthropic")));
  EXPECT_FALSE(FitsToolIdRule(std::string(41, 'x'), rule_of("openai")));
  EXPECT_FALSE(FitsToolIdRule(std::string(41, 'x'), ToolIdRuleOf(glm, {.prefix = "call_"})));
}

TEST(Breakage, N07_IdsOfOneConversationNeverCollideEvenInNineCharacters) {
  v1::ModelRequest request;
  request.add_messages()->set_role(v1::MESSAGE_ROLE_USER);
  v1::Message* calls = request.add_messages();
  calls->set_role(v1::MESSAGE_ROLE_ASSISTANT);
  const PathTarget mistral = TargetOf("mistral", "m");
  const ToolIdRule rule = ToolIdRuleOf(mistral.capabilities, {.prefix = "call_"});
  // One id is what another one would become.
  const std::string made = FittingToolId(rule, "call_1");
  for (const std::string& id : {std::string("call_1"), made, std::string("call_1"), std::string()}) {
    v1::ToolCall* call = calls->add_tool_calls();
    call->set_id(id);
    call->set_name("find");
  }
  const auto turns = ArrangeTurns(request, rule);
  ASSERT_THAT(turns, IsOk());
  const std::vector<std::string>& ids = (*turns)[1].call_ids;
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 4u);
  for (const std::string& id : ids) EXPECT_THAT(id, MatchesRegex("[0-9A-Za-z]{9}"));
}

TEST(Breakage, N07_IdsThatATargetGaveAreTakenBackFromItsCaller) {
  // Mistral calls a tool; the caller speaks Anthropic, answers with the id that it was given, and
  // the conversation goes on at Mistral, and then at OpenAI.
  const v1::Observation called = testing::DecodeBody(
      CodecFor(kChat),
      R"({"choices":[{"message":{"tool_calls":[{"id":"D681PevKs","function":{"name":"f","arguments":"{}"}}]},)"
      R"("finish_reason":"tool_calls"}]})");
  const std::string told = CodecFor(kAnthropic).EncodeAnswer(called, {.id = "r", .model = "m"});
  EXPECT_EQ(Values(told, "id").at(1), "D681PevKs");
  const std::string back = ToolMessages("D681PevKs");
  EXPECT_EQ(Values(Body(Cross(kAnthropic, back, kChat, TargetOf("mistral", "m"))), "tool_call_id").at(0),
            "D681PevKs");
  EXPECT_EQ(Values(Body(Cross(kAnthropic, back, kChat, Gpt())), "tool_call_id").at(0), "D681PevKs");

  // An id with a pipe is told to an Anthropic caller in a form that Anthropic's SDK and API take.
  v1::Observation piped = called;
  piped.mutable_tool_calls(0)->set_id(CompoundId());
  EXPECT_THAT(Values(CodecFor(kAnthropic).EncodeAnswer(piped, {.id = "r", .model = "m"}), "id").at(1),
              MatchesRegex("[A-Za-z0-9_-]{1,64}"));
}

TEST(Breakage, N08_AConversationGoesOnAfterAToolTurnThereAndBack) {
  const std::string there = Body(Cross(kChat, ToolChat("call_1"), kAnthropic, Claude()));
  const std::string back = Body(Cross(kAnthropic, there, kChat, Gpt()));
  const auto first = CodecFor(kChat).DecodeRequest(ToolChat("call_1"));
  const auto again = CodecFor(kChat).DecodeRequest(back);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(again, IsOk());
  ASSERT_EQ(again->messages_size(), first->messages_size());
  for (int i = 0; i < first->messages_size(); ++i) {
    EXPECT_EQ(again->messages(i).SerializeAsString(), first->messages(i).SerializeAsString()) << i;
  }
}

TEST(Breakage, N09_EveryTurnOfTheHistoryReachesTheNextModel) {
  for (const Dialect to : {kChat, kAnthropic}) {
    const std::string body =
        Body(Cross(kChat, ToolChat("call_1"), to, to == kChat ? Gpt() : Claude()));
    for (const char* text : {"weather?", "sunny", "and?"}) EXPECT_THAT(body, HasSubstr(text));
  }
}

TEST(Breakage, N10_ASessionOfAMillionCharactersIsNotSentToASmallWindow) {
  ModelCall call;
  call.body = std::make_shared<const std::string>(absl::StrCat(
      R"({"messages":[{"role":"user","content":")", std::string(1'050'000, 'x'), R"("}]})"));
  PathTarget small{.path = "p", .model = "small"};
  small.capabilities.set_context_window_tokens(65'000);
  const auto why = WhyTooLong(call, small);
  ASSERT_TRUE(why.has_value());
  EXPECT_THAT(*why, HasSubstr("the window of small holds 65000"));
  PathTarget large = small;
  large.capabilities.set_context_window_tokens(400'000);
  EXPECT_FALSE(WhyTooLong(call, large).has_value());
}

TEST(Breakage, N11_AFullWindowSendsTheRequestElsewhereWhicheverPathItIs) {
  EXPECT_TRUE(MayTryAnotherPath(v1::FAILURE_CLASS_CONTEXT_WINDOW));
  EXPECT_FALSE(CountsAgainstHealth(v1::FAILURE_CLASS_CONTEXT_WINDOW));
  // A vendor that finds it out itself is left for the next path, too.
  EXPECT_EQ(CodecFor(kChat)
                .ClassifyError({.http_status = 400,
                                .body = R"({"error":{"code":"context_length_exceeded"}})"})
                .failure_class(),
            v1::FAILURE_CLASS_CONTEXT_WINDOW);
}

TEST(Breakage, N12_EveryLegIsAskedForItsOwnModel) {
  EXPECT_THAT(Body(Cross(kChat, ToolChat("a"), kAnthropic, Claude())),
              HasSubstr(R"("model":"claude-opus-4-6")"));
  EXPECT_THAT(Body(Cross(kChat, ToolChat("a"), kChat, TargetOf("mistral", "mistral-large"))),
              HasSubstr(R"("model":"mistral-large")"));
}

// --- B. Tools and schemas -----------------------------------------------------------------------

TEST(Breakage, N13_ToolsThatAVendorRunsAreRefusedByName) {
  EXPECT_THAT(Cross(kAnthropic,
                    R"({"max_tokens":9,"tools":[{"type":"web_search_20250305","name":"web_search"}],)"
                    R"("messages":[{"role":"user","content":"x"}]})",
                    kChat, Gpt()),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("web_search_20250305")));
  EXPECT_THAT(Cross(kChat,
                    R"({"tools":[{"type":"custom","custom":{"name":"c"}}],)"
                    R"("messages":[{"role":"user","content":"x"}]})",
                    kAnthropic, Claude()),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("custom")));
}

TEST(Breakage, N14_WhatAVendorsToolDidIsNeverDroppedSilently) {
  for (const char* block :
       {R"({"type":"server_tool_use","id":"s","name":"web_search","input":{}})",
        R"({"type":"web_search_tool_result","tool_use_id":"s","content":[]})",
        R"({"type":"mcp_tool_use","id":"s","name":"web_search","server_name":"x","input":{}})"}) {
    const std::string body = absl::StrCat(
        R"({"max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[)",
        block, R"(,{"type":"text","text":"y"}]},{"role":"user","content":"z"}]})");
    const auto type = Values(block, "type").at(0);
    EXPECT_THAT(Cross(kAnthropic, body, kChat, Gpt()),
                StatusIs(absl::StatusCode::kUnimplemented,
                         ::testing::AllOf(HasSubstr("/messages/1"), HasSubstr(type))));
    // At home it goes on as it was.
    EXPECT_THAT(Body(Cross(kAnthropic, body, kAnthropic, Claude())), HasSubstr(type));
  }
  // Nor is a document or a recording: without it the question is another one.
  EXPECT_THAT(Cross(kAnthropic,
                    R"({"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document",)"
                    R"("source":{"type":"text","data":"x"}},{"type":"text","text":"sum up"}]}]})",
                    kChat, Gpt()),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("document")));
  EXPECT_THAT(Cross(kChat,
                    R"({"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]})",
                    kAnthropic, Claude()),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("input_audio")));
}

TEST(Breakage, N15_AKeywordThatRejectsTheWholeRequestIsKnownBeforehand) {
  EXPECT_EQ(GeminiSchemaProblem(R"({"type":"object","additionalProperties":false})"),
            "the keyword additionalProperties");
  const auto encoded = Cross(
      kChat,
      R"({"messages":[{"role":"user","content":"x"}],"max_tokens":9,"tools":[{"type":"function","function":)"
      R"({"name":"f","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"string",)"
      R"("pattern":"x"}},"required":["a"],"additionalProperties":false}}}]})",
      kAnthropic, Claude());
  EXPECT_THAT(Body(encoded), Not(HasSubstr("\"strict\"")));
  ASSERT_EQ(encoded->fidelity.losses_size(), 1);
  EXPECT_EQ(encoded->fidelity.losses(0).kind(), v1::LOSS_KIND_DOWNGRADED);
}

TEST(Breakage, N17_TheSchemaSurvivesToolChoiceNone) {
  const std::string body =
      R"({"max_tokens":9,"messages":[{"role":"user","content":"x"}],"tool_choice":"none",)"
      R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],)"
      R"("response_format":{"type":"json_schema","json_schema":{"name":"a","strict":true,"schema":)"
      R"({"type":"object","properties":{"x":{"type":"string"}},"required":["x"],)"
      R"("additionalProperties":false}}}})";
  const std::string claude = Body(Cross(kChat, body, kAnthropic, Claude()));
  EXPECT_THAT(claude, HasSubstr(R"("tool_choice":{"type":"none"})"));
  EXPECT_THAT(claude, HasSubstr(R"("output_config":{"format":{"type":"json_schema")"));
  const std::string back = Body(Cross(kAnthropic, claude, kChat, Gpt()));
  EXPECT_THAT(back, HasSubstr(R"("tool_choice":"none")"));
  EXPECT_THAT(back, HasSubstr(R"("response_format":{"type":"json_schema")"));
}

TEST(Breakage, N20_ToolRequestsReachTheBackupInItsOwnForm) {
  const auto request = CodecFor(kAnthropic).DecodeRequest(
      Body(Cross(kChat, ToolChat("call_1"), kAnthropic, Claude())));
  ASSERT_THAT(request, IsOk());
  ASSERT_EQ(request->tools_size(), 1);
  EXPECT_EQ(request->tools(0).name(), "f");
  EXPECT_EQ(request->tools(0).parameters_json(), R"({"type":"object"})");
}

TEST(Breakage, N21_AToolsFailureIsStillOneAfterEveryTranslation) {
  const std::string failed = ToolMessages("t1", R"(,"is_error":true)");
  const auto chat = Cross(kAnthropic, failed, kChat, Gpt());
  EXPECT_THAT(Body(chat), HasSubstr(R"("content":"{\"error\":\"sunny\"}")"));
  EXPECT_EQ(chat->fidelity.fidelity(), v1::FIDELITY_LOSSY);
  EXPECT_THAT(Body(Cross(kAnthropic, failed, kAnthropic, Claude())), HasSubstr(R"("is_error":true)"));
  EXPECT_THAT(Body(Cross(kAnthropic, failed, Dialect::kOpenAiResponses, Gpt())),
              ContainsRegex(R"(\{\\"error\\":)"));
  EXPECT_THAT(Body(Cross(kAnthropic, ToolMessages("t1"), kChat, Gpt())), Not(HasSubstr("error")));
}

TEST(Breakage, N22_ATurnOfToolResultsOnlyIsAValidConversation) {
  const std::string there = Body(Cross(kAnthropic, ToolMessages("t1"), kChat, Gpt()));
  EXPECT_THAT(there, HasSubstr(R"({"role":"tool","tool_call_id":"t1","content":"sunny"}])"));
  const std::string back = Body(Cross(kChat, there, kAnthropic, Claude()));
  EXPECT_THAT(back, HasSubstr(R"({"type":"tool_result","tool_use_id":"t1","content":"sunny"})"));
}

TEST(Breakage, N22_AMissingResultIsToldBeforeSending) {
  std::string body = ToolChat("call_1");
  const size_t result = body.find(R"({"role":"tool")");
  body.erase(result, body.find(R"({"role":"user","content":"and?")") - result);
  for (const Dialect to : {kChat, kAnthropic}) {
    EXPECT_THAT(Cross(kChat, body, to, to == kChat ? TargetOf("mistral", "m") : Claude()),
                StatusIs(absl::StatusCode::kUnimplemented,
                         HasSubstr("/messages/1: a tool call here has no result")));
  }
}

// --- C. Refuse or proceed -----------------------------------------------------------------------

TEST(Breakage, N24_ARefusalInsideA200IsSeenAsOne) {
  const v1::Observation refused = testing::DecodeBody(
      CodecFor(kAnthropic), R"({"type":"message","content":[],"stop_reason":"refusal"})");
  EXPECT_EQ(refused.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(refused.refusal_origin(), v1::REFUSAL_ORIGIN_MODEL);
}

TEST(Breakage, N25_ARefusalIsNoFailureThatSendsTheRequestElsewhere) {
  const v1::Observation refused = testing::DecodeBody(
      CodecFor(kChat),
      R"({"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]})");
  EXPECT_EQ(refused.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_FALSE(refused.has_failure());
  const v1::Observation blocked = testing::DecodeBody(
      CodecFor(kChat), R"({"error":{"code":"content_policy_violation","message":"m"}})", 400);
  EXPECT_EQ(blocked.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_FALSE(blocked.has_failure());
}

TEST(Breakage, N27_TheModelThatAnsweredIsReadFromEveryAnswer) {
  const v1::Observation seen = testing::DecodeBody(
      CodecFor(kAnthropic),
      R"({"type":"message","model":"claude-other","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"})");
  EXPECT_EQ(seen.served_model(), "claude-other");
}

// --- D. What concerns requests ------------------------------------------------------------------

TEST(Breakage, N30_AnAnswerThatWasBegunIsNotSentToAModelThatRefusesIt) {
  const std::string begun =
      R"({"max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"{"}]})";
  EXPECT_THAT(Cross(kAnthropic, begun, kAnthropic, Claude()),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("prefill")));
  EXPECT_THAT(Body(Cross(kAnthropic, begun, kAnthropic, TargetOf("anthropic", "claude-opus-4-5"))),
              HasSubstr(R"({"role":"assistant","content":"{"})"));
}

TEST(Breakage, N31_TranslationNeverAddsWordsOfItsOwn) {
  const std::string body = Body(Cross(
      kChat, R"({"max_tokens":9,"messages":[{"role":"system","content":"S"},{"role":"user","content":"U"}]})",
      kAnthropic, Claude()));
  EXPECT_TRUE(testing::SameJson(
      body, R"({"model":"claude-opus-4-6","max_tokens":9,"system":"S","messages":[{"role":"user","content":"U"}]})"))
      << body;
}

// --- What the table of models decides (the gateways' own bug lists) -----------------------------

TEST(Breakage, Envoy_ParallelOffWithoutAToolChoiceIsCarriedByAuto) {
  const std::string body =
      R"({"max_tokens":9,"parallel_tool_calls":false,"messages":[{"role":"user","content":"x"}],)"
      R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]})";
  EXPECT_THAT(Body(Cross(kChat, body, kAnthropic, Claude())),
              HasSubstr(R"("tool_choice":{"type":"auto","disable_parallel_tool_use":true})"));
  const auto ollama = Cross(kChat, body, kChat, TargetOf("ollama", "llama"));
  EXPECT_THAT(Body(ollama), Not(HasSubstr("parallel")));
  ASSERT_EQ(ollama->fidelity.losses_size(), 1);
  EXPECT_EQ(ollama->fidelity.losses(0).pointer(), "/parallel_tool_calls");
}

TEST(Breakage, Envoy_ATemperatureAboveOneIsClampedNotRefused) {
  const auto encoded = Cross(
      kChat, R"({"max_tokens":9,"temperature":1.7,"messages":[{"role":"user","content":"x"}]})",
      kAnthropic, Claude());
  EXPECT_THAT(Body(encoded), HasSubstr(R"("temperature":1)"));
  EXPECT_EQ(encoded->fidelity.losses(0).kind(), v1::LOSS_KIND_CLAMPED);
}

TEST(Breakage, ForcedToolUseIsDowngradedOnlyWhereItIsRefused) {
  const auto forced = [](const std::string& members) {
    return absl::StrCat(R"({"max_tokens":2000,"messages":[{"role":"user","content":"x"}],)", members,
                        R"("tools":[{"name":"f","input_schema":{"type":"object"}}],)"
                        R"("tool_choice":{"type":"tool","name":"f"}})");
  };
  EXPECT_THAT(Body(Cross(kAnthropic, forced(""), kAnthropic, Claude())),
              HasSubstr(R"("tool_choice":{"type":"tool","name":"f"})"));
  for (const auto& [members, model] :
       std::map<std::string, std::string>{
           {"", "claude-sonnet-5-5"},
           {R"("thinking":{"type":"enabled","budget_tokens":1024},)", "claude-opus-4-6"}}) {
    const auto encoded =
        Cross(kAnthropic, forced(members), kAnthropic, TargetOf("anthropic", model));
    EXPECT_THAT(Body(encoded), HasSubstr(R"("tool_choice":{"type":"auto"})"));
    ASSERT_EQ(encoded->fidelity.losses_size(), 1);
    EXPECT_EQ(encoded->fidelity.losses(0).kind(), v1::LOSS_KIND_DOWNGRADED);
    EXPECT_EQ(encoded->fidelity.losses(0).pointer(), "/tool_choice");
  }
}

TEST(Breakage, ReasoningModelsGetNoSamplingAndNoStops) {
  const auto encoded = Cross(
      kAnthropic,
      R"({"max_tokens":500000,"temperature":0,"stop_sequences":["X"],"messages":[{"role":"user","content":"x"}]})",
      kChat, TargetOf("openai", "o3"));
  EXPECT_TRUE(testing::SameJson(
      Body(encoded),
      R"({"model":"o3","messages":[{"role":"user","content":"x"}],"max_completion_tokens":100000})"))
      << encoded->body;
  EXPECT_EQ(encoded->fidelity.losses_size(), 3);
}

TEST(Breakage, OldServersGetTheOldNameOfTheLimitAndTheOldRole) {
  const std::string body = Body(Cross(
      kChat, R"({"max_completion_tokens":7,"messages":[{"role":"developer","content":"S"},{"role":"user","content":"x"}]})",
      kChat, TargetOf("llama_cpp", "m")));
  EXPECT_TRUE(testing::SameJson(
      body, R"({"model":"m","messages":[{"role":"system","content":"S"},{"role":"user","content":"x"}],"max_tokens":7})"))
      << body;
}

TEST(Breakage, SeveralAnswersAreNeverAskedOfAServerThatGivesOne) {
  EXPECT_THAT(Cross(kChat, R"({"n":2,"messages":[{"role":"user","content":"x"}]})", kChat,
                    TargetOf("groq", "m")),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/n")));
  EXPECT_THAT(Body(Cross(kChat, R"({"n":1,"messages":[{"role":"user","content":"x"}]})", kChat,
                         TargetOf("groq", "m"))),
              Not(HasSubstr("\"n\"")));
}

TEST(Breakage, ASchemaWithoutStructuredOutputBecomesWhatTheModelHas) {
  const std::string body =
      R"({"max_tokens":9,"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema",)"
      R"("json_schema":{"name":"a","schema":{"type":"object"}}}})";
  const auto json_mode = Cross(kChat, body, kChat, TargetOf("openai", "gpt-4-turbo"));
  EXPECT_THAT(Body(json_mode), HasSubstr(R"("response_format":{"type":"json_object"})"));
  EXPECT_EQ(json_mode->fidelity.losses(0).kind(), v1::LOSS_KIND_DOWNGRADED);
  const auto nothing = Cross(kChat, body, kAnthropic, TargetOf("anthropic", "claude-opus-4"));
  EXPECT_THAT(Body(nothing), Not(HasSubstr("output_config")));
  EXPECT_EQ(nothing->fidelity.losses(0).kind(), v1::LOSS_KIND_DROPPED);
}

TEST(Breakage, ImagesAreRefusedWhereNobodyReadsThem) {
  EXPECT_THAT(Cross(kChat,
                    R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]})",
                    kChat, TargetOf("openai", "o3-mini")),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("reads no images")));
}

TEST(Breakage, ThinkingBecomesWhatTheModelHas) {
  const auto thinking = [](const std::string& value, const std::string& model, int max_tokens = 9000) {
    return Cross(kAnthropic,
                 absl::StrCat(R"({"max_tokens":)", max_tokens, R"(,"thinking":)", value,
                              R"(,"messages":[{"role":"user","content":"x"}]})"),
                 kAnthropic, TargetOf("anthropic", model));
  };
  const std::string enabled = R"({"type":"enabled","budget_tokens":5000})";
  EXPECT_THAT(Body(thinking(enabled, "claude-opus-4-6")), HasSubstr("\"thinking\":" + enabled));
  EXPECT_THAT(Body(thinking(enabled, "claude-opus-5-5")), HasSubstr(R"("thinking":{"type":"adaptive"})"));
  EXPECT_THAT(Body(thinking(enabled, "claude-opus-4-6", 3000)), HasSubstr(R"("budget_tokens":2999)"));
  EXPECT_THAT(Body(thinking(enabled, "claude-opus-4-6", 1000)), Not(HasSubstr("thinking")));
  EXPECT_THAT(Body(thinking(R"({"type":"adaptive"})", "claude-opus-4-1")), Not(HasSubstr("thinking")));
  EXPECT_THAT(Body(thinking(R"({"type":"disabled"})", "claude-opus-5-5")), Not(HasSubstr("thinking")));
}

TEST(Breakage, MarksForACacheAreNoLoss) {
  const auto encoded = Cross(
      kAnthropic,
      R"({"max_tokens":9,"system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],)"
      R"("messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}]})",
      kChat, Gpt());
  EXPECT_THAT(Body(encoded), Not(HasSubstr("cache_control")));
  EXPECT_THAT(encoded->fidelity.losses(), IsEmpty());
}

}  // namespace
}  // namespace warmpath
