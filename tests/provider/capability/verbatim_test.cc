#include "provider/capability/verbatim.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "provider/capability/table.h"

namespace warmpath {
namespace {

v1::ModelCapabilities Of(std::string_view server, std::string_view model) {
  return CapabilitiesFor(ShippedCapabilities(), server, model);
}

std::string Chat(std::string_view server, std::string_view model, const std::string& members) {
  return WhyNotVerbatim(Of(server, model), Dialect::kOpenAiChat,
                        absl::StrCat(R"({"model":"w","messages":[{"role":"user","content":"x"}],)",
                                     members, R"("z":0})"));
}

std::string Claude(std::string_view model, const std::string& members) {
  return WhyNotVerbatim(Of("anthropic", model), Dialect::kAnthropicMessages,
                        absl::StrCat(R"({"model":"w","messages":[{"role":"user","content":"x"}],)",
                                     members, R"("z":0})"));
}

TEST(WhyNotVerbatim, ForwardsEverythingToATargetOfWhichNothingIsKnown) {
  EXPECT_EQ(WhyNotVerbatim({}, Dialect::kOpenAiChat,
                           R"({"temperature":9,"stop":[1,2,3,4,5,6],"tool_choice":"required",)"
                           R"("messages":[{"role":"tool","tool_call_id":"a|b"}]})"),
            "");
}

TEST(WhyNotVerbatim, NamesWhatReasoningModelsRefuse) {
  const struct {
    std::string members, hit;
  } kCases[] = {
      {R"("temperature":0.2,)", "temperature"},
      {R"("temperature":1,)", ""},
      {R"("temperature":null,)", ""},
      {R"("top_p" : 0.5,)", "top_p"},
      {R"("max_tokens":5,)", "max_tokens"},
      {R"("max_completion_tokens":5,)", ""},
      {R"("max_completion_tokens":100001,)", "max_completion_tokens"},
      {R"("stop":"x",)", "stop"},
      {R"("stop":[],)", ""},
      {R"("parallel_tool_calls":false,)", "parallel_tool_calls"},
      {R"("logprobs":true,)", "logprobs"},
      // The same names inside a tool's schema mean nothing.
      {R"("tools":[{"function":{"parameters":{"properties":{"temperature":{"type":"number"},)"
       R"("stop":{},"max_tokens":{"default":5}}}}}],)",
       ""},
      {R"("metadata":{"temperature":"0.2","max_tokens":"999999999"},)", ""},
  };
  for (const auto& test : kCases) EXPECT_EQ(Chat("openai", "o3", test.members), test.hit) << test.members;
}

TEST(WhyNotVerbatim, LimitsOfOtherModels) {
  EXPECT_EQ(Chat("openai", "gpt-4o", R"("temperature":0.2,"stop":["a","b","c","d"],"max_tokens":16384,)"),
            "");
  EXPECT_EQ(Chat("openai", "gpt-4o", R"("temperature":2.1,)"), "temperature");
  EXPECT_EQ(Chat("openai", "gpt-4o", R"("stop":["a","b","c","d","e"],)"), "stop");
  EXPECT_EQ(Chat("openai", "gpt-4o", R"("max_tokens": 16385 ,)"), "max_tokens");
  EXPECT_EQ(Chat("openai", "gpt-3.5-turbo", R"("response_format":{"type":"json_schema"},)"),
            "response_format");
  EXPECT_EQ(Chat("openai", "gpt-3.5-turbo", R"("response_format":{"type":"json_object"},)"), "");
}

TEST(WhyNotVerbatim, ServersThatCopyOpenAi) {
  EXPECT_EQ(Chat("mistral", "mistral-large", R"("store":false,)"), "store");
  EXPECT_EQ(Chat("mistral", "mistral-large", R"("max_completion_tokens":5,)"), "max_completion_tokens");
  EXPECT_EQ(Chat("mistral", "mistral-large", R"("max_tokens":5,)"), "");
  EXPECT_EQ(Chat("mistral", "mistral-large", R"("stream_options":{"include_usage":true},)"),
            "stream_options");
  EXPECT_EQ(Chat("groq", "llama", R"("n":2,)"), "n");
  EXPECT_EQ(Chat("ollama", "llama", R"("tool_choice":"required",)"), "tool_choice");
  EXPECT_EQ(Chat("ollama", "llama", R"("tool_choice":{"type":"function"},)"), "tool_choice");
  EXPECT_EQ(Chat("ollama", "llama", R"("tool_choice":"auto",)"), "");
  EXPECT_EQ(Chat("vllm", "llama", R"("tools":[{"function":{"strict":true}}],)"), "strict");
}

TEST(WhyNotVerbatim, LooksAtMessages) {
  const auto mistral = [](const std::string& message) {
    return WhyNotVerbatim(Of("mistral", "m"), Dialect::kOpenAiChat,
                          absl::StrCat(R"({"tools":[{"function":{"name":"f"}}],"messages":[)", message,
                                       R"(,{"role":"user","content":"\"name\": \"tool_call_id\""}]})"));
  };
  EXPECT_EQ(mistral(R"({"role":"tool","tool_call_id":"abcDEF123"})"), "");
  EXPECT_EQ(mistral(R"({"role":"tool","tool_call_id": "call_abc"})"), "tool_call_id");
  EXPECT_EQ(mistral(R"({"role":"tool","tool_call_id":"\u0061bcDE"})"), "tool_call_id");
  EXPECT_EQ(mistral(R"({"role":"user","name":"bob"})"), "messages[].name");
  EXPECT_EQ(mistral(R"({"role":"user","name":null})"), "");
  EXPECT_EQ(mistral(R"({"role":"developer","content":"x"})"), "developer");
  EXPECT_EQ(mistral(R"({"role":"assistant","content":"x","tool_calls":[{"function":{"name":"f"}}]})"), "");
}

