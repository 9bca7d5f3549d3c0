// Requests in OpenAI Responses: read, refused where they need state, and written.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "provider/openai_responses/codec.h"
#include "provider/openai_responses/stateless.h"
#include "tests/provider/wire/wire_builders.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using namespace testing;  // NOLINT: the tests' own words
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace json = boost::json;

const OpenAiResponsesCodec kCodec;
const PathTarget kTarget{.path = "p", .model = "m2"};

std::string With(const std::string& members) {
  return absl::StrCat("{\"model\":\"m\",\"input\":\"Hi\"", members.empty() ? "" : ",", members, "}");
}

v1::ModelRequest Decoded(const std::string& body) {
  const auto request = kCodec.DecodeRequest(body);
  EXPECT_THAT(request, IsOk()) << body;
  return request.ok() ? *request : v1::ModelRequest();
}

EncodedRequest Encoded(const v1::ModelRequest& request) {
  const auto encoded = kCodec.EncodeRequest(request, kTarget);
  EXPECT_THAT(encoded, IsOk());
  return encoded.ok() ? *encoded : EncodedRequest();
}

std::vector<std::string> Losses(const EncodedRequest& encoded) {
  std::vector<std::string> losses;
  for (const v1::FidelityLoss& loss : encoded.fidelity.losses()) losses.push_back(loss.pointer());
  return losses;
}

struct StatefulCase {
  std::string body;
  std::string pointer;
  std::string kind;
};

TEST(StatefulField, IsNamedWithItsRemedy) {
  const std::vector<StatefulCase> cases = {
      {With(R"("previous_response_id":"resp_1")"), "/previous_response_id", "previous_response_id"},
      {With(R"("conversation":"conv_1")"), "/conversation", "conversation"},
      {With(R"("conversation":{"id":"conv_1"})"), "/conversation", "conversation"},
      {R"({"model":"m","prompt":{"id":"pmpt_1"}})", "/prompt", "prompt"},
      {With(R"("background":true)"), "/background", "background"},
      {R"({"input":[{"role":"user","content":"x"},{"type":"item_reference","id":"msg_1"}]})",
       "/input/1", "item_reference"},
      {R"({"input":[{"id":"msg_1"}]})", "/input/0", "item_reference"},
      {With(R"("tools":[{"type":"function","name":"f"},{"type":"web_search"}])"), "/tools/1",
       "web_search"},
      {With(R"("tools":[{"type":"file_search","vector_store_ids":["v"]}])"), "/tools/0",
       "file_search"},
      {With(R"("tools":[{"type":"mcp","server_label":"x"}])"), "/tools/0", "mcp"},
      {With(R"("tools":[{"type":"code_interpreter"}])"), "/tools/0", "code_interpreter"},
      {With(R"("tools":[{"type":"image_generation"}])"), "/tools/0", "image_generation"},
      {With(R"("tools":[{"type":"computer_use_preview"}])"), "/tools/0", "computer_use_preview"},
      {With(R"("tools":[{"type":"invented_tomorrow"}])"), "/tools/0", "invented_tomorrow"},
      // Escapes hide nothing.
      {With(R"("previous_response\u005fid":"resp_1")"), "/previous_response_id",
       "previous_response_id"},
  };
  for (const StatefulCase& c : cases) {
    const auto field = FindStatefulField(std::string_view(c.body));
    ASSERT_TRUE(field.has_value()) << c.body;
    EXPECT_EQ(field->pointer, c.pointer);
    EXPECT_EQ(field->kind, c.kind);
    EXPECT_THAT(field->message, ::testing::StartsWith(c.pointer + " "));
    EXPECT_THAT(kCodec.DecodeRequest(c.body),
                StatusIs(absl::StatusCode::kInvalidArgument, field->message));
  }
}

