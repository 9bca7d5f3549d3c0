#include "gateway/live_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "scorer/contract.h"

namespace warmpath {
namespace {

// Fields that are not set have the default.
void ReadChoices(const v1::WorkflowConfig& config, WorkflowRules& rules) {
  if (config.inline_().mode() != v1::INLINE_MODE_UNSPECIFIED) {
    rules.inline_mode = config.inline_().mode();
  }
  if (config.on_refusal() != v1::REFUSAL_POLICY_UNSPECIFIED) rules.on_refusal = config.on_refusal();
  rules.until_valid = config.inline_().buffer() == v1::STREAM_BUFFERING_UNTIL_VALID;
  if (config.inline_().max_buffer_bytes() > 0) {
    rules.max_buffer_bytes = static_cast<size_t>(config.inline_().max_buffer_bytes());
  }
}

bool HasOwnKey(const v1::ProviderConfig& provider) {
  if (!provider.api_key().empty()) return true;
  return std::any_of(provider.headers().begin(), provider.headers().end(), [](const auto& header) {
    const std::string name = absl::AsciiStrToLower(header.first);
    return name == "authorization" || name == "x-api-key" || name == "api-key" ||
           name == "x-goog-api-key";
  });
}

}  // namespace

const WorkflowRules::Path* WorkflowRules::FindPath(std::string_view name) const {
  const auto found = paths.find(name);
  return found == paths.end() ? nullptr : &found->second;
}

absl::StatusOr<std::shared_ptr<const LiveRules>> LiveRules::Create(const v1::Config& config) {
  std::shared_ptr<LiveRules> all(new LiveRules);
  for (const auto& [name, workflow] : config.workflows()) {
    WorkflowRules& rules = all->workflows_[name];
    ReadChoices(workflow, rules);
    auto contract = ContractFromConfig(workflow.contract(), "");
    if (!contract.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("workflow \"", name, "\": ", contract.status().message()));
    }
    rules.contract = *std::move(contract);
    for (const v1::PathConfig& path : workflow.paths()) {
      WorkflowRules::Path& entry = rules.paths[path.name()];
      entry.provider = path.provider();
      const auto provider = config.providers().find(path.provider());
      entry.has_own_key = provider != config.providers().end() && HasOwnKey(provider->second);
      if (path.role() == v1::ROLE_PRIMARY) rules.primary_provider = path.provider();
      if (path.max_requests_per_second() > 0 || path.max_concurrency() > 0) {
        entry.limit =
            std::make_unique<PathLimit>(path.max_requests_per_second(), path.max_concurrency());
      }
    }
  }
  return all;
}

const WorkflowRules* LiveRules::Find(std::string_view workflow) const {
  const auto found = workflows_.find(workflow);
  return found == workflows_.end() ? nullptr : &found->second;
}

}  // namespace warmpath