TEST(WhyNotVerbatim, Claude) {
  const struct {
    std::string_view model;
    std::string members, hit;
  } kCases[] = {
      {"claude-opus-4-6", R"("max_tokens":128000,"temperature":0.5,)", ""},
      {"claude-opus-4-6", R"("temperature":1.5,)", "temperature"},
      {"claude-sonnet-5-5", R"("temperature":1,)", "temperature"},
      {"claude-sonnet-5-5", R"("top_k":3,)", "top_k"},
      {"claude-sonnet-5-5", R"("max_tokens":128001,)", "max_tokens"},
      {"claude-sonnet-5-5", R"("tool_choice":{"type":"any"},)", "tool_choice"},
      {"claude-sonnet-5-5", R"("tool_choice":{"disable_parallel_tool_use":true,"type":"auto"},)", ""},
      {"claude-sonnet-5-5", R"("thinking":{"type":"enabled","budget_tokens":1024},)", "thinking"},
      {"claude-sonnet-5-5", R"("thinking":{"type":"adaptive"},)", ""},
      {"claude-sonnet-5-5", R"("thinking":{"type":"disabled"},)", "thinking"},
      {"claude-opus-4-1", R"("thinking":{"type":"adaptive"},)", "thinking"},
      {"claude-opus-4-1", R"("thinking":{"type":"enabled"},"tool_choice":{"type":"tool","name":"f"},)",
       "tool_choice"},
      {"claude-opus-4-1", R"("tool_choice":{"type":"tool","name":"f"},)", ""},
      {"claude-opus-4", R"("output_config":{"format":{"type":"json_schema"}},)", "output_config"},
      {"claude-99", R"("temperature":0.5,)", "temperature"},
      {"house-alias", R"("temperature":0.5,"tool_choice":{"type":"any"},)", ""},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Claude(test.model, test.members), test.hit) << test.model << test.members;
  }
}

TEST(WhyNotVerbatim, SeesAnAnswerThatWasBegun) {
  const auto with_last = [](std::string_view model, const std::string& last) {
    return WhyNotVerbatim(Of("anthropic", model), Dialect::kAnthropicMessages,
                          absl::StrCat(R"({"messages":[{"role":"user","content":"x"},)", last,
                                       R"(],"tools":[{"input_schema":{"properties":{"role":{}}}}]})"));
  };
  const std::string begun = R"({"role":"assistant","content":"{"})";
  EXPECT_EQ(with_last("claude-opus-4-6", begun), "prefill");
  EXPECT_EQ(with_last("claude-opus-5-5", begun), "prefill");
  EXPECT_EQ(with_last("claude-opus-4-5", begun), "");
  EXPECT_EQ(with_last("claude-opus-4-6", R"({"role":"assistant","content":"a"},{"role":"user","content":"b"})"),
            "");
  EXPECT_EQ(with_last("claude-opus-4-6", R"({"role":"system","content":"b"},{"role":"user","content":"b"})"),
            "system");
  EXPECT_EQ(with_last("claude-opus-4-8", R"({"role":"system","content":"b"},{"role":"user","content":"b"})"),
            "");
}

}  // namespace
}  // namespace warmpath