TEST(StatefulField, IsNoneInWhatAnyPathCanServe) {
  for (const std::string& body :
       {With(""), With(R"("store":true)"), With(R"("store":false)"), With(R"("background":false)"),
        With(R"("previous_response_id":null,"conversation":null,"prompt":null)"),
        With(R"("tools":[{"type":"function","name":"f"},{"type":"custom","name":"c"}])"),
        With(R"("instructions":"mind the \"conversation\" and its \"tools\"")")}) {
    EXPECT_FALSE(FindStatefulField(std::string_view(body)).has_value()) << body;
    EXPECT_THAT(kCodec.DecodeRequest(body), IsOk());
  }
  EXPECT_FALSE(FindStatefulField(std::string_view("{\"tools\": oops")).has_value());
  EXPECT_FALSE(FindStatefulField(std::string_view("[\"tools\"]")).has_value());
}

TEST(ResponsesRequest, ReadsItemsIntoTurns) {
  const v1::ModelRequest request = Decoded(R"({"model":"m","instructions":"Be kind","input":[
    {"role":"developer","content":"And brief"},
    {"role":"user","content":[{"type":"input_text","text":"Look"},
      {"type":"input_image","image_url":"data:image/png;base64,AA==","detail":"low"}]},
    {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"BB=="},
    {"type":"message","id":"msg_1","status":"completed","role":"assistant",
      "content":[{"type":"output_text","text":"Let me see.","annotations":[]}]},
    {"type":"function_call","id":"fc_1","call_id":"call_a","name":"f","arguments":"{\"x\":1}"},
    {"type":"function_call","call_id":"call_b","name":"g","arguments":"{}"},
    {"type":"function_call_output","call_id":"call_a","output":"one"},
    {"type":"function_call_output","call_id":"call_b","output":[{"type":"input_text","text":"two"}]},
    {"role":"user","content":"Well?"}]})");
  ASSERT_EQ(request.messages_size(), 7);
  EXPECT_EQ(request.messages(0).role(), v1::MESSAGE_ROLE_SYSTEM);
  EXPECT_EQ(request.messages(0).parts(0).text(), "Be kind");
  EXPECT_EQ(request.messages(1).role(), v1::MESSAGE_ROLE_SYSTEM);
  EXPECT_EQ(request.messages(2).parts(1).image().data_base64(), "AA==");
  EXPECT_EQ(request.messages(2).parts(1).image().detail(), "low");
  const v1::Message& answer = request.messages(3);
  EXPECT_EQ(answer.role(), v1::MESSAGE_ROLE_ASSISTANT);
  EXPECT_EQ(answer.parts(0).opaque().dialect(), "openai_responses");
  EXPECT_EQ(answer.parts(0).opaque().type(), "reasoning");
  EXPECT_EQ(answer.parts(1).text(), "Let me see.");
  ASSERT_EQ(answer.tool_calls_size(), 2);
  EXPECT_EQ(answer.tool_calls(0).id(), "call_a");
  EXPECT_EQ(request.messages(4).role(), v1::MESSAGE_ROLE_TOOL);
  EXPECT_EQ(request.messages(4).tool_call_id(), "call_a");
  EXPECT_EQ(request.messages(5).parts(0).text(), "two");
  EXPECT_EQ(request.messages(6).parts(0).text(), "Well?");
  EXPECT_EQ(request.dialect(), "openai_responses");
}

TEST(ResponsesRequest, ReadsToolsFlatAndStrictUnlessTheySayOtherwise) {
  const v1::ModelRequest request = Decoded(With(
      R"("tools":[{"type":"function","name":"f","parameters":{"type":"object"}},
        {"type":"function","name":"g","description":"d","parameters":null,"strict":false},
        {"type":"function","name":"h","strict":null}],
        "tool_choice":{"type":"function","name":"g"},"parallel_tool_calls":false,"stream":true,
        "max_output_tokens":50,"temperature":0.5,"top_p":0.9)"));
  ASSERT_EQ(request.tools_size(), 3);
  EXPECT_TRUE(request.tools(0).strict());
  EXPECT_FALSE(request.tools(1).strict());
  EXPECT_EQ(request.tools(1).description(), "d");
  EXPECT_TRUE(request.tools(2).strict());
  EXPECT_EQ(request.tool_choice().mode(), v1::TOOL_CHOICE_MODE_NAMED);
  EXPECT_EQ(request.tool_choice().name(), "g");
  EXPECT_TRUE(request.has_parallel_tool_calls());
  EXPECT_FALSE(request.parallel_tool_calls());
  EXPECT_TRUE(request.stream());
  EXPECT_EQ(request.max_output_tokens(), 50);
  EXPECT_EQ(request.temperature(), 0.5);
}

// Bifrost #7348: allowed_tools and the parallel flag were dropped.
TEST(ResponsesRequest, AllowedToolsLeaveOnlyThoseThatMayBeCalled) {
  const v1::ModelRequest request = Decoded(
      With(R"("tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}],
        "parallel_tool_calls":false,
        "tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"g"}]})"));
  ASSERT_EQ(request.tools_size(), 1);
  EXPECT_EQ(request.tools(0).name(), "g");
  EXPECT_EQ(request.tool_choice().mode(), v1::TOOL_CHOICE_MODE_REQUIRED);
  const EncodedRequest written = Encoded(request);
  EXPECT_THAT(written.body, HasSubstr("\"allowed_tools\""));
  EXPECT_THAT(written.body, HasSubstr("\"parallel_tool_calls\":false"));
}

