#include "cli/gate/run_from_store.h"

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "cli/admin_client.h"
#include "cli/gate/card_lines.h"
#include "cli/gate/card_source.h"
#include "cli/gate/explain.h"
#include "cli/gate/from_store.h"
#include "cli/gate/line_text.h"
#include "cli/gate/replay.h"
#include "cli/gate/replay_line.h"
#include "cli/gate/thresholds.h"
#include "cli/gate/workflow_replay.h"

namespace warmpath {
namespace {

// The judge begins so long before what is shown, so that the first state is the right one: no evidence
// counts for longer than a lease and the memory of keys.
constexpr absl::Duration kRunUp = absl::Hours(24 * 30);

absl::StatusOr<std::string> Required(const CommandLine& line, const char* option,
                                     const std::string& why) {
  std::string value = line.Get(option);
  if (!value.empty()) return value;
  return absl::InvalidArgumentError(absl::StrCat("--", option, " is missing", why));
}

absl::Status CheckPath(const v1::WorkflowStatus& status, const std::string& path) {
  std::vector<std::string> names;
  for (const v1::PathStatus& known : status.paths()) {
    if (known.path() == path) return absl::OkStatus();
    names.push_back(known.path());
  }
  const std::string closest = ClosestMatch(path, names);
  return absl::NotFoundError(
      absl::StrCat("workflow ", status.workflow(), " has no path '", path, "'",
                   closest.empty() ? absl::StrCat("; it has ", absl::StrJoin(names, ", "))
                                   : absl::StrCat("; did you mean '", closest, "'?")));
}

// Lines into the judge of `gate replay`, and what it says out.
class LineJudge {
 public:
  LineJudge(ReplayOptions options, std::ostream& out) : replay_(std::move(options)), out_(out) {}

  void Take(std::string line) {
    line.reserve(line.size() + simdjson::SIMDJSON_PADDING);
    ReplayLine parsed;
    absl::Status status = reader_.Read(line, parsed);
    if (status.ok()) status = replay_.Apply(parsed);
    if (!status.ok() && status_.ok()) status_ = status;
    out_ << replay_.TakeOutput();
  }
  const absl::Status& status() const { return status_; }

