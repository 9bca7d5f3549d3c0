// One command of `warmpath`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/cli_io.h"
#include "cli/command_line.h"

namespace warmpath {

// What a command takes, and what it does. `run` returns the exit code; a status is for commands
// that print nothing of their own when they fail: it is printed, and the exit code is 2 for
// INVALID_ARGUMENT, else 1.
struct Command {
  CommandSpec spec;
  std::function<absl::StatusOr<int>(const CommandLine&, CliIo&)> run;
};

// status, history, divergences, show, flips, reviews, audit.
std::vector<Command> ReadCommands();
// flip, pin, unpin, observe, enforce, ack.
std::vector<Command> FailoverCommands();
// drill start, drill list, drill show, drill abort.
std::vector<Command> DrillCommands();
Command ScoreCommand();
// score, decode, config check.
std::vector<Command> OfflineCommands();

}  // namespace warmpath
