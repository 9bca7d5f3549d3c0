#include "cli/render_lists.h"

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "cli/table.h"
#include "cli/words.h"

namespace warmpath {
namespace {

std::string PathOrDowntime(const std::string& path) { return path.empty() ? "downtime" : path; }

std::string StateText(v1::DrillState state) {
  return EnumWord(v1::DrillState_Name(state), "DRILL_STATE_");
}

template <typename Response>
std::string Finish(const Response& response, const Table& table, const char* none,
                   const Style& style) {
  if (table.empty()) return absl::StrCat(none, "\n");
  std::string text = table.Render(style);
  if (!response.next_page_token().empty()) {
    absl::StrAppend(&text, "more: --page-token ", response.next_page_token(), "\n");
  }
  return text;
}

Ink DrillInk(v1::DrillState state) {
  if (state == v1::DRILL_STATE_SUCCEEDED) return Ink::kGreen;
  if (state == v1::DRILL_STATE_FAILED || state == v1::DRILL_STATE_CAPACITY_FAILED) return Ink::kRed;
  return Ink::kPlain;
}

}  // namespace

std::string RenderFlips(const v1::ListFlipsResponse& flips, absl::Time now, const Style& style) {
  Table table({"TIME", "AGE", "WORKFLOW", "FROM", "TO", "CAUSE", "ACTED ON", "BY", "REASON"});
  for (const v1::Flip& flip : flips.flips()) {
    table.Add({ClockTime(flip.decide_time(), now), Ago(flip.decide_time(), now), flip.workflow(),
               PathOrDowntime(flip.from_path()), PathOrDowntime(flip.to_path()),
               EnumWord(v1::FlipCause_Name(flip.cause()), "FLIP_CAUSE_"),
               flip.enforced() ? "yes" : Cell("observed only", Ink::kFaint), flip.actor(),
               flip.reason()});
  }
  return Finish(flips, table, "No flip has been recorded.", style);
}

std::string RenderDrills(const v1::ListDrillsResponse& drills, absl::Time now, const Style& style) {
  Table table({"STARTED", "AGE", "WORKFLOW", "PATH", "SHARE", "STATE", "FAILED", "BY", "ID"}, {4});
  for (const v1::Drill& drill : drills.drills()) {
    table.Add({ClockTime(drill.start_time(), now),
               Ago(drill.start_time(), now),
               drill.workflow(),
               drill.path(),
               Percent(drill.share()),
               {absl::StrCat(StateText(drill.state()), drill.practice() ? ", practice" : ""),
                DrillInk(drill.state())},
               absl::StrCat(Grouped(drill.failures()), " of ", Grouped(drill.requests())),
               drill.actor(),
               drill.id()});
  }
  return Finish(drills, table, "No drill has been started.", style);
}

std::string RenderReviews(const v1::ListReviewsResponse& reviews, absl::Time now,
                          const Style& style) {
  Table table(
      {"TIME", "AGE", "WORKFLOW", "PATH", "REASON", "CONFIDENCE", "CALLER GOT IT", "EXCHANGE"},
      {5});
  for (const v1::Review& review : reviews.reviews()) {
    table.Add({ClockTime(review.create_time(), now), Ago(review.create_time(), now),
               review.workflow(), review.path(), review.reason(), Percent(review.confidence()),
               review.live() ? "yes" : "no", review.request_id()});
  }
  return Finish(reviews, table, "No case has been handed to a person.", style);
}

std::string RenderAudit(const v1::ListAuditEntriesResponse& audit, absl::Time now,
                        const Style& style) {
  Table table({"TIME", "AGE", "BY", "ACTION", "WORKFLOW", "REASON", "WHAT"});
  for (const v1::AuditEntry& entry : audit.entries()) {
    table.Add({ClockTime(entry.time(), now), Ago(entry.time(), now), entry.actor(), entry.action(),
               entry.workflow().empty() ? "(all)" : entry.workflow(), entry.reason(),
               entry.detail()});
  }
  return Finish(audit, table, "Nothing has been changed yet.", style);
}

std::string RenderFlip(const v1::FlipResponse& response, bool dry_run, const Style& style) {
  const v1::Flip& flip = response.flip();
  std::string text;
  for (const std::string& warning : response.warnings()) {
    absl::StrAppend(&text, style.Paint(Ink::kAmber, "warning"), ": ", warning, "\n");
  }
  absl::StrAppend(&text, flip.workflow(), ": ", PathOrDowntime(flip.from_path()), " -> ",
                  style.Paint(Ink::kBold, PathOrDowntime(flip.to_path())),
                  dry_run ? " (dry run: nothing was changed)" : "", "\n");
  for (const v1::PathVerdict& verdict : flip.evidence()) {
    if (verdict.path() != flip.to_path()) continue;
    const ShownState state = ShownStateOf(verdict);
    absl::StrAppend(&text, "  ", verdict.path(), " is ",
                    style.Paint(InkOf(state), style.StateText(state)), "\n");
  }
  if (!dry_run && !flip.id().empty()) absl::StrAppend(&text, "  recorded as ", flip.id(), "\n");
  if (!response.undo_command().empty())
    absl::StrAppend(&text, "undo: ", response.undo_command(), "\n");
  return text;
}

std::string RenderDrill(const v1::Drill& drill, absl::Time now, const Style& style) {
  std::string text = absl::StrCat(
      style.Paint(Ink::kBold, drill.id().empty() ? "(not started)" : drill.id()), "\n");
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&text, "  ", name, ": ", value, "\n");
  };
  line("workflow", drill.workflow());
  line("moves", absl::StrCat(Percent(drill.share()), " of conversations to ", drill.path(),
                             drill.practice() ? ", as a practice flip" : ""));
  line("state", style.Paint(DrillInk(drill.state()), StateText(drill.state())));
  line("outcome", drill.outcome());
  line("started",
       absl::StrCat(ClockTime(drill.start_time(), now), " (", Ago(drill.start_time(), now), ") by ",
                    drill.actor(), ": ", drill.reason()));
  if (drill.has_end_time()) {
    line("ended",
         absl::StrCat(ClockTime(drill.end_time(), now), " (", Ago(drill.end_time(), now), ")",
                      drill.abort_actor().empty() ? "" : " by ", drill.abort_actor()));
  } else {
    line("ends", absl::StrCat(ClockTime(drill.deadline_time(), now), ", in ",
                              Span(FromProto(drill.deadline_time()) - now)));
  }
  line("failed", absl::StrCat(Grouped(drill.failures()), " of ", Grouped(drill.requests()),
                              " (aborts above ", Percent(drill.max_failure_ratio()), ")",
                              drill.capacity_failures() == 0
                                  ? ""
                                  : absl::StrCat(", ", Grouped(drill.capacity_failures()),
                                                 " at the path's limits")));
  return text;
}

}  // namespace warmpath