 private:
  GateReplay replay_;
  ReplayLineReader reader_;
  std::ostream& out_;
  absl::Status status_;
};

// What `gate replay --from-store` was asked.
struct FromStoreRequest {
  std::string workflow, path;
  bool exports = false;
  absl::Time start, end;
  ReplayOptions thresholds;
  // Set: the dimensions are the service's defaults, and the lines tell them.
  bool declares = false;
  std::vector<std::pair<std::string, ReplayOptions>> compared;
};

absl::StatusOr<FromStoreRequest> ReadRequest(const CommandLine& line, const CliIo& io) {
  FromStoreRequest request;
  ASSIGN_OR_RETURN(request.workflow, Required(line, "workflow", ": whose cards?"));
  request.path = line.Get("path");
  request.exports = line.Has("export");
  ASSIGN_OR_RETURN(const absl::Duration since, line.GetDuration("since", absl::Hours(24 * 30)));
  request.end = io.clock.Now();
  request.start = request.end - since;
  const std::string config = line.Get("config");
  request.declares = config.empty() && request.exports;
  if (config.empty() && !request.exports) {
    return absl::InvalidArgumentError(
        "--config is missing: the thresholds to try, as gate.yaml or a config of warmpathd. The "
        "server "
        "does not tell its own");
  }
  if (config.empty()) {
    ASSIGN_OR_RETURN(request.thresholds.parameters, MakeGateParameters(v1::WorkflowConfig()));
    request.thresholds.bucket = request.thresholds.parameters.bucket;
  } else {
    ASSIGN_OR_RETURN(request.thresholds, ReadThresholds(config, request.workflow));
  }
  const std::string baseline = line.Get("baseline");
  if (!baseline.empty()) {
    ASSIGN_OR_RETURN(ReplayOptions options, ReadThresholds(baseline, request.workflow));
    request.compared.emplace_back(baseline, std::move(options));
  }
  if (!request.exports) request.compared.emplace_back(config, request.thresholds);
  return request;
}

std::string DimLine(const GateDimension& dimension) {
  std::string line = "{\"op\":\"dim\",\"name\":";
  AppendJsonText(dimension.name, line);
  line += dimension.paired ? ",\"mode\":\"paired\",\"delta\":" : ",\"q0\":";
  // 1 - .995 is a little more than .005: that reads back as the same.
  AppendJsonNumber(std::round(dimension.q0 * 1e12) / 1e12, line);
  return line + "}\n";
}

std::string TickLine(absl::Time t) {
  std::string line = "{\"op\":\"tick\",\"t\":";
  AppendJsonTime(absl::ToUnixMicros(t), line);
  return line + "}\n";
}

// Reads the cards once, for the lines and for every set of thresholds.
absl::StatusOr<std::vector<ThresholdOutcome>> ReadAndReplay(
    const FromStoreRequest& request, CardSource& source,
    const std::function<void(const std::string&)>& write_line) {
  ASSIGN_OR_RETURN(const v1::WorkflowStatus status, source.ReadStatus());
  if (!request.path.empty()) RETURN_IF_ERROR(CheckPath(status, request.path));
  ASSIGN_OR_RETURN(const std::vector<ReplayAction> actions, source.ReadActions(request.start));
  std::vector<std::pair<std::string, std::unique_ptr<WorkflowReplay>>> replays;
  for (const auto& [name, options] : request.compared) {
    ASSIGN_OR_RETURN(WorkflowParameters parameters, ParametersOf(status, options.parameters));
    replays.emplace_back(
        name, std::make_unique<WorkflowReplay>(request.workflow, std::move(parameters), actions,
                                               request.start, nullptr));
  }
  ASSIGN_OR_RETURN(const WorkflowParameters parameters,
                   ParametersOf(status, request.thresholds.parameters));
  CardLines lines(parameters.gate, actions, write_line);
  RETURN_IF_ERROR(source.ReadCards(request.start, request.end, [&](const v1::Scorecard& card) {
    for (auto& [name, replay] : replays) replay->Take(card);
    if (request.path.empty() || card.candidate_path() == request.path) lines.Take(card);
  }));
  lines.Finish();
  write_line(TickLine(request.end));
  std::vector<ThresholdOutcome> outcomes;
  for (auto& [name, replay] : replays) {
    replay->Finish(request.end);
    outcomes.push_back({.thresholds = name, .paths = replay->summaries()});
  }
  return outcomes;
}

}  // namespace

absl::StatusOr<int> RunFromStore(const CommandLine& line, CliIo& io) {
  ASSIGN_OR_RETURN(FromStoreRequest request, ReadRequest(line, io));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  CardSource source(*client, request.workflow, io);
  LineJudge judge(request.thresholds, io.out);
  if (request.declares) {
    for (const GateDimension& dimension : request.thresholds.parameters.dimensions) {
      io.out << DimLine(dimension);
    }
  }
  ASSIGN_OR_RETURN(const std::vector<ThresholdOutcome> outcomes,
                   ReadAndReplay(request, source, [&](const std::string& text) {
                     request.exports ? void(io.out << text) : judge.Take(text);
                   }));
  RETURN_IF_ERROR(judge.status());
  io.out.flush();
  if (source.cards() == 0) {
    io.err << "warmpath: the server has no scorecards of " << request.workflow << " since then\n";
  }
  io.err << RenderOutcomes(outcomes, request.path, Style());
  return 0;
}

absl::StatusOr<int> RunExplain(const CommandLine& line, CliIo& io) {
  ExplainHeading heading;
  ASSIGN_OR_RETURN(heading.workflow, Required(line, "workflow", ""));
  ASSIGN_OR_RETURN(heading.path, Required(line, "path", ""));
  ASSIGN_OR_RETURN(const std::string config,
                   Required(line, "config",
                            ": the server's own config, or gate.yaml. The server does not tell its "
                            "thresholds"));
  ASSIGN_OR_RETURN(const absl::Duration since, line.GetDuration("since", absl::Hours(24 * 7)));
  heading.end = io.clock.Now();
  heading.start = heading.end - since;
  ASSIGN_OR_RETURN(const ReplayOptions thresholds, ReadThresholds(config, heading.workflow));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  CardSource source(*client, heading.workflow, io);
  ASSIGN_OR_RETURN(const v1::WorkflowStatus status, source.ReadStatus());
  RETURN_IF_ERROR(CheckPath(status, heading.path));
  const absl::Time run_up = heading.start - kRunUp;
  ASSIGN_OR_RETURN(std::vector<ReplayAction> actions, source.ReadActions(run_up));
  ASSIGN_OR_RETURN(WorkflowParameters parameters, ParametersOf(status, thresholds.parameters));
  const bool json = line.Has("json");
  std::string events;
  WorkflowReplay replay(heading.workflow, std::move(parameters), std::move(actions), heading.start,
                        [&](const ReplayEvent& event) {
                          const bool flip = event.kind == ReplayEvent::Kind::kAction;
                          if (event.time < heading.start) return;
                          if (event.path != heading.path && !flip) return;
                          events += json ? EventJson(event) : RenderEvent(event, io.style);
                        });
  RETURN_IF_ERROR(source.ReadCards(run_up, heading.end, [&](const v1::Scorecard& card) {
    if (!heading.oldest_card) heading.oldest_card = FromProto(card.create_time());
    replay.Take(card);
  }));
  replay.Finish(heading.end);
  heading.cards = source.cards();
  if (json) {
    io.out << events;
    return 0;
  }
  io.out << RenderHeading(heading) << (events.empty() ? "nothing changed\n" : events)
         << RenderEnd(heading, replay.VerdictOf(heading.path), replay.summaries().at(heading.path),
                      io.style);
  return 0;
}

}  // namespace warmpath
