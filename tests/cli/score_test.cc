#include "cli/score.h"

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "base/json.h"
#include "cli/score_summary.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

struct Scored {
  int exit_code = 0;
  std::vector<json::value> cards;
  std::string summary;
};

Scored ScoreLines(const std::string& lines, const ScoreOptions& options = {}) {
  std::istringstream in(lines);
  std::ostringstream out, err;
  Scored run;
  run.exit_code = RunScore(in, out, err, options);
  for (const absl::string_view line : absl::StrSplit(out.str(), '\n', absl::SkipEmpty())) {
    run.cards.push_back(*ParseJson({line.data(), line.size()}));
  }
  run.summary = err.str();
  return run;
}

std::string Verdict(const json::value& card, const char* dimension) {
  const json::string* verdict =
      FindString(card, std::string("/dimensions/") + dimension + "/verdict");
  return verdict == nullptr ? "?" : std::string(verdict->data(), verdict->size());
}

constexpr char kOpenAiRequest[] =
    R"({"model":"m","messages":[{"role":"user","content":"Weather in Rome?"}],"tools":[{"type":"function",
       "function":{"name":"weather","parameters":{"type":"object","required":["city"],
       "properties":{"city":{"type":"string"}}}}}]})";
constexpr char kAnthropicRequest[] =
    R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Weather in Rome?"}],
       "tools":[{"name":"weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}]})";

std::string OpenAiCall(const std::string& arguments) {
  return R"({"object":"chat.completion","choices":[{"index":0,"finish_reason":"tool_calls","message":
    {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":
    {"name":"weather","arguments":)" +
         ToJson(json::value(arguments)) + "}}]}}]}";
}

std::string OpenAiText(const std::string& text) {
  return R"({"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":
    {"role":"assistant","content":)" +
         ToJson(json::value(text)) + "}}]}";
}

std::string OneLine(std::string text) {
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text + "\n";
}

std::string Row(const std::string& members, const char* request = kOpenAiRequest) {
  return OneLine(std::string("{\"request\":") + request + "," + members + "}");
}

TEST(RunScore, ScoresPairsInTheOrderTheyCome) {
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    const bool same = i % 3 != 0;
    lines += Row("\"id\":" + std::to_string(i) + ",\"control\":" + OpenAiCall(R"({"city":"Rome"})") +
                 ",\"candidate\":" + OpenAiCall(same ? R"({"city":"Rome"})" : R"({"city":"Bari"})"));
  }
  ScoreOptions options;
  options.threads = 4;
  options.batch_lines = 64;
  const Scored run = ScoreLines(lines, options);
  EXPECT_EQ(run.exit_code, 0);
  ASSERT_EQ(run.cards.size(), 300u);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(run.cards[i].at("id").as_int64(), i);
    EXPECT_EQ(Verdict(run.cards[i], "tools"), i % 3 != 0 ? "pass" : "fail");
  }
  EXPECT_THAT(run.summary, HasSubstr("300 rows, 0 bad"));
  EXPECT_THAT(run.summary, HasSubstr("100 cards with argument_differs"));
}

TEST(RunScore, ReadsBothDialectsAndWireText) {
  const std::string anthropic =
      R"({"type":"message","role":"assistant","model":"c","stop_reason":"tool_use","content":
        [{"type":"tool_use","id":"t","name":"weather","input":{"city":"rome"}}]})";
  const std::string stream =
      "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
      "\"assistant\",\"content\":\"Sunny.\"},\"finish_reason\":null}]}\n\n"
      "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},"
      "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
  const Scored run = ScoreLines(
      Row("\"control\":" + OpenAiCall(R"({"city":"Rome"})") + ",\"candidate\":" + anthropic) +
      Row("\"control\":null,\"candidate\":" + OpenAiCall("{}"), kAnthropicRequest) +
      Row("\"control\":" + OpenAiText("Sunny.") + ",\"candidate\":{\"dialect\":\"openai_chat\","
          "\"status\":200,\"raw\":" + ToJson(json::value(stream)) + "}"));
  ASSERT_EQ(run.cards.size(), 3u);
  EXPECT_EQ(run.exit_code, 0) << run.summary;
  EXPECT_EQ(Verdict(run.cards[0], "tools"), "pass");
  EXPECT_EQ(Verdict(run.cards[1], "tools"), "pass");
  EXPECT_EQ(Verdict(run.cards[2], "tools"), "pass");
  EXPECT_EQ(run.cards[2].at("stance").at("candidate").as_string(), "proceed");
}

TEST(RunScore, ReadsOpenAiResponsesByItsShape) {
  const std::string call =
      R"({"object":"response","status":"completed","model":"m","output":[{"type":"function_call",)"
      R"("id":"fc_1","call_id":"c1","name":"weather","arguments":"{\"city\":\"Rome\"}"}]})";
  const char kRequest[] =
      R"({"model":"m","input":"Weather in Rome?","tools":[{"type":"function","name":"weather",)"
      R"("parameters":{"type":"object","properties":{"city":{"type":"string"}}}}]})";
  const Scored run = ScoreLines(
      Row("\"control\":" + OpenAiCall(R"({"city":"Rome"})") + ",\"candidate\":" + call, kRequest) +
      Row("\"control\":" + call + ",\"candidate\":" + OpenAiCall(R"({"city":"Bari"})"), kRequest));
  ASSERT_EQ(run.cards.size(), 2u);
  EXPECT_EQ(run.exit_code, 0) << run.summary;
  EXPECT_EQ(Verdict(run.cards[0], "tools"), "pass");
  EXPECT_EQ(Verdict(run.cards[1], "tools"), "fail");
}

