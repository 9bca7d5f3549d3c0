#include "cli/gate/thresholds.h"

#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/config_problem.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "base/yaml_tree.h"
#include "cli/gate/replay_config.h"
#include "config/config.h"
#include "failover/gate_config.h"

namespace warmpath {
namespace {

bool IsServerConfig(const std::string& text, const std::string& file) {
  std::vector<ConfigProblem> problems;
  const YamlNode root = ParseYaml(text, file, YamlLimits(), &problems);
  for (const YamlEntry& entry : root.entries) {
    if (entry.key.text == "workflows" || entry.key.text == "providers") return true;
  }
  return false;
}

absl::StatusOr<GateParameters> FromServerConfig(const std::string& file,
                                                const std::string& workflow) {
  v1::Config config;
  RETURN_IF_ERROR(ConfigProblemsToStatus(LoadConfig(file, config)));
  const auto found = config.workflows().find(workflow);
  if (found != config.workflows().end()) return MakeGateParameters(found->second);
  std::vector<std::string> names;
  for (const auto& [name, unused] : config.workflows()) names.push_back(name);
  const std::string closest = ClosestMatch(workflow, names);
  return absl::NotFoundError(
      absl::StrCat(file, " has no workflow '", workflow, "'",
                   closest.empty() ? "" : absl::StrCat("; did you mean '", closest, "'?")));
}

}  // namespace

absl::StatusOr<ReplayOptions> ReadThresholds(const std::string& file, const std::string& workflow) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return absl::InvalidArgumentError(absl::StrCat("cannot read ", file));
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  ReplayOptions options;
  if (IsServerConfig(text, file)) {
    ASSIGN_OR_RETURN(options.parameters, FromServerConfig(file, workflow));
    options.bucket = options.parameters.bucket;
    return options;
  }
  ASSIGN_OR_RETURN(options, ReadReplayConfig(text, file));
  if (options.parameters.dimensions.empty()) {
    ASSIGN_OR_RETURN(const GateParameters usual, MakeGateParameters(v1::WorkflowConfig()));
    options.parameters.dimensions = usual.dimensions;
  }
  if (!options.bucket) options.bucket = kDefaultBucket;
  options.parameters.bucket = *options.bucket;
  return options;
}

}  // namespace warmpath
