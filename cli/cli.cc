#include "cli/cli.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/string_view.h"
#include "base/suggest.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/gate/command_gate.h"

namespace warmpath {
namespace {

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (std::vector<Command> group :
       {ReadCommands(), FailoverCommands(), DrillCommands(), OfflineCommands(), GateCommands()}) {
    for (Command& command : group) all.push_back(std::move(command));
  }
  return all;
}

std::string Overview(const std::vector<Command>& commands) {
  std::string text =
      "warmpath shows what is green and why, and moves traffic.\n\nUsage: warmpath COMMAND "
      "[options]\n\n";
  size_t width = 0;
  for (const Command& command : commands) width = std::max(width, command.spec.name.size());
  for (const Command& command : commands) {
    absl::StrAppend(&text, "  ", command.spec.name,
                    std::string(width - command.spec.name.size() + 2, ' '), command.spec.summary,
                    "\n");
  }
  absl::StrAppend(
      &text,
      "\nwarmpath COMMAND --help shows options and examples.\n"
      "WARMPATH_SERVER: the admin_grpc address of warmpathd. WARMPATH_TOKEN: its bearer token. "
      "WARMPATH_ACTOR: your name in\nthe audit (default USER). NO_COLOR: no colours.\n");
  return text;
}

// How many of `words` make up the command's name; 0: it is another command.
size_t MatchedWords(const Command& command, const std::vector<std::string>& words) {
  const size_t count = std::count(command.spec.name.begin(), command.spec.name.end(), ' ') + 1;
  if (words.size() < count) return 0;
  const std::string name = count == 1 ? words[0] : absl::StrCat(words[0], " ", words[1]);
  return name == command.spec.name ? count : 0;
}

int UnknownCommand(const std::vector<Command>& commands, const std::vector<std::string>& words,
                   CliIo& io) {
  std::string group;
  std::vector<std::string> names;
  for (const Command& command : commands) {
    names.push_back(command.spec.name);
    if (absl::StartsWith(command.spec.name, words[0] + " ")) {
      absl::StrAppend(&group, group.empty() ? "" : ", ", command.spec.name);
    }
  }
  if (!group.empty()) {
    io.err << "warmpath: say which: " << group << "\n";
    return 2;
  }
  const std::string two = words.size() > 1 ? absl::StrCat(words[0], " ", words[1]) : words[0];
  std::string closest = ClosestMatch(words[0], names);
  if (closest.empty()) closest = ClosestMatch(two, names);
  io.err << "warmpath: unknown command '" << words[0] << "'"
         << (closest.empty() ? "; warmpath --help lists them" : "; did you mean '" + closest + "'?")
         << "\n";
  return 2;
}

bool AsksForHelp(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

int RunCommand(const Command& command, const std::vector<std::string>& words, CliIo& io) {
  if (AsksForHelp(words)) {
    io.out << HelpText(command.spec);
    return 0;
  }
  const absl::StatusOr<CommandLine> line = CommandLine::Parse(command.spec, words);
  if (!line.ok()) {
    io.err << "warmpath: " << line.status().message() << "\n";
    return 2;
  }
  const absl::StatusOr<int> result = command.run(*line, io);
  if (result.ok()) {
    io.out.flush();
    return io.out ? *result : 1;
  }
  io.err << "warmpath: " << result.status().message() << "\n";
  return absl::IsInvalidArgument(result.status()) ? 2 : 1;
}

}  // namespace

int RunCli(const std::vector<std::string>& words, CliIo& io) {
  const std::vector<Command> commands = AllCommands();
  if (words.empty()) {
    io.err << Overview(commands);
    return 2;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    io.out << Overview(commands);
    return 0;
  }
  if (words[0] == "--version") {
    io.out << "warmpath " << kVersion << "\n";
    return 0;
  }
  for (const Command& command : commands) {
    if (const size_t count = MatchedWords(command, words); count > 0) {
      return RunCommand(command, {words.begin() + count, words.end()}, io);
    }
  }
  return UnknownCommand(commands, words, io);
}

}  // namespace warmpath