TEST(RunScore, MakesNoEvidenceOfFailures) {
  const Scored run = ScoreLines(
      Row(R"("candidate":{"error":{"message":"slow down"},"status":429})") + Row("\"candidate\":null"));
  ASSERT_EQ(run.cards.size(), 2u);
  EXPECT_EQ(run.exit_code, 0);
  for (const json::value& card : run.cards) {
    for (const char* dimension : {"schema", "tools", "policy", "tool_errors"}) {
      EXPECT_EQ(Verdict(card, dimension), "not_applicable");
    }
  }
  EXPECT_EQ(run.cards[0].at("candidate_failed").as_string(), "rate_limited");
  EXPECT_THAT(run.summary, HasSubstr("2 without an answer"));
}

TEST(RunScore, PutsABadLineInItsPlaceAndGoesOn) {
  const Scored run = ScoreLines("not json\n" + Row("\"id\":\"b\"") + "\n" + "[]\n" +
                             Row("\"id\":\"d\",\"candidate\":{\"what\":1}") +
                             Row("\"id\":\"e\",\"workflow\":\"unknown\",\"candidate\":null") +
                             Row("\"id\":\"f\",\"candidate\":" + OpenAiText("Sunny.")));
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_EQ(run.cards.size(), 6u);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(run.cards[i].as_object().contains("error")) << i;
  EXPECT_EQ(run.cards[1].at("id").as_string(), "b");
  EXPECT_EQ(Verdict(run.cards[5], "policy"), "not_applicable");
}

TEST(RunScore, RefusesALineThatIsTooLongWithoutKeepingIt) {
  ScoreOptions options;
  options.max_line_bytes = 1000;
  const Scored run = ScoreLines(std::string(100'000, 'x') + "\n" + "{}\n", options);
  ASSERT_EQ(run.cards.size(), 2u);
  EXPECT_EQ(run.exit_code, 1);
}

TEST(RunScore, TakesTheContractFromTheLineOrTheWorkflow) {
  ScoreOptions options;
  options.contracts["desk"].set_output_json_object(true);
  const Scored run = ScoreLines(
      Row("\"workflow\":\"desk\",\"candidate\":" + OpenAiText("Sunny.")) +
          Row(R"("contract":{"output_schema":{"type":"array"}},"candidate":)" + OpenAiText("[]")) +
          Row(R"("contract":{"no_such_rule":1},"candidate":null)"),
      options);
  ASSERT_EQ(run.cards.size(), 3u);
  EXPECT_EQ(Verdict(run.cards[0], "schema"), "fail");
  EXPECT_EQ(Verdict(run.cards[1], "schema"), "pass");
  EXPECT_TRUE(run.cards[2].as_object().contains("error"));
}

TEST(RunScore, ScoresByTheTruthWhereThereIsOne) {
  const std::string truth = R"("truth":{"calls":[{"name":"weather","args":{"city":["Rome","Roma"]}}]},)";
  const Scored run =
      ScoreLines(Row(truth + "\"candidate\":" + OpenAiCall(R"({"city":"roma"})")) +
                 Row(truth + "\"candidate\":" + OpenAiCall(R"({"city":"Paris"})")) +
                 Row(R"("truth":{"calls":[]},"candidate":)" + OpenAiText("I have no such tool.")));
  ASSERT_EQ(run.cards.size(), 3u);
  EXPECT_EQ(Verdict(run.cards[0], "tools"), "pass");
  EXPECT_EQ(Verdict(run.cards[1], "tools"), "fail");
  EXPECT_EQ(Verdict(run.cards[2], "tools"), "pass");
}

TEST(RunScore, CountsHandOversApartFromFailures) {
  const std::string note = R"({"handover":true,"reason":"no_rule_matches"})";
  const std::string lines =
      Row("\"control\":" + OpenAiText("Sunny.") + ",\"candidate\":" + note) +
      Row("\"candidate\":" + OpenAiText(note)) +
      Row("\"control\":" + OpenAiText("Fair.") + ",\"candidate\":" + OpenAiText("Sunny.")) +
      Row("\"control\":" + OpenAiText("Fair.") + ",\"candidate\":" +
          OpenAiText("{\"handover\":false}"));
  ScoreOptions options;
  options.max_handovers = 0.5;
  const Scored run = ScoreLines(lines, options);
  EXPECT_EQ(run.exit_code, 0);
  ASSERT_EQ(run.cards.size(), 4u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(run.cards[i].as_object().contains("handed_over"), i < 2) << i;
    EXPECT_FALSE(run.cards[i].as_object().contains("candidate_failed")) << i;
    EXPECT_EQ(Verdict(run.cards[i], "policy"), i < 2 ? "not_applicable" : "pass") << i;
  }
  EXPECT_THAT(run.summary, HasSubstr("handed to a person: 50.00 %  (15.00 .. 85.00) of 4 answered"));
  options.max_handovers = 0.49;
  EXPECT_EQ(ScoreLines(lines, options).exit_code, 3);
}

TEST(WilsonInterval, HoldsKnownValues) {
  EXPECT_NEAR(WilsonInterval(0, 10).high, 0.2775, 1e-4);
  EXPECT_NEAR(WilsonInterval(50, 100).low, 0.4038, 1e-4);
  EXPECT_EQ(WilsonInterval(0, 0).high, 1.0);
}

}  // namespace
}  // namespace warmpath
