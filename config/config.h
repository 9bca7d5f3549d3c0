// The configuration, from file to checked message.
#pragma once

#include <string>
#include <vector>

#include "base/config_problem.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Reads a YAML file into `config`: strictly, with every default filled in and output_schema_file
// and rubric_file resolved into output_schema and rubric (relative to the config's folder). Returns every problem with its line;
// empty means that `config` is whole and consistent. Secrets are not read here: whoever uses one does.
//
//   v1::Config config;
//   const auto problems = LoadConfig("warmpath.yaml", config);
//   RETURN_IF_ERROR(ConfigProblemsToStatus(problems));
//
// `warnings`, if given, learns what works but not as well as the config may hope; with problems it is
// left as it is.
std::vector<ConfigProblem> LoadConfig(const std::string& path, v1::Config& config,
                                      std::vector<ConfigProblem>* warnings = nullptr);

// The same for text that stands in no file; `name` is shown in problems.
std::vector<ConfigProblem> ParseConfig(const std::string& yaml, const std::string& name,
                                       v1::Config& config,
                                       std::vector<ConfigProblem>* warnings = nullptr);

}  // namespace warmpath
