#include "provider/capability/table.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"

namespace warmpath {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

v1::ModelCapabilities Of(std::string_view server, std::string_view model) {
  return CapabilitiesFor(ShippedCapabilities(), server, model);
}

TEST(ShippedCapabilities, EveryRowNamesAKnownServerAndWhereItIsKnownFrom) {
  ASSERT_GT(ShippedCapabilities().rows_size(), 30);
  for (const v1::CapabilityRow& row : ShippedCapabilities().rows()) {
    EXPECT_THAT(KnownServers(), Contains(row.server()));
    EXPECT_FALSE(row.note().empty()) << row.ShortDebugString();
    EXPECT_THAT(Contradictions(row.capabilities()), IsEmpty()) << row.ShortDebugString();
  }
  for (const std::string& server : KnownServers()) {
    const auto& rows = ShippedCapabilities().rows();
    EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [&](const v1::CapabilityRow& row) {
      return row.server() == server && row.model_contains().empty();
    })) << server;
  }
}

// reference: the catalogue of @ai-sdk/anthropic 4.0.105.
TEST(ShippedCapabilities, HoldTheCatalogueOfClaudeModels) {
  const struct {
    const char* model;
    int64_t max_output;
    bool sampling, forced, adaptive, can_disable, structured;
  } kRows[] = {
      {"claude-sonnet-5-5", 128000, false, false, true, false, true},
      {"claude-opus-5-5-20260930", 128000, false, false, true, false, true},
      {"claude-haiku-5-5", 128000, false, true, true, true, true},
      {"claude-opus-5", 128000, false, true, true, true, true},
      {"claude-fable-5-1", 128000, false, false, true, false, true},
      {"claude-fable-5-2", 128000, false, false, true, false, true},
      {"claude-fable-5", 128000, false, true, true, false, true},
      {"claude-opus-4-7", 128000, false, true, true, true, true},
      {"claude-opus-4-8", 128000, false, true, true, true, true},
      {"claude-sonnet-5", 128000, false, true, true, true, true},
      {"claude-opus-4-6", 128000, true, true, true, true, true},
      {"claude-sonnet-4-6", 128000, true, true, true, true, true},
      {"claude-sonnet-4-5-20250929", 64000, true, true, false, true, true},
      {"claude-haiku-4-5", 64000, true, true, false, true, true},
      {"claude-opus-4-1", 32000, true, true, false, true, true},
      {"claude-sonnet-4-20250514", 64000, true, true, false, true, false},
      {"claude-opus-4-20250514", 32000, true, true, false, true, false},
      {"claude-3-haiku", 4096, true, true, false, true, false},
      {"claude-of-tomorrow", 128000, false, true, true, true, true},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.model);
    const v1::ModelCapabilities can = Of("anthropic", row.model);
    EXPECT_EQ(can.max_output_tokens(), row.max_output);
    EXPECT_EQ(can.sampling_params(), row.sampling);
    EXPECT_EQ(can.forced_tool_use(), row.forced);
    EXPECT_EQ(can.adaptive_thinking(), row.adaptive);
    EXPECT_EQ(can.thinking_can_be_disabled(), row.can_disable);
    EXPECT_EQ(can.native_structured_output(), row.structured);
    EXPECT_EQ(can.tool_id_charset(), v1::TOOL_ID_CHARSET_URL_SAFE);
  }
  EXPECT_FALSE(Of("anthropic", "house-alias").has_max_output_tokens());
}

TEST(ShippedCapabilities, KnowWhatReasoningModelsRefuse) {
  for (const char* model : {"o1", "o3", "o3-mini", "o4-mini", "gpt-5", "gpt-5.2-codex"}) {
    SCOPED_TRACE(model);
    const v1::ModelCapabilities can = Of("openai", model);
    EXPECT_TRUE(can.has_sampling_params() && !can.sampling_params());
    EXPECT_TRUE(can.max_completion_tokens());
    EXPECT_TRUE(can.has_stop_limit());
    EXPECT_EQ(can.stop_limit(), 0);
    EXPECT_THAT(can.refused_fields(), Contains("logit_bias"));
  }
  const v1::ModelCapabilities can = Of("openai", "gpt-4o");
  EXPECT_TRUE(can.sampling_params());
  EXPECT_EQ(can.stop_limit(), 4);
  EXPECT_FALSE(can.has_max_completion_tokens());
}

