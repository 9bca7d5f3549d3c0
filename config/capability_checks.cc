#include "config/capability_checks.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/json_util.h"
#include "provider/capability/schema_fit.h"
#include "provider/capability/table.h"

namespace warmpath {
namespace {

void CheckServer(const std::string& at, const std::string& server, const SourceMap& sources,
                 std::vector<ConfigProblem>& problems) {
  const std::vector<std::string>& known = KnownServers();
  if (server.empty() || std::find(known.begin(), known.end(), server) != known.end()) return;
  problems.push_back(sources.ProblemAt(
      at, absl::StrCat("there is no kind of server '", server, "'; choose from: ",
                       absl::StrJoin(known, ", "))));
}

void CheckRow(const std::string& at, const v1::CapabilityRow& row, const SourceMap& sources,
              std::vector<ConfigProblem>& problems) {
  CheckServer(at + ".server", row.server(), sources, problems);
  for (const std::string& problem : Contradictions(row.capabilities())) {
    problems.push_back(sources.ProblemAt(at + ".capabilities", problem));
  }
  const auto& parts = row.model_contains();
  if (std::find(parts.begin(), parts.end(), "") != parts.end()) {
    problems.push_back(sources.ProblemAt(
        at + ".model_contains", "an empty text is in every name; leave model_contains out instead"));
  }
}

}  // namespace

void CheckCapabilities(const v1::Config& config, const SourceMap& sources,
                       std::vector<ConfigProblem>& problems) {
  for (const auto& [name, provider] : config.providers()) {
    CheckServer(PathAppendKey("providers", name) + ".server", provider.server(), sources, problems);
  }
  for (int i = 0; i < config.capabilities_size(); ++i) {
    CheckRow(PathAppendIndex("capabilities", i), config.capabilities(i), sources, problems);
  }
  for (const auto& [name, workflow] : config.workflows()) {
    for (int i = 0; i < workflow.paths_size(); ++i) {
      const std::string at = PathAppendIndex(PathAppendKey("workflows", name) + ".paths", i);
      for (const std::string& problem : Contradictions(PathCapabilities(config, workflow.paths(i)))) {
        problems.push_back(sources.ProblemAt(
            at + ".capabilities",
            absl::StrCat("with the capability table: ", problem,
                         "; give both values in the path's capabilities")));
      }
    }
  }
}

void WarnOfSchemas(const v1::Config& config, const SourceMap& sources,
                   std::vector<ConfigProblem>& warnings) {
  for (const auto& [name, workflow] : config.workflows()) {
    const auto& schema = workflow.contract().output_schema();
    std::string schema_json;
    if (schema.fields().empty() ||
        !google::protobuf::util::MessageToJsonString(schema, &schema_json).ok()) {
      continue;
    }
    for (int i = 0; i < workflow.paths_size(); ++i) {
      const v1::PathConfig& path = workflow.paths(i);
      const auto provider = config.providers().find(path.provider());
      if (provider == config.providers().end()) continue;
      const std::string_view server = ServerOf(provider->second);
      const std::string problem = SchemaProblem(server, PathCapabilities(config, path), schema_json);
      if (server.empty() || problem.empty()) continue;
      warnings.push_back(sources.ProblemAt(
          PathAppendIndex(PathAppendKey("workflows", name) + ".paths", i),
          absl::StrCat("the path '", path.name(), "' (", path.model(),
                       ") cannot hold the contract's output_schema natively: ", problem,
                       "; its answers are judged by the schema, but not constrained to it")));
    }
  }
}

}  // namespace warmpath
