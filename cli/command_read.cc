// The commands that only read: status, history, divergences, show, flips, reviews, audit.
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/render_budget.h"
#include "cli/render_divergences.h"
#include "cli/render_history.h"
#include "cli/render_lists.h"
#include "cli/render_status.h"

namespace warmpath {
namespace {

std::vector<OptionSpec> WithServer(std::vector<OptionSpec> options) {
  for (OptionSpec& option : ServerOptions()) options.push_back(std::move(option));
  return options;
}

std::vector<OptionSpec> PageOptions() {
  return WithServer({{"limit", "N", "at most so many; default 20"},
                     {"page-token", "TOKEN", "go on where a page ended"}});
}

// Shows what `show` prints, once or, with --watch, until it is interrupted.
absl::StatusOr<int> Watch(const CommandLine& line, CliIo& io,
                          const std::function<absl::Status()>& show) {
  const bool watch = line.Has("watch");
  for (;;) {
    if (watch && io.style.color) io.out << "\033[H\033[2J";
    const absl::Status status = show();
    if (!status.ok() && !watch) return status;
    if (!status.ok()) io.out << status.message() << "\n";
    io.out.flush();
    if (!watch || !io.out) return 0;
    std::this_thread::sleep_for(std::chrono::seconds(2));
  }
}

absl::StatusOr<int> Budget(const CommandLine& line, CliIo& io) {
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  v1::GetBudgetRequest request;
  request.set_workflow(line.argument(0));
  return Watch(line, io, [&] {
    return Print(line, io, client->Call(&v1::AdminService::Stub::GetBudget, request),
                 [&](const v1::GetBudgetResponse& budget) {
                   return RenderBudget(budget, io.clock.Now(), io.style);
                 })
        .status();
  });
}

absl::StatusOr<int> Status(const CommandLine& line, CliIo& io) {
  if (line.Has("budget")) return Budget(line, io);
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  v1::GetStatusRequest request;
  request.set_workflow(line.argument(0));
  const bool detailed = !line.arguments().empty();
  return Watch(line, io, [&] {
    return Print(line, io, client->Call(&v1::AdminService::Stub::GetStatus, request),
                 [&](const v1::GetStatusResponse& response) {
                   return RenderStatus(response, io.style, detailed);
                 })
        .status();
  });
}

absl::StatusOr<int> History(const CommandLine& line, CliIo& io) {
  v1::GetHistoryRequest request;
  request.set_workflow(line.argument(0));
  request.set_path(line.Get("path"));
  const absl::Time now = io.clock.Now();
  ASSIGN_OR_RETURN(const absl::Duration range, line.GetDuration("range", absl::Hours(24)));
  *request.mutable_start_time() = ToProto(now - range);
  *request.mutable_end_time() = ToProto(now);
  if (line.Has("bucket")) {
    ASSIGN_OR_RETURN(const absl::Duration bucket, line.GetDuration("bucket", absl::ZeroDuration()));
    *request.mutable_bucket() = ToProto(bucket);
  }
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return Print(line, io, client->Call(&v1::AdminService::Stub::GetHistory, request),
               [&](const v1::GetHistoryResponse& history) {
                 return RenderHistory(history, now, io.style, line.Has("points"));
               });
}

absl::StatusOr<v1::Dimension> DimensionOption(const CommandLine& line) {
  const std::string word = line.Get("dimension");
  if (word.empty()) return v1::DIMENSION_UNSPECIFIED;
  if (word == "schema") return v1::DIMENSION_SCHEMA;
  if (word == "tools") return v1::DIMENSION_TOOLS;
  if (word == "policy") return v1::DIMENSION_POLICY;
  if (word == "tool_errors" || word == "tool-errors") return v1::DIMENSION_TOOL_ERRORS;
  if (word == "judge") return v1::DIMENSION_JUDGE;
  return absl::InvalidArgumentError(absl::StrCat(
      "--dimension: there is no '", word, "'; there are: schema, tools, policy, tool_errors, judge"));
}

absl::StatusOr<int> Divergences(const CommandLine& line, CliIo& io) {
  v1::ListDivergencesRequest request;
  request.set_workflow(line.argument(0));
  request.set_path(line.Get("path"));
  const absl::Time now = io.clock.Now();
  ASSIGN_OR_RETURN(const v1::Dimension dimension, DimensionOption(line));
  request.set_dimension(dimension);
  ASSIGN_OR_RETURN(const absl::Duration range, line.GetDuration("range", absl::Hours(24)));
  *request.mutable_start_time() = ToProto(now - range);
  ASSIGN_OR_RETURN(const int limit, line.GetCount("limit", 20));
  request.set_page_size(limit);
  request.set_page_token(line.Get("page-token"));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return Print(line, io, client->Call(&v1::AdminService::Stub::ListDivergences, request),
               [&](const v1::ListDivergencesResponse& divergences) {
                 return RenderDivergences(divergences, now, io.style);
               });
}

absl::StatusOr<int> Show(const CommandLine& line, CliIo& io) {
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  v1::GetScorecardRequest request;
  request.set_id(line.argument(0));
  return Print(line, io, client->Call(&v1::AdminService::Stub::GetScorecard, request),
               [&](const v1::GetScorecardResponse& cards) {
                 return RenderCards(cards, io.clock.Now(), io.style);
               });
}

// Lists that are asked for and shown alike.
template <typename Stub, typename Request, typename Response>
auto ListCommand(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                 std::string (*render)(const Response&, absl::Time, const Style&)) {
  return [method, render](const CommandLine& line, CliIo& io) -> absl::StatusOr<int> {
    Request request;
    request.set_workflow(line.argument(0));
    ASSIGN_OR_RETURN(const int limit, line.GetCount("limit", 20));
    request.set_page_size(limit);
    request.set_page_token(line.Get("page-token"));
    ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
    return Print(line, io, client->Call(method, request), [&](const Response& response) {
      return render(response, io.clock.Now(), io.style);
    });
  };
}

}  // namespace

std::vector<Command> ReadCommands() {
  return {
      {{"status", "[WORKFLOW]", 0, 1,
        "Shows what serves, what may, and why; with a workflow, all its evidence.",
        "warmpath status\nwarmpath status support\nwarmpath status --watch\nwarmpath status --budget\nwarmpath status --json "
        "--server warmpath.internal:8083",
        WithServer({{"budget", "", "where mirrored requests are spent, and why"},
                    {"watch", "", "show it again every 2 s until interrupted"}})},
       Status},
      {{"history", "WORKFLOW", 1, 1, "Shows conformance over time, and what happened meanwhile.",
        "warmpath history support\nwarmpath history support --range 7d --path backup\nwarmpath "
        "history support --range 1h --bucket 5min --points",
        WithServer({{"range", "DURATION", "how far back, such as 1h or 7d; default 24h"},
                    {"bucket", "DURATION",
                     "what one point covers; default: the range in about 120 points"},
                    {"path", "PATH", "only this path"},
                    {"points", "", "a line for each point"}})},
       History},
      {{"divergences", "WORKFLOW", 1, 1,
        "Lists what did not conform: clusters, biggest first, then the newest cases.",
        "warmpath divergences support\nwarmpath divergences support --path backup --dimension "
        "tools --range 1h",
        WithServer(
            {{"range", "DURATION", "how far back; default 24h"},
             {"path", "PATH", "only this path"},
             {"dimension", "NAME", "only what failed on schema, tools, policy, tool_errors or judge"},
             {"limit", "N", "at most so many cases; default 20"},
             {"page-token", "TOKEN", "go on where a page ended"}})},
       Divergences},
      {{"show", "ID", 1, 1, "Shows a scorecard, or all of an exchange by its request id.",
        "warmpath show 0000018bcfe56800-0000000000000001\nwarmpath show "
        "req_01hf7yat00e8gbv5jkrmhn2x4q",
        ServerOptions()},
       Show},
      {{"flips", "[WORKFLOW]", 0, 1, "Lists flips, newest first.",
        "warmpath flips\nwarmpath flips support --limit 5", PageOptions()},
       ListCommand(&v1::FailoverService::Stub::ListFlips, RenderFlips)},
      {{"reviews", "[WORKFLOW]", 0, 1, "Lists cases that were handed to a person, newest first.",
        "warmpath reviews support", PageOptions()},
       ListCommand(&v1::AdminService::Stub::ListReviews, RenderReviews)},
      {{"audit", "[WORKFLOW]", 0, 1, "Lists what operators and reloads changed, newest first.",
        "warmpath audit\nwarmpath audit support --limit 50", PageOptions()},
       ListCommand(&v1::AdminService::Stub::ListAuditEntries, RenderAudit)},
  };
}

}  // namespace warmpath