TEST(CapabilitiesFor, MergesTheServersRowsAndTheFirstRowOfTheModel) {
  v1::CapabilityTable table;
  const auto add = [&](const char* server, const char* model) {
    v1::CapabilityRow* row = table.add_rows();
    row->set_server(server);
    if (*model != '\0') row->add_model_contains(model);
    return row->mutable_capabilities();
  };
  add("", "")->set_images(false);
  auto* server = add("vllm", "");
  server->set_stop_limit(4);
  server->add_refused_fields("user");
  auto* exact = add("vllm", "llama-4");
  exact->set_stop_limit(0);
  exact->add_refused_fields("seed");
  exact->add_refused_fields("user");
  add("vllm", "llama")->set_stop_limit(9);
  add("groq", "llama")->set_stop_limit(8);

  const v1::ModelCapabilities can = CapabilitiesFor(table, "vllm", "meta/llama-4-70b");
  EXPECT_FALSE(can.images());
  EXPECT_TRUE(can.has_images());
  EXPECT_EQ(can.stop_limit(), 0);
  EXPECT_THAT(can.refused_fields(), UnorderedElementsAre("user", "seed"));
  EXPECT_EQ(CapabilitiesFor(table, "vllm", "llama-3").stop_limit(), 9);
  EXPECT_EQ(CapabilitiesFor(table, "vllm", "qwen").stop_limit(), 4);
  EXPECT_FALSE(CapabilitiesFor(table, "ollama", "llama-4").has_stop_limit());
}

TEST(PathCapabilities, TheConfigsRowsWinOverTheTableAndThePathOverBoth) {
  v1::Config config;
  config.mutable_providers()->operator[]("a").set_kind(v1::PROVIDER_KIND_ANTHROPIC);
  v1::ProviderConfig& house = config.mutable_providers()->operator[]("house");
  house.set_kind(v1::PROVIDER_KIND_OPENAI);
  house.set_server("vllm");
  config.mutable_providers()->operator[]("rules").set_kind(v1::PROVIDER_KIND_RULES);
  v1::CapabilityRow* row = config.add_capabilities();
  row->set_server("anthropic");
  row->add_model_contains("claude-opus-5-5");
  row->mutable_capabilities()->set_forced_tool_use(true);
  row->mutable_capabilities()->set_max_output_tokens(7);
  v1::PathConfig path;
  path.set_provider("a");
  path.set_model("claude-opus-5-5");
  path.mutable_capabilities()->set_max_output_tokens(5);

  v1::ModelCapabilities can = PathCapabilities(config, path);
  EXPECT_TRUE(can.forced_tool_use());
  EXPECT_EQ(can.max_output_tokens(), 5);
  EXPECT_FALSE(can.sampling_params());

  path.set_provider("house");
  can = PathCapabilities(config, path);
  EXPECT_TRUE(can.has_strict_tools());
  EXPECT_EQ(can.max_output_tokens(), 5);

  path.set_provider("rules");
  EXPECT_EQ(PathCapabilities(config, path).ShortDebugString(), "max_output_tokens: 5");
}

TEST(Contradictions, NameWhatCannotBeTrue) {
  v1::ModelCapabilities can;
  EXPECT_THAT(Contradictions(can), IsEmpty());
  can.set_max_output_tokens(200);
  can.set_context_window_tokens(100);
  can.set_tool_id_min_length(42);
  can.set_tool_id_max_length(9);
  can.set_tools(false);
  can.set_forced_tool_use(true);
  EXPECT_THAT(Contradictions(can),
              ElementsAre(HasSubstr("does not fit into context_window_tokens (100)"),
                          HasSubstr("tool_id_min_length (42) is above"),
                          HasSubstr("tools is false")));
  v1::ModelCapabilities less;
  less.set_max_output_tokens(0);
  less.set_stop_limit(-1);
  less.set_tool_id_max_length(3);
  less.set_max_temperature(-1);
  EXPECT_EQ(Contradictions(less).size(), 4u);
}

}  // namespace
}  // namespace warmpath
