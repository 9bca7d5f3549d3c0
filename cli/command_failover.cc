// The commands that change who serves, or is watched: flip, pin, unpin, observe, enforce, ack, hint.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/render_lists.h"
#include "cli/words.h"

namespace warmpath {
namespace {

std::vector<OptionSpec> ActionOptions(std::vector<OptionSpec> options) {
  options.push_back({"reason", "TEXT", "why; required, kept in the audit"});
  options.push_back({"dry-run", "", "only say what would happen"});
  options.push_back({"request-id", "ID", "makes a repeat harmless"});
  for (OptionSpec& option : ServerOptions()) options.push_back(std::move(option));
  return options;
}

// Fills what every action carries. INVALID_ARGUMENT without a reason.
template <typename Request>
absl::Status FillAction(const CommandLine& line, Request& request) {
  if (line.Get("reason").empty()) {
    return absl::InvalidArgumentError("--reason is missing: say why, it is kept in the audit");
  }
  request.set_workflow(line.argument(0));
  request.set_reason(line.Get("reason"));
  request.set_request_id(line.Get("request-id"));
  request.set_validate_only(line.Has("dry-run"));
  return absl::OkStatus();
}

std::string DryRunNote(const CommandLine& line) {
  return line.Has("dry-run") ? " (dry run: nothing was changed)" : "";
}

absl::StatusOr<int> Flip(const CommandLine& line, CliIo& io) {
  v1::FlipRequest request;
  RETURN_IF_ERROR(FillAction(line, request));
  request.set_to_path(line.Get("to"));
  request.set_force(line.Has("force"));
  request.set_ramp(line.Has("ramp"));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return Print(line, io, client->Call(&v1::FailoverService::Stub::Flip, request),
               [&](const v1::FlipResponse& response) {
                 return RenderFlip(response, line.Has("dry-run"), io.style);
               });
}

absl::StatusOr<int> Pin(const CommandLine& line, CliIo& io) {
  v1::PinRequest request;
  RETURN_IF_ERROR(FillAction(line, request));
  if (line.Has("for")) {
    ASSIGN_OR_RETURN(const absl::Duration duration, line.GetDuration("for", absl::ZeroDuration()));
    *request.mutable_duration() = ToProto(duration);
  }
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return Print(line, io, client->Call(&v1::FailoverService::Stub::Pin, request),
               [&](const v1::PinResponse& response) {
                 return absl::StrCat(line.argument(0), ": pinned to ",
                                     response.path().empty() ? "downtime" : response.path(),
                                     DryRunNote(line), "\nundo: warmpath unpin ", line.argument(0),
                                     " --reason ...\n");
               });
}

absl::StatusOr<int> Unpin(const CommandLine& line, CliIo& io) {
  v1::UnpinRequest request;
  RETURN_IF_ERROR(FillAction(line, request));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return Print(line, io, client->Call(&v1::FailoverService::Stub::Unpin, request),
               [&](const v1::UnpinResponse& response) {
                 return absl::StrCat(line.argument(0), ": not pinned any more; ",
                                     response.path().empty() ? "downtime" : response.path(),
                                     " serves", DryRunNote(line), "\n");
               });
}

absl::StatusOr<int> SetMode(v1::FailoverMode mode, const CommandLine& line, CliIo& io) {
  v1::SetModeRequest request;
  RETURN_IF_ERROR(FillAction(line, request));
  request.set_mode(mode);
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return Print(line, io, client->Call(&v1::FailoverService::Stub::SetMode, request),
               [&](const v1::SetModeResponse& response) {
                 return absl::StrCat(
                     line.argument(0), ": ",
                     EnumWord(v1::FailoverMode_Name(response.mode()), "FAILOVER_MODE_"),
                     DryRunNote(line), "\n");
               });
}

absl::StatusOr<int> Acknowledge(const CommandLine& line, CliIo& io) {
  v1::AcknowledgeSevereRequest request;
  RETURN_IF_ERROR(FillAction(line, request));
  request.set_path(line.argument(1));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return Print(line, io, client->Call(&v1::FailoverService::Stub::AcknowledgeSevere, request),
               [&](const v1::AcknowledgeSevereResponse& response) {
                 const ShownState state = ShownStateOf(response.verdict());
                 return absl::StrCat(line.argument(0), ": ", line.argument(1), " is ",
                                     io.style.Paint(InkOf(state), io.style.StateText(state)),
                                     DryRunNote(line), "\n");
               });
}

absl::StatusOr<int> Hint(const CommandLine& line, CliIo& io) {
  v1::HintRequest request;
  RETURN_IF_ERROR(FillAction(line, request));
  request.set_path(line.argument(1));
  ASSIGN_OR_RETURN(const auto client, AdminClient::Connect(line, io));
  return Print(line, io, client->Call(&v1::FailoverService::Stub::Hint, request),
               [&](const v1::HintResponse& response) {
                 const ShownState state = ShownStateOf(response.verdict());
                 return absl::StrCat(line.argument(0), ": ", line.argument(1), " is ",
                                     io.style.Paint(InkOf(state), io.style.StateText(state)),
                                     " and watched more closely for half an hour",
                                     DryRunNote(line), "\n");
               });
}

}  // namespace

std::vector<Command> FailoverCommands() {
  return {
      {{"flip", "WORKFLOW", 1, 1, "Moves a workflow to another path.",
        "warmpath flip support --reason \"provider incident 1234\" --dry-run\nwarmpath flip "
        "support --reason \"provider incident 1234\"\nwarmpath flip support --to primary --reason "
        "\"incident over\"",
        ActionOptions({{"to", "PATH", "the path to serve; default: the best GREEN one"},
                       {"force", "", "also to an AMBER or COLD path; never to a RED one"},
                       {"ramp", "", "bit by bit, as live answers allow, instead of at once"}})},
       Flip},
      {{"pin", "WORKFLOW", 1, 1, "Freezes the active path: nothing moves it automatically.",
        "warmpath pin support --reason \"release tonight\" --for 6h",
        ActionOptions({{"for", "DURATION", "unpins by itself after this time; default: never"}})},
       Pin},
      {{"unpin", "WORKFLOW", 1, 1, "Lets automatic decisions act again.",
        "warmpath unpin support --reason \"release done\"", ActionOptions({})},
       Unpin},
      {{"observe", "WORKFLOW", 1, 1, "Decisions are only recorded from now on.",
        "warmpath observe support --reason \"trying new thresholds\"", ActionOptions({})},
       [](const CommandLine& line, CliIo& io) {
         return SetMode(v1::FAILOVER_MODE_OBSERVE, line, io);
       }},
      {{"enforce", "WORKFLOW", 1, 1, "Decisions are acted on from now on.",
        "warmpath enforce support --reason \"backup has been green for a week\"",
        ActionOptions({})},
       [](const CommandLine& line, CliIo& io) {
         return SetMode(v1::FAILOVER_MODE_ENFORCE, line, io);
       }},
      {{"ack", "WORKFLOW PATH", 2, 2,
        "Acknowledges a severe violation, so that the path can prove itself again.",
        "warmpath ack support backup --reason \"tool removed from the prompt\"", ActionOptions({})},
       Acknowledge},
      {{"hint", "WORKFLOW PATH", 2, 2,
        "Says that a path may have changed: evidence against it counts sooner, and it is looked at more.",
        "warmpath hint support backup --reason \"the vendor announced a new build\"",
        ActionOptions({})},
       Hint},
  };
}

}  // namespace warmpath