TEST(ResponsesRequest, ReadsTheFormOfTheAnswer) {
  const v1::ModelRequest request = Decoded(With(
      R"("text":{"verbosity":"low","format":{"type":"json_schema","name":"n","strict":true,"description":"d",
        "schema":{"type":"object"}}})"));
  EXPECT_EQ(request.output_format().kind(), v1::OUTPUT_KIND_JSON_SCHEMA);
  EXPECT_EQ(request.output_format().name(), "n");
  EXPECT_EQ(request.output_format().schema_json(), "{\"type\":\"object\"}");
  EXPECT_TRUE(request.output_format().strict());
  EXPECT_EQ(request.extra_json().at("text"), "{\"verbosity\":\"low\"}");
  EXPECT_EQ(Decoded(With(R"("text":{"format":{"type":"json_object"}})")).output_format().kind(),
            v1::OUTPUT_KIND_JSON_OBJECT);
}

TEST(ResponsesRequest, NamesWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{\"input\":[", "byte"},
      {"[]", "JSON object"},
      {"{}", "/input"},
      {R"({"input":[]})", "/input"},
      {R"({"input":5})", "/input"},
      {R"({"input":[1]})", "/input/0"},
      {R"({"input":[{}]})", "/input/0/type"},
      {R"({"input":[{"role":"robot","content":"x"}]})", "/input/0/role"},
      {R"({"input":[{"role":"user","content":5}]})", "/input/0/content"},
      {R"({"input":[{"role":"user","content":[{"text":"x"}]}]})", "/input/0/content/0/type"},
      {R"({"input":[{"type":"function_call","call_id":"a"}]})", "/input/0/name"},
      {R"({"input":[{"type":"function_call_output","output":"x"}]})", "/input/0/call_id"},
      {With(R"("instructions":[])"), "/instructions"},
      {With(R"("tools":{})"), "/tools"},
      {With(R"("tools":[{"name":"f"}])"), "/tools/0/type"},
      {With(R"("tools":[{"type":"function","function":{"name":"f"}}])"), "/tools/0"},
      {With(R"("tool_choice":"maybe")"), "/tool_choice"},
      {With(R"("tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"x"}]})"),
       "/tool_choice/tools/0"},
      {With(R"("text":{"format":{"type":"poem"}})"), "/text/format/type"},
      {With(R"("text":{"format":{"type":"json_schema","name":"n"}})"), "/text/format/schema"},
      {With(R"("max_output_tokens":1.5)"), "/max_output_tokens"},
      {With(R"("temperature":"hot")"), "/temperature"},
      {With(R"("stream":"yes")"), "/stream"},
  };
  for (const auto& [body, place] : cases) {
    EXPECT_THAT(kCodec.DecodeRequest(body),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(place)))
        << body;
  }
}

TEST(ResponsesRequest, KeepsEveryUnknownFieldItemPartAndMember) {
  const std::string body =
      R"({"model":"m","instructions":"Be kind","input":[
        {"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"},
          {"type":"input_file","filename":"a.pdf","file_data":"AA"}],"future":{"a":1}},
        {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"BB=="},
        {"type":"message","role":"assistant","content":"One.","phase":"commentary"},
        {"type":"message","role":"assistant","content":"Two.","phase":"final_answer"},
        {"type":"future_item","x":[1,null]},
        {"type":"function_call","call_id":"a","name":"f","arguments":"{}","namespace":"ns"},
        {"type":"custom_tool_call","call_id":"b","name":"sql","input":"SELECT 1"},
        {"type":"function_call_output","call_id":"a","output":"ok"},
        {"type":"custom_tool_call_output","call_id":"b","output":"1"}],
        "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"defer_loading":true},
          {"type":"custom","name":"sql","format":{"type":"text"}}],
        "text":{"verbosity":"low"},"reasoning":{"effort":"low"},"future_field":{"a":[1,null]},
        "store":false})";
  const EncodedRequest written = Encoded(Decoded(body));
  EXPECT_EQ(written.fidelity.fidelity(), v1::FIDELITY_EXACT);
  std::string want = body;
  want.replace(want.find("\"m\""), 3, "\"m2\"");
  EXPECT_TRUE(SameJson(written.body, want)) << written.body;
}

TEST(ResponsesRequest, WhatWarmpathWritesIsNeverStored) {
  EXPECT_THAT(Encoded(Decoded(With(R"("store":true)"))).body, HasSubstr("\"store\":false"));
  EXPECT_THAT(Encoded(Decoded(With(""))).body, HasSubstr("\"store\":false"));
}

v1::ModelRequest Foreign() {
  v1::ModelRequest request;
  request.set_dialect("openai_chat");
  v1::Message* message = request.add_messages();
  message->set_role(v1::MESSAGE_ROLE_USER);
  message->add_parts()->set_text("Hi");
  return request;
}

