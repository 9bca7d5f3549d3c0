// Golden cases of requests that cross from one dialect into the other: translation_cases.json, and
// gemini_cases.json for those to and from Gemini.
//
// In `want`, "@1", "@2", … stand for ids that are made up; equal ones must be equal.
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "provider/capability/table.h"
#include "provider/codec.h"
#include "tests/provider/wire/wire_builders.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

namespace json = boost::json;
using ::testing::UnorderedElementsAreArray;

json::array Cases() {
  json::array all;
  for (const char* name : {"translation_cases.json", "gemini_cases.json"}) {
    std::ifstream file(std::string("tests/provider/wire/") + name);
    std::stringstream text;
    text << file.rdbuf();
    const auto cases = ParseJson(text.str());
    EXPECT_THAT(cases, testing::IsOk()) << name;
    if (!cases.ok()) continue;
    for (const json::value& one : cases->as_array()) all.push_back(one);
  }
  return all;
}

std::string Text(const json::value& value, const char* pointer) {
  const json::string* text = FindString(value, pointer);
  return text == nullptr ? "" : std::string(text->data(), text->size());
}

const Codec& CodecNamed(const std::string& name) {
  for (const Dialect dialect :
       {Dialect::kOpenAiChat, Dialect::kAnthropicMessages, Dialect::kOpenAiResponses,
        Dialect::kGemini}) {
    if (name == DialectName(dialect)) return CodecFor(dialect);
  }
  ADD_FAILURE() << "no dialect is called " << name;
  return CodecFor(Dialect::kCanonical);
}

PathTarget TargetFor(const std::string& dialect, const std::string& model) {
  PathTarget target{.path = "p", .model = model};
  target.server = dialect == DialectName(Dialect::kAnthropicMessages) ? "anthropic"
                  : dialect == DialectName(Dialect::kGemini)          ? "gemini"
                                                                      : "openai";
  target.capabilities = CapabilitiesFor(ShippedCapabilities(), target.server, model);
  return target;
}

// "DROPPED /seed" for each loss.
std::vector<std::string> Losses(const v1::FidelityReport& report) {
  std::vector<std::string> losses;
  for (const v1::FidelityLoss& loss : report.losses()) {
    const std::string kind = v1::LossKind_Name(loss.kind());
    losses.push_back(absl::StrCat(absl::StripPrefix(kind, "LOSS_KIND_"), " ", loss.pointer()));
  }
  return losses;
}

// Puts the made-up ids of `got` in the place of the marks in `want`.
void FillMarks(const json::value& got, std::map<std::string, json::value>* ids, json::value* want) {
  if (want->is_string() && want->as_string().starts_with("@") && got.is_string()) {
    const std::string mark(want->as_string());
    *want = ids->try_emplace(mark, got).first->second;
  } else if (want->is_array() && got.is_array()) {
    for (size_t i = 0; i < want->as_array().size() && i < got.as_array().size(); ++i) {
      FillMarks(got.as_array()[i], ids, &want->as_array()[i]);
    }
  } else if (want->is_object() && got.is_object()) {
    for (auto& member : want->as_object()) {
      const json::value* other = got.as_object().if_contains(member.key());
      if (other != nullptr) FillMarks(*other, ids, &member.value());
    }
  }
}

TEST(Translation, GivesWhatTheGoldenCasesSay) {
  const json::array cases = Cases();
  ASSERT_GT(cases.size(), 60u);
  for (const json::value& c : cases) {
    SCOPED_TRACE(Text(c, "/name"));
    const auto request = CodecNamed(Text(c, "/from")).DecodeRequest(ToJson(c.at("request")));
    ASSERT_THAT(request, testing::IsOk());
    const PathTarget target = TargetFor(Text(c, "/to"), Text(c, "/model"));
    const auto encoded = CodecNamed(Text(c, "/to")).EncodeRequest(*request, target);
    if (Find(c, "/refused") != nullptr) {
      EXPECT_THAT(encoded, testing::StatusIs(absl::StatusCode::kUnimplemented,
                                             ::testing::HasSubstr(Text(c, "/refused"))));
      continue;
    }
    ASSERT_THAT(encoded, testing::IsOk());
    const auto got = ParseJson(encoded->body);
    ASSERT_THAT(got, testing::IsOk());
    json::value want = c.at("want");
    std::map<std::string, json::value> ids;
    FillMarks(*got, &ids, &want);
    EXPECT_EQ(CanonicalJson(*got), CanonicalJson(want));
    std::vector<std::string> losses;
    for (const json::value& loss : c.at("losses").as_array()) losses.emplace_back(loss.as_string());
    EXPECT_THAT(Losses(encoded->fidelity), UnorderedElementsAreArray(losses));
    EXPECT_EQ(encoded->fidelity.fidelity(),
              losses.empty() ? v1::FIDELITY_EXACT : v1::FIDELITY_LOSSY);
    // The same again gives the same bytes, so replays and mirrors agree.
    EXPECT_EQ(CodecNamed(Text(c, "/to")).EncodeRequest(*request, target)->body, encoded->body);
  }
}

TEST(Translation, DropsExtraFieldsThatNameNoDialect) {
  v1::ModelRequest request;
  v1::Message* message = request.add_messages();
  message->set_role(v1::MESSAGE_ROLE_USER);
  message->add_parts()->set_text("Hi");
  (*request.mutable_extra_json())["seed"] = "1";
  for (const Dialect dialect :
       {Dialect::kOpenAiChat, Dialect::kAnthropicMessages, Dialect::kGemini}) {
    const auto encoded = CodecFor(dialect).EncodeRequest(request, {.path = "p", .model = "m"});
    ASSERT_THAT(encoded, testing::IsOk());
    EXPECT_THAT(Losses(encoded->fidelity), ::testing::Contains("DROPPED /seed"));
    EXPECT_EQ(encoded->body.find("seed"), std::string::npos);
  }
}

// A streamed answer of each vendor, told by the other: nothing that a client sees is lost.
TEST(Translation, AStreamCrossesWhole) {
  const std::string openai = testing::Sse({
      R"({"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":"Hé"}}]})",
      R"({"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}}]})",
      R"({"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]})",
      R"({"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})",
      R"({"id":"c1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}})", "[DONE]"});
  const Codec& from = CodecFor(Dialect::kOpenAiChat);
  const v1::Observation seen = testing::DecodeStream(from, openai);
  for (const Dialect dialect : {Dialect::kAnthropicMessages, Dialect::kGemini}) {
    SCOPED_TRACE(DialectName(dialect));
    const Codec& to = CodecFor(dialect);
    const std::string crossed = testing::EncodeStream(to, testing::Pieces(from, openai), seen);
    const v1::Observation told = testing::DecodeStream(to, crossed);
    const std::string back = testing::EncodeStream(from, testing::Pieces(to, crossed), told);
    const v1::Observation again = testing::DecodeStream(from, back);
    for (const v1::Observation* observation : {&told, &again}) {
      EXPECT_EQ(observation->outcome(), v1::OUTCOME_TOOL_CALLS);
      EXPECT_EQ(observation->text(), "Hé");
      ASSERT_EQ(observation->tool_calls_size(), 1);
      EXPECT_EQ(observation->tool_calls(0).SerializeAsString(),
                seen.tool_calls(0).SerializeAsString());
      EXPECT_EQ(observation->usage().SerializeAsString(), seen.usage().SerializeAsString());
    }
  }
}

}  // namespace
}  // namespace warmpath
