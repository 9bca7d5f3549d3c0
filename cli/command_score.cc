// `warmpath score`, and with --compare what two of its runs differ in.
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/compare.h"
#include "cli/compare_report.h"
#include "cli/score.h"
#include "config/config.h"
#include "scorer/contract.h"

namespace warmpath {
namespace {

constexpr char kExamples[] =
    "warmpath score < rows.jsonl > cards.jsonl\n"
    "warmpath score --config warmpath.yaml --max-handovers 20% < rows.jsonl > cards.jsonl\n"
    "warmpath score --compare before.cards.jsonl after.cards.jsonl\n"
    "warmpath score --compare before.cards.jsonl after.cards.jsonl --max-drop 1% --json";

constexpr char kNotes[] =
    "Exit codes of a run: 0 done; 1 a line was bad; 2 not asked properly, or the output cannot be\n"
    "written; 3 more is handed to people than --max-handovers.\n"
    "\n"
    "--compare joins two runs by the rows' \"id\". A row counts where it is evidence (pass or fail) in\n"
    "both. Whether there was an answer at all is compared, too. Exit codes:\n"
    "  0  nothing is worse by more than --max-drop and significantly so\n"
    "  1  no answer can be given: bad lines, an id twice, rows of A that B lacks, nothing in common\n"
    "  2  not asked properly, or a file cannot be read\n"
    "  3  regression: somewhere the share of rows that pass fell by more than --max-drop, and the exact\n"
    "     two-sided McNemar test gives less than --alpha; or --max-handovers is exceeded in B";

absl::StatusOr<std::map<std::string, v1::Contract>> Contracts(const std::string& config_file) {
  std::map<std::string, v1::Contract> contracts;
  if (config_file.empty()) return contracts;
  v1::Config config;
  const std::vector<ConfigProblem> problems = LoadConfig(config_file, config);
  RETURN_IF_ERROR(ConfigProblemsToStatus(problems));
  for (const auto& [name, workflow] : config.workflows()) {
    ASSIGN_OR_RETURN(contracts[name], ContractFromConfig(workflow.contract(), ""));
  }
  return contracts;
}

absl::Status OnlyWithCompare(const CommandLine& line) {
  for (const char* option :
       {"max-drop", "alpha", "top", "examples", "allow-missing", "json"}) {
    if (line.Has(option)) {
      return absl::InvalidArgumentError(absl::StrCat("--", option, " is for --compare"));
    }
  }
  if (line.arguments().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("rows are read from standard input; files are for --compare");
}

absl::StatusOr<int> Compare(const CommandLine& line, CliIo& io) {
  if (line.arguments().size() != 2) {
    return absl::InvalidArgumentError("--compare needs two files: A.cards.jsonl B.cards.jsonl");
  }
  for (const char* option : {"config", "jobs", "threads"}) {
    if (line.Has(option)) {
      return absl::InvalidArgumentError(absl::StrCat("--", option, " is not for --compare"));
    }
  }
  CompareOptions options;
  ASSIGN_OR_RETURN(options.max_drop, line.GetShareOrZero("max-drop", options.max_drop));
  ASSIGN_OR_RETURN(options.alpha, line.GetShare("alpha", options.alpha));
  ASSIGN_OR_RETURN(options.max_handovers,
                   line.GetShareOrZero("max-handovers", options.max_handovers));
  ASSIGN_OR_RETURN(options.top_findings, line.GetCount("top", 10));
  ASSIGN_OR_RETURN(options.examples, line.GetCount("examples", 3));
  options.allow_missing = line.Has("allow-missing");
  std::ifstream a(line.argument(0), std::ios::binary), b(line.argument(1), std::ios::binary);
  if (!a || !b) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read ", line.argument(a ? 1 : 0)));
  }
  const RunComparison comparison = CompareCards(a, b, options);
  if (a.bad() || b.bad()) {
    return absl::InvalidArgumentError(
        absl::StrCat("reading ", line.argument(a.bad() ? 0 : 1), " failed half-way"));
  }
  io.out << (line.Has("json") ? CompareJson(comparison, options)
                              : CompareText(comparison, options));
  return static_cast<int>(OutcomeOf(comparison, options));
}

absl::StatusOr<int> Score(const CommandLine& line, CliIo& io) {
  if (line.Has("compare")) return Compare(line, io);
  RETURN_IF_ERROR(OnlyWithCompare(line));
  ScoreOptions options;
  ASSIGN_OR_RETURN(options.contracts, Contracts(line.Get("config")));
  ASSIGN_OR_RETURN(options.threads, line.GetCount("threads", 0));
  ASSIGN_OR_RETURN(options.threads, line.GetCount("jobs", options.threads));
  ASSIGN_OR_RETURN(options.max_handovers,
                   line.GetShareOrZero("max-handovers", options.max_handovers));
  return RunScore(io.in, io.out, io.err, options);
}

}  // namespace

Command ScoreCommand() {
  CommandSpec spec;
  spec.name = "score";
  spec.arguments = "[--compare A.cards.jsonl B.cards.jsonl]";
  spec.max_arguments = 2;
  spec.summary = "Scores recorded pairs of answers with the production scorers; needs no server.";
  spec.examples = kExamples;
  spec.notes = kNotes;
  spec.options = {
      {"config", "FILE", "take the contracts of rows that name a workflow from here"},
      {"jobs", "N", "threads; default: one for each core. The order of cards stays"},
      {"threads", "N", "the same as --jobs"},
      {"max-handovers", "SHARE", "fail if more of the answers hand over to a person; default 100%"},
      {"compare", "", "read two files of cards and say what got worse from A to B"},
      {"max-drop", "SHARE", "how much of the rows may get worse; default 0.5%"},
      {"alpha", "P", "significance of the test; 1: every drop counts; default 0.05"},
      {"top", "N", "how many kinds of new findings to name; default 10"},
      {"examples", "N", "ids for each of them; default 3"},
      {"allow-missing", "", "B may lack rows of A"},
      {"json", "", "print the comparison as one line of JSON"}};
  return {std::move(spec), Score};
}

}  // namespace warmpath