TEST(ResponsesRequest, StopStringsHaveNoPlaceAndAreNoted) {
  v1::ModelRequest request = Foreign();
  request.add_stop("END");
  const EncodedRequest encoded = Encoded(request);
  EXPECT_THAT(Losses(encoded), ElementsAre("/stop"));
  EXPECT_EQ(encoded.fidelity.fidelity(), v1::FIDELITY_LOSSY);
  request.set_dialect("anthropic_messages");
  EXPECT_THAT(Losses(Encoded(request)), ElementsAre("/stop_sequences"));
}

TEST(ResponsesRequest, TheLeastLimitIsSixteen) {
  v1::ModelRequest request = Foreign();
  request.set_max_output_tokens(1);
  const EncodedRequest encoded = Encoded(request);
  EXPECT_THAT(encoded.body, HasSubstr("\"max_output_tokens\":16"));
  EXPECT_EQ(encoded.fidelity.losses(0).kind(), v1::LOSS_KIND_CLAMPED);
}

// Here the default is strict, so a request from a dialect where it isn't has to say so.
TEST(ResponsesRequest, ToolsFromAbroadSayThatTheyAreNotStrict) {
  v1::ModelRequest request = Foreign();
  request.add_tools()->set_name("f");
  EXPECT_THAT(Encoded(request).body, HasSubstr("\"strict\":false"));
  request.mutable_tools(0)->set_parameters_json(
      R"({"type":"object","properties":{},"additionalProperties":false})");
  request.mutable_tools(0)->set_strict(true);
  EXPECT_THAT(Encoded(request).body, HasSubstr("\"strict\":true"));
  request.mutable_tools(0)->set_parameters_json(R"({"type":"object","properties":{"a":{}}})");
  const EncodedRequest loose = Encoded(request);
  EXPECT_THAT(loose.body, HasSubstr("\"strict\":false"));
  EXPECT_THAT(Losses(loose), ElementsAre("/tools/0/strict"));
}

// Breakage 21: without its flag a tool's failure reads like a result.
TEST(ResponsesRequest, AToolsFailureIsToldInWords) {
  v1::ModelRequest request = Foreign();
  v1::Message* answer = request.add_messages();
  answer->set_role(v1::MESSAGE_ROLE_ASSISTANT);
  answer->add_tool_calls()->set_id("a");
  answer->mutable_tool_calls(0)->set_name("f");
  v1::Message* result = request.add_messages();
  result->set_role(v1::MESSAGE_ROLE_TOOL);
  result->set_tool_call_id("a");
  result->set_tool_error(true);
  result->add_parts()->set_text("no such city");
  const EncodedRequest encoded = Encoded(request);
  EXPECT_THAT(encoded.body, HasSubstr(R"("output":"{\"error\":\"no such city\"}")"));
  EXPECT_EQ(encoded.fidelity.losses(0).kind(), v1::LOSS_KIND_DOWNGRADED);
}

// Breakages 6 and 7: ids are at most 64 characters here, and equal requests give equal ones.
TEST(ResponsesRequest, LongIdsOfCallsAreMappedAlikeEveryTime) {
  v1::ModelRequest request = Foreign();
  v1::Message* answer = request.add_messages();
  answer->set_role(v1::MESSAGE_ROLE_ASSISTANT);
  answer->add_tool_calls()->set_id(std::string(83, 'x'));
  answer->mutable_tool_calls(0)->set_name("f");
  v1::Message* result = request.add_messages();
  result->set_role(v1::MESSAGE_ROLE_TOOL);
  result->set_tool_call_id(std::string(83, 'x'));
  const std::string body = Encoded(request).body;
  EXPECT_EQ(body, Encoded(request).body);
  const auto parsed = ParseJson(body);
  ASSERT_THAT(parsed, IsOk());
  const json::string* called = FindString(*parsed, "/input/1/call_id");
  const json::string* answered = FindString(*parsed, "/input/2/call_id");
  ASSERT_TRUE(called != nullptr && answered != nullptr);
  EXPECT_LE(called->size(), 64u);
  EXPECT_EQ(*called, *answered);
}

TEST(ResponsesRequest, APrefillOrAnothersToolIsNotExpressible) {
  v1::ModelRequest request = Foreign();
  request.add_messages()->set_role(v1::MESSAGE_ROLE_ASSISTANT);
  EXPECT_THAT(kCodec.EncodeRequest(request, kTarget),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/messages/1")));
  request = Foreign();
  request.add_tools()->set_provider_type("web_search_20250305");
  EXPECT_THAT(kCodec.EncodeRequest(request, kTarget),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/tools/0")));
}

TEST(ResponsesRequest, AConversationWithNothingInItIsNotExpressible) {
  v1::ModelRequest request;
  request.add_messages()->set_role(v1::MESSAGE_ROLE_SYSTEM);
  EXPECT_THAT(kCodec.EncodeRequest(request, kTarget),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("something in it")));
}

}  // namespace
}  // namespace warmpath
