#include "tests/fuzz/dialects.h"

#include "provider/capability/table.h"

namespace warmpath::fuzz {
namespace {

v1::ModelCapabilities DrawCapabilities(Choices& choices) {
  v1::ModelCapabilities can;
  // Each field: unknown, yes or no.
  const auto flag = [&](auto set) {
    if (const size_t choice = choices.Below(3); choice != 0) (can.*set)(choice == 1);
  };
  using Can = v1::ModelCapabilities;
  flag(&Can::set_sampling_params);
  flag(&Can::set_tools);
  flag(&Can::set_forced_tool_use);
  flag(&Can::set_parallel_switch);
  flag(&Can::set_native_structured_output);
  flag(&Can::set_json_object_output);
  flag(&Can::set_strict_tools);
  flag(&Can::set_adaptive_thinking);
  flag(&Can::set_budget_thinking);
  flag(&Can::set_thinking_can_be_disabled);
  flag(&Can::set_prefill);
  flag(&Can::set_system_in_list);
  flag(&Can::set_developer_role);
  flag(&Can::set_images);
  flag(&Can::set_max_completion_tokens);
  flag(&Can::set_stream_usage);
  if (choices.Flag()) can.set_max_output_tokens(1 + choices.Next() * 64);
  if (choices.Flag()) can.set_max_temperature(choices.Below(5) * 0.5);
  if (choices.Flag()) can.set_stop_limit(static_cast<int>(choices.Below(5)));
  if (choices.Flag()) {
    const int least = 1 + static_cast<int>(choices.Below(40));
    can.set_tool_id_min_length(least);
    can.set_tool_id_max_length(least + static_cast<int>(choices.Below(64)));
    can.set_tool_id_charset(choices.Flag() ? v1::TOOL_ID_CHARSET_ALPHANUMERIC
                                           : v1::TOOL_ID_CHARSET_URL_SAFE);
  }
  if (choices.Flag()) can.add_refused_fields("seed");
  return can;
}

}  // namespace

PathTarget DrawTarget(Choices& choices) {
  struct Known {
    const char* server;
    const char* model;
  };
  static constexpr Known kKnown[] = {{"openai", "gpt-4o"},
                                     {"openai", "o3"},
                                     {"anthropic", "claude-opus-5"},
                                     {"mistral", "mistral-large"},
                                     {"gemini", "gemini-2.5-pro"},
                                     {"ollama", "llama3"},
                                     {"groq", "llama"},
                                     {"vllm", "qwen"}};
  PathTarget target{.path = "backup", .model = "some-model", .provider = "vendor"};
  const size_t kind = choices.Below(4);
  if (kind == 1) {
    target.capabilities = DrawCapabilities(choices);
  } else if (kind >= 2) {
    const Known& known = choices.Of(kKnown);
    target.model = known.model;
    target.server = known.server;
    target.capabilities = CapabilitiesFor(ShippedCapabilities(), known.server, known.model);
  }
  return target;
}

}  // namespace warmpath::fuzz
