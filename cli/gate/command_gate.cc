#include "cli/gate/command_gate.h"

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/gate/replay_config.h"
#include "cli/gate/run_replay.h"

namespace warmpath {
namespace {

constexpr char kExamples[] =
    "warmpath gate replay --config gate.yaml < outcomes.jsonl > states.jsonl\n"
    "warmpath gate replay < with_dim_lines.jsonl";

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
    "Exit codes: 0 done; 1 a line was bad: {\"line\":n,\"error\":\"...\"}; 2 not asked properly.";

absl::StatusOr<int> Replay(const CommandLine& line, CliIo& io) {
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
  spec.summary = "Replays scored samples through the production judge on virtual time; needs no server.";
  spec.examples = kExamples;
  spec.notes = kNotes;
  spec.options = {{"config", "FILE", "constants of the gate and the dimensions, as YAML"}};
  std::vector<Command> commands;
  commands.push_back({std::move(spec), Replay});
  return commands;
}

}  // namespace warmpath
