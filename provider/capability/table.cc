#include "provider/capability/table.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "base/yaml_to_proto.h"

namespace warmpath {

// capabilities.yaml, from the build.
extern const char* const kCapabilitiesYaml;

namespace {

bool Fits(const v1::CapabilityRow& row, std::string_view model) {
  return std::any_of(row.model_contains().begin(), row.model_contains().end(),
                     [&](const std::string& part) { return model.find(part) != std::string_view::npos; });
}

void Overlay(const v1::ModelCapabilities& from, v1::ModelCapabilities* to) {
  const auto known = to->refused_fields();
  to->MergeFrom(from);
  // MergeFrom has appended them all.
  to->clear_refused_fields();
  for (const auto* list : {&known, &from.refused_fields()}) {
    for (const std::string& field : *list) {
      const auto& have = to->refused_fields();
      if (std::find(have.begin(), have.end(), field) == have.end()) to->add_refused_fields(field);
    }
  }
}

v1::CapabilityTable ReadShipped() {
  v1::CapabilityTable table;
  for (const ConfigProblem& problem :
       YamlToProto(kCapabilitiesYaml, "capabilities.yaml", &table)) {
    std::fprintf(stderr, "%s\n", problem.ToString().c_str());
    std::abort();
  }
  return table;
}

}  // namespace

const v1::CapabilityTable& ShippedCapabilities() {
  static const v1::CapabilityTable* const table = new v1::CapabilityTable(ReadShipped());
  return *table;
}

v1::ModelCapabilities CapabilitiesFor(const v1::CapabilityTable& table, std::string_view server,
                                      std::string_view model) {
  v1::ModelCapabilities capabilities;
  const v1::CapabilityRow* of_model = nullptr;
  for (const v1::CapabilityRow& row : table.rows()) {
    if (!row.server().empty() && row.server() != server) continue;
    if (row.model_contains().empty()) {
      Overlay(row.capabilities(), &capabilities);
    } else if (of_model == nullptr && Fits(row, model)) {
      of_model = &row;
    }
  }
  if (of_model != nullptr) Overlay(of_model->capabilities(), &capabilities);
  return capabilities;
}

v1::ModelCapabilities PathCapabilities(const v1::Config& config, const v1::PathConfig& path) {
  const auto provider = config.providers().find(path.provider());
  const std::string_view server =
      provider == config.providers().end() ? std::string_view() : ServerOf(provider->second);
  // Embedded rules and static answers are no models.
  if (server.empty()) return path.capabilities();
  v1::ModelCapabilities capabilities =
      CapabilitiesFor(ShippedCapabilities(), server, path.model());
  v1::CapabilityTable own;
  *own.mutable_rows() = config.capabilities();
  Overlay(CapabilitiesFor(own, server, path.model()), &capabilities);
  Overlay(path.capabilities(), &capabilities);
  return capabilities;
}

std::string_view ServerOf(const v1::ProviderConfig& provider) {
  if (!provider.server().empty()) return provider.server();
  switch (provider.kind()) {
    case v1::PROVIDER_KIND_OPENAI:
    case v1::PROVIDER_KIND_OPENAI_RESPONSES: return "openai";
    case v1::PROVIDER_KIND_AZURE_OPENAI: return "azure_openai";
    case v1::PROVIDER_KIND_ANTHROPIC: return "anthropic";
    case v1::PROVIDER_KIND_GEMINI: return "gemini";
    default: return "";
  }
}

const std::vector<std::string>& KnownServers() {
  static const auto* const kServers = new std::vector<std::string>{
      "anthropic", "azure_openai", "gemini", "groq", "llama_cpp",
      "mistral",   "ollama",       "openai", "openrouter", "vllm"};
  return *kServers;
}

std::vector<std::string> Contradictions(const v1::ModelCapabilities& c) {
  std::vector<std::string> problems;
  if (c.has_max_output_tokens() && c.max_output_tokens() < 1) {
    problems.push_back("max_output_tokens must be at least 1");
  }
  if (c.has_context_window_tokens() && c.context_window_tokens() < 1) {
    problems.push_back("context_window_tokens must be at least 1");
  }
  if (c.has_context_window_tokens() && c.has_max_output_tokens() &&
      c.max_output_tokens() > c.context_window_tokens()) {
    problems.push_back(absl::StrCat("max_output_tokens (", c.max_output_tokens(),
                                    ") does not fit into context_window_tokens (",
                                    c.context_window_tokens(), ")"));
  }
  if (c.has_max_temperature() && !(c.max_temperature() >= 0)) {
    problems.push_back("max_temperature must not be negative");
  }
  if (c.has_stop_limit() && c.stop_limit() < 0) problems.push_back("stop_limit must not be negative");
  // Fewer characters than this cannot tell the calls of a conversation apart.
  constexpr int kLeastIdLength = 6;
  if (c.has_tool_id_max_length() && c.tool_id_max_length() < kLeastIdLength) {
    problems.push_back(absl::StrCat("tool_id_max_length must be at least ", kLeastIdLength));
  }
  if (c.has_tool_id_min_length() && c.tool_id_min_length() < 0) {
    problems.push_back("tool_id_min_length must not be negative");
  }
  if (c.has_tool_id_max_length() && c.has_tool_id_min_length() &&
      c.tool_id_min_length() > c.tool_id_max_length()) {
    problems.push_back(absl::StrCat("tool_id_min_length (", c.tool_id_min_length(),
                                    ") is above tool_id_max_length (", c.tool_id_max_length(), ")"));
  }
  if (c.has_tools() && !c.tools() && c.forced_tool_use()) {
    problems.push_back("forced_tool_use is true, but tools is false");
  }
  return problems;
}

}  // namespace warmpath
