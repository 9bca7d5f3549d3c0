#include "cli/gate/command_gate.h"

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/admin_client.h"
#include "cli/gate/replay_config.h"
#include "cli/gate/run_from_store.h"
#include "cli/gate/run_replay.h"

namespace warmpath {
namespace {

constexpr char kExamples[] =
    "warmpath gate replay --config gate.yaml < outcomes.jsonl > states.jsonl\n"
    "warmpath gate replay < with_dim_lines.jsonl\n"
    "warmpath gate replay --from-store --workflow support --config gate.yaml --baseline warmpath.yaml "
    "> states.jsonl\n"
    "warmpath gate replay --from-store --workflow support --path backup --since 30d --export > cards.jsonl";

constexpr char kNotes[] =
    "Input, one JSON object a line; t in seconds, \"wf\" and \"fp\" (evidence key) may be left out:\n"
    "  {\"op\":\"dim\",\"name\":\"policy\",\"q0\":0.01}      or \"mode\":\"paired\",\"delta\":0.02\n"
    "  {\"op\":\"sample\",\"t\":60,\"wf\":\"w\",\"path\":\"p\",\"fp\":\"k\",\"loss\":{\"policy\":0}}\n"
    "      also id, conv, item, synthetic, replica, at, ctl\n"
    "  {\"op\":\"severe\",\"t\":..,\"path\":..,\"class\":\"S1\"}    S1, S2, S2c, S2n\n"
    "  {\"op\":\"ack\",...}  {\"op\":\"hint\",..,\"mass\":0.05,\"dims\":[..]}  {\"op\":\"rearm\",..}\n"
    "  {\"op\":\"dispatch\",\"id\":..,...}  {\"op\":\"tick\",\"t\":..}  {\"op\":\"query\",\"t\":..}\n"
    "  {\"op\":\"live\",\"t\":..,\"path\":..,\"n\":50,\"f\":0}    a ramp's next step\n"
    "  {\"op\":\"plan\",\"t\":..,\"budget\":24,\"traffic\":{\"w/p\":600}}  where mirrors are spent, a minute\n"
    "  {\"op\":\"incident\",\"t\":..,\"wf\":..,\"on\":true}    clocks of freshness stand still, an hour at most\n"
    "\n"
    "Output: one line for each change of state, and for each key that a query matches. The config:\n"
    "  gate: {alpha_green: 0.01, tau: 30m, t_cold: 6h, rho: 1}\n"
    "  dimensions: {schema: {theta: 0.995}, policy: {theta: 0.99, mode: paired, delta: 0.01}}\n"
    "\n"
    "--from-store: what would these thresholds have done? The server's scorecards in place of stdin, the\n"
    "states on stdout, and on stderr how long each path was in which state, by --config and, if it is\n"
    "given, by --baseline. --export writes the cards as lines instead, to keep and to edit; replaying them\n"
    "gives the same states. Only here a new evidence key always starts anew as a whole, as lines do not\n"
    "tell what a key is made of. The judge begins with the first card of --since.\n"
    "\n"
    "Exit codes: 0 done; 1 a line was bad: {\"line\":n,\"error\":\"...\"}; 2 not asked properly.";

constexpr char kExplainExamples[] =
    "warmpath gate explain --workflow support --path backup --config /etc/warmpath/warmpath.yaml\n"
    "warmpath gate explain --workflow support --path backup --config gate.yaml --since 2d --json";

constexpr char kExplainNotes[] =
    "Prints each change of state with its reasons and the evidence at that moment (G for, V against; proof\n"
    "at 100, suspicion at 1, RED at 100), new evidence keys, severe violations, acknowledgements,\n"
    "hints and flips.\n"
    "\n"
    "It is worked out anew: the server's scorecards, from 30 days before --since on, go through the judge\n"
    "on virtual time. So it may differ from what was where --config differs from what the server had then,\n"
    "where older cards are past their retention, and where live failures, which are not stored, began an\n"
    "incident. The server does not tell its thresholds: --config is needed.";

absl::Status CheckNoStoreOptions(const CommandLine& line) {
  for (const char* option : {"workflow", "path", "since", "baseline", "export", "server", "tls", "ca-file"}) {
    if (line.Has(option)) {
      return absl::InvalidArgumentError(absl::StrCat("--", option, " goes with --from-store"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Replay(const CommandLine& line, CliIo& io) {
  if (line.Has("from-store")) return RunFromStore(line, io);
  RETURN_IF_ERROR(CheckNoStoreOptions(line));
  ReplayOptions options;
  if (const std::string name = line.Get("config"); !name.empty()) {
    std::ifstream file(name, std::ios::binary);
    if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot read ", name));
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    ASSIGN_OR_RETURN(options, ReadReplayConfig(text, name));
  }
  return RunGateReplay(std::move(options), io.in, io.out, io.err);
}

}  // namespace

std::vector<Command> GateCommands() {
  CommandSpec spec;
  spec.name = "gate replay";
  spec.summary = "Replays scored samples, or a server's scorecards, through the judge on virtual time.";
  spec.examples = kExamples;
  spec.notes = kNotes;
  spec.options = {
      {"config", "FILE",
       "constants of the gate and the dimensions, as YAML; with --from-store also a config of warmpathd"},
      {"from-store", "", "read the server's scorecards in place of stdin"},
      {"workflow", "NAME", "with --from-store: whose cards"},
      {"path", "NAME", "with --from-store: only this path's lines and row"},
      {"since", "SPAN", "with --from-store: how far back; default 30d"},
      {"baseline", "FILE", "with --from-store: further thresholds for the comparison"},
      {"export", "", "with --from-store: write the cards as lines"},
  };
  for (OptionSpec& option : ServerOptions()) {
    if (option.name != "json") spec.options.push_back(std::move(option));
  }
  CommandSpec explain;
  explain.name = "gate explain";
  explain.summary = "A path's history of states with the evidence at each change.";
  explain.examples = kExplainExamples;
  explain.notes = kExplainNotes;
  explain.options = {
      {"workflow", "NAME", "required"},
      {"path", "NAME", "required"},
      {"config", "FILE", "required: a config of warmpathd, or gate.yaml"},
      {"since", "SPAN", "how far back; default 7d"},
  };
  for (OptionSpec& option : ServerOptions()) {
    if (option.name == "json") option.help = "one line of JSON for each event, for programs";
    explain.options.push_back(std::move(option));
  }
  std::vector<Command> commands;
  commands.push_back({std::move(spec), Replay});
  commands.push_back({std::move(explain), RunExplain});
  return commands;
}

}  // namespace warmpath
