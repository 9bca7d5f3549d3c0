#include "config/config.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/utf8.h"
#include "base/yaml_to_proto.h"
#include "config/capability_checks.h"
#include "config/checks.h"
#include "config/defaults.h"
#include "google/protobuf/util/json_util.h"

namespace warmpath {
namespace {

bool ReadFile(const std::string& path, std::string& text) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  std::ostringstream buffer;
  buffer << file.rdbuf();
  text = std::move(buffer).str();
  return !file.bad();
}

// Puts the schemas that stand in files of their own where inline ones would stand.
void ResolveSchemaFiles(const std::filesystem::path& folder, const SourceMap& sources,
                        v1::Config& config, std::vector<ConfigProblem>& problems) {
  for (auto& [name, workflow] : *config.mutable_workflows()) {
    v1::ContractConfig& contract = *workflow.mutable_contract();
    if (contract.output_schema_file().empty()) continue;
    const std::string at = PathAppendKey("workflows", name) + ".contract.output_schema_file";
    if (contract.has_output_schema()) {
      problems.push_back(sources.ProblemAt(
          at, "output_schema and output_schema_file are both given; keep one of them"));
      continue;
    }
    const std::string path = (folder / contract.output_schema_file()).lexically_normal().string();
    std::string text;
    if (!ReadFile(path, text)) {
      problems.push_back(sources.ProblemAt(at, "cannot read '" + path + "'; is the path right?"));
      continue;
    }
    const auto status =
        google::protobuf::util::JsonStringToMessage(text, contract.mutable_output_schema());
    if (!status.ok()) {
      problems.push_back(sources.ProblemAt(
          at, "'" + path + "' is not a JSON object: " + std::string(status.message())));
    }
    contract.clear_output_schema_file();
  }
}

// Puts the rubrics of judges that stand in files of their own where inline ones would stand.
void ResolveRubricFiles(const std::filesystem::path& folder, const SourceMap& sources,
                        v1::Config& config, std::vector<ConfigProblem>& problems) {
  for (auto& [name, workflow] : *config.mutable_workflows()) {
    if (workflow.judge().rubric_file().empty()) continue;
    v1::JudgeConfig& judge = *workflow.mutable_judge();
    const std::string at = PathAppendKey("workflows", name) + ".judge.rubric_file";
    if (!judge.rubric().empty()) {
      problems.push_back(
          sources.ProblemAt(at, "rubric and rubric_file are both given; keep one of them"));
      continue;
    }
    const std::string path = (folder / judge.rubric_file()).lexically_normal().string();
    if (!ReadFile(path, *judge.mutable_rubric())) {
      problems.push_back(sources.ProblemAt(at, "cannot read '" + path + "'; is the path right?"));
    } else if (judge.rubric().find_first_not_of(" \t\r\n") == std::string::npos) {
      problems.push_back(sources.ProblemAt(at, "'" + path + "' is empty"));
    } else if (!IsValidUtf8(judge.rubric())) {
      problems.push_back(sources.ProblemAt(at, "'" + path + "' is not UTF-8"));
      judge.clear_rubric();
    } else {
      judge.clear_rubric_file();
    }
  }
}

void SortByLine(std::vector<ConfigProblem>& problems) {
  std::stable_sort(problems.begin(), problems.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) { return a.line < b.line; });
}

std::vector<ConfigProblem> Parse(const std::string& yaml, const std::string& name,
                                 const std::filesystem::path& folder, v1::Config& config,
                                 std::vector<ConfigProblem>* warnings) {
  SourceMap sources(name);
  std::vector<ConfigProblem> problems = YamlToProto(yaml, name, &config, &sources);
  ResolveSchemaFiles(folder, sources, config, problems);
  ResolveRubricFiles(folder, sources, config, problems);
  FillDefaults(config);
  CheckConfig(config, sources, problems);
  SortByLine(problems);
  if (problems.empty() && warnings != nullptr) {
    WarnOfSchemas(config, sources, *warnings);
    SortByLine(*warnings);
  }
  return problems;
}

}  // namespace

std::vector<ConfigProblem> LoadConfig(const std::string& path, v1::Config& config,
                                      std::vector<ConfigProblem>* warnings) {
  std::string yaml;
  if (!ReadFile(path, yaml)) {
    return {{path, 1, 1, "cannot read the file; does it exist, and may this user read it?"}};
  }
  return Parse(yaml, path, std::filesystem::path(path).parent_path(), config, warnings);
}

std::vector<ConfigProblem> ParseConfig(const std::string& yaml, const std::string& name,
                                       v1::Config& config,
                                       std::vector<ConfigProblem>* warnings) {
  return Parse(yaml, name, ".", config, warnings);
}

}  // namespace warmpath
