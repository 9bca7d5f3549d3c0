// The commands that need no server: decode, config check; score is in command_score.cc.
#include <map>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "cli/command.h"
#include "cli/decode.h"
#include "config/config.h"
#include "failover/failover_parameters.h"
#include "failover/gate_config.h"
#include "scorer/contract.h"

namespace warmpath {
namespace {

absl::StatusOr<int> Decode(const CommandLine&, CliIo& io) { return RunDecode(io.in, io.out); }

// Everything that the start would refuse, beyond what the loader sees, each with its workflow.
std::vector<std::string> ParameterProblems(const v1::Config& config) {
  std::vector<std::string> problems;
  const auto add = [&](const std::string& workflow, const absl::Status& status) {
    if (!status.ok()) {
      problems.push_back(absl::StrCat("workflow '", workflow, "': ", status.message()));
    }
  };
  const std::map<std::string, v1::WorkflowConfig> workflows(config.workflows().begin(),
                                                            config.workflows().end());
  for (const auto& [name, workflow] : workflows) {
    add(name, MakeGateParameters(workflow).status());
    add(name, MakeFailoverParameters(workflow.failover()).status());
    add(name, ContractFromConfig(workflow.contract(), "").status());
  }
  return problems;
}

absl::StatusOr<int> CheckConfig(const CommandLine& line, CliIo& io) {
  const std::string file = line.argument(0);
  v1::Config config;
  std::vector<ConfigProblem> warnings;
  const std::vector<ConfigProblem> problems = LoadConfig(file, config, &warnings);
  for (const ConfigProblem& problem : problems) io.err << problem.ToString() << "\n";
  if (!problems.empty()) return 1;
  for (const ConfigProblem& warning : warnings) {
    io.err << "warning: " << warning.ToString() << "\n";
  }
  const std::vector<std::string> more = ParameterProblems(config);
  for (const std::string& problem : more) io.err << file << ": " << problem << "\n";
  if (!more.empty()) return 1;
  io.out << file << " is good: " << config.workflows_size()
         << (config.workflows_size() == 1 ? " workflow, " : " workflows, ")
         << config.providers_size()
         << (config.providers_size() == 1 ? " provider\n" : " providers\n");
  return 0;
}

}  // namespace

std::vector<Command> OfflineCommands() {
  return {
      ScoreCommand(),
      {{"decode",
        "",
        0,
        0,
        "Decodes recorded wire answers into canonical Observations; needs no server.",
        "warmpath decode < exchanges.jsonl",
        {}},
       Decode},
      {{"config check",
        "FILE",
        1,
        1,
        "Prints every problem of a config with its line, and warnings; exit code 0 if there is no problem.",
        "warmpath config check warmpath.yaml",
        {}},
       CheckConfig},
  };
}

}  // namespace warmpath
