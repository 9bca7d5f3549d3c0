// The commands of drills.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/render_lists.h"

namespace warmpath {
namespace {

std::vector<OptionSpec> With(std::vector<OptionSpec> options, const std::vector<OptionSpec>& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

const std::vector<OptionSpec>& ActionOptions() {
  static const auto& options = *new std::vector<OptionSpec>{
      {"reason", "TEXT", "why; required, kept in the audit"},
      {"dry-run", "", "only say what would happen"},
      {"request-id", "ID", "makes a repeat harmless"},
  };
  return options;
}

template <typename Request>
absl::Status FillAction(const CommandLine& line, Request& request) {
  if (line.Get("reason").empty()) {
    return absl::InvalidArgumentError("--reason is missing: say why, it is kept in the audit");
  }
  request.set_reason(line.Get("reason"));
  request.set_request_id(line.Get("request-id"));
  request.set_validate_only(line.Has("dry-run"));
  return absl::OkStatus();
}

// Shows the drill of any response that has one.
template <typename Response>
absl::StatusOr<int> PrintDrill(const CommandLine& line, CliIo& io,
                               absl::StatusOr<Response> response, const std::string& before) {
  return Print(line, io, std::move(response), [&](const Response& shown) {
    return absl::StrCat(before, line.Has("dry-run") ? "dry run: nothing was changed\n" : "",
                        RenderDrill(shown.drill(), io.clock.Now(), io.style));
  });
}

absl::StatusOr<int> Start(const CommandLine& line, CliIo& io) {
  v1::StartDrillRequest request;
  RETURN_IF_ERROR(FillAction(line, request));
  request.set_workflow(line.argument(0));
  request.set_path(line.Get("path"));
  ASSIGN_OR_RETURN(const double share, line.GetShare("share", 0.05));
  request.set_share(share);
  ASSIGN_OR_RETURN(const absl::Duration duration, line.GetDuration("for", absl::Minutes(30)));
  *request.mutable_duration() = ToProto(duration);
  ASSIGN_OR_RETURN(const double limit, line.GetShare("max-failures", 0.05));
  request.set_max_failure_ratio(limit);
  request.set_practice(line.Has("practice"));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return PrintDrill(line, io, client->Call(&v1::DrillService::Stub::StartDrill, request), "");
}

absl::StatusOr<int> List(const CommandLine& line, CliIo& io) {
  v1::ListDrillsRequest request;
  request.set_workflow(line.argument(0));
  ASSIGN_OR_RETURN(const int limit, line.GetCount("limit", 20));
  request.set_page_size(limit);
  request.set_page_token(line.Get("page-token"));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return Print(line, io, client->Call(&v1::DrillService::Stub::ListDrills, request),
               [&](const v1::ListDrillsResponse& drills) {
                 return RenderDrills(drills, io.clock.Now(), io.style);
               });
}

absl::StatusOr<int> Show(const CommandLine& line, CliIo& io) {
  v1::GetDrillRequest request;
  request.set_id(line.argument(0));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return PrintDrill(line, io, client->Call(&v1::DrillService::Stub::GetDrill, request), "");
}

absl::StatusOr<int> Abort(const CommandLine& line, CliIo& io) {
  v1::AbortDrillRequest request;
  RETURN_IF_ERROR(FillAction(line, request));
  // A workflow's name is what people have at hand; an id can be given too.
  if (line.Has("id")) {
    if (!line.arguments().empty()) {
      return absl::InvalidArgumentError("give a workflow or --id, not both");
    }
    request.set_id(line.Get("id"));
  } else if (line.arguments().empty()) {
    return absl::InvalidArgumentError("say which drill: warmpath drill abort WORKFLOW, or --id ID");
  } else {
    request.set_workflow(line.argument(0));
  }
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return PrintDrill(line, io, client->Call(&v1::DrillService::Stub::AbortDrill, request), "");
}

}  // namespace

std::vector<Command> DrillCommands() {
  const std::vector<OptionSpec> action = With(ActionOptions(), ServerOptions());
  return {
      {{"drill start", "WORKFLOW", 1, 1,
        "Moves a share of a workflow's conversations to a GREEN path for a time, and back.",
        "warmpath drill start support --reason \"monthly drill\" --dry-run\nwarmpath drill start "
        "support --path backup --share 10% --for 15min --reason \"monthly drill\"",
        With({{"path", "PATH", "the path to rehearse; default: where a failover would go"},
              {"share", "SHARE", "of conversations, such as 0.1 or 10%; default 5%"},
              {"practice", "",
               "a practice flip: from 1% to 5%; a success makes the path flip-ready for 7 days"},
              {"for", "DURATION", "how long; default 30min"},
              {"max-failures", "SHARE",
               "of failed requests that aborts it, from 20 requests on; default 5%"}},
             action)},
       Start},
      {{"drill list", "[WORKFLOW]", 0, 1, "Lists drills, newest first.",
        "warmpath drill list support",
        With({{"limit", "N", "at most so many; default 20"},
              {"page-token", "TOKEN", "go on where a page ended"}},
             ServerOptions())},
       List},
      {{"drill show", "ID", 1, 1, "Shows one drill.",
        "warmpath drill show drill_01hf7yat00e8gbv5jkrmhn2x4q", ServerOptions()},
       Show},
      {{"drill abort", "[WORKFLOW]", 0, 1,
        "Ends a running drill at once and moves its traffic back.",
        "warmpath drill abort support --reason \"customer call\"",
        With({{"id", "ID", "the drill, instead of its workflow"}}, action)},
       Abort},
  };
}

}  // namespace warmpath
