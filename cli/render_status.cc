#include "cli/render_status.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/duration.h"
#include "base/proto_time.h"
#include "cli/table.h"
#include "cli/words.h"

namespace warmpath {
namespace {

std::string PathOrDowntime(const std::string& path) { return path.empty() ? "downtime" : path; }

std::string ReasonText(const v1::VerdictReason& reason) {
  std::string text = EnumWord(v1::ReasonCode_Name(reason.code()), "REASON_CODE_");
  if (!reason.dimension().empty()) {
    absl::StrAppend(&text, " (", absl::StrReplaceAll(reason.dimension(), {{"_", " "}}), ")");
  }
  if (!reason.detail().empty()) absl::StrAppend(&text, ": ", reason.detail());
  return text;
}

// The share that must conform. Paired: as often as the primary agrees with itself, less so much.
std::string ToBeProven(const v1::DimensionEvidence& evidence) {
  if (!evidence.paired()) return Percent(evidence.theta());
  return absl::StrCat("primary - ", Percent(evidence.delta()));
}

// The dimension with the least room between what conforms and what must; null if none has samples.
const v1::DimensionEvidence* Weakest(const v1::PathVerdict& verdict) {
  const v1::DimensionEvidence* weakest = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const v1::DimensionEvidence& evidence : verdict.dimensions()) {
    if (evidence.samples() < 1) continue;
    const double least_share = evidence.paired() ? 1 - evidence.delta() : evidence.theta();
    const double allowed = std::max(1 - least_share, 1e-9);
    const double room = (evidence.conforming_ratio() - least_share) / allowed;
    if (room < least) {
      least = room;
      weakest = &evidence;
    }
  }
  return weakest;
}

Cell HealthCell(const v1::PathHealth& health) {
  const std::string word = EnumWord(v1::Health_Name(health.health()), "HEALTH_");
  if (word.empty() && health.requests() == 0) return {"no live requests", Ink::kFaint};
  const bool bad = health.health() == v1::HEALTH_UNHEALTHY || health.health() == v1::HEALTH_DOWN;
  return {absl::StrCat(word.empty() ? "unknown" : word, ", ", Grouped(health.failures()), " of ",
                       Grouped(health.requests()), " failed in 5 min"),
          bad ? Ink::kRed : Ink::kPlain};
}

std::string MirroredText(const v1::MirrorCounts& mirror) {
  if (mirror.sampled() == 0) return "none sampled";
  return absl::StrCat(Grouped(mirror.mirrored()), " of ", Grouped(mirror.sampled()));
}

void AddPathNotes(const v1::PathStatus& path, absl::Time now, Table& table) {
  const v1::PathVerdict& verdict = path.verdict();
  for (const v1::VerdictReason& reason : verdict.reasons()) {
    table.Note(ReasonText(reason), Ink::kPlain);
  }
  if (!verdict.distance().empty() && verdict.conformance() != v1::CONFORMANCE_GREEN) {
    table.Note(absl::StrCat("to GREEN: ", verdict.distance()));
  }
  if (verdict.has_handover_ratio()) {
    table.Note(absl::StrCat("leaves ", Percent(verdict.handover_ratio()), " to people"));
  }
  if (path.readiness().flip_ready()) {
    table.Note(absl::StrCat("flip-ready: practised ", Ago(path.readiness().practice_time(), now)));
  } else if (path.readiness().has_practice_time()) {
    table.Note(absl::StrCat("not flip-ready: ", path.readiness().missing()));
  }
  if (!path.mirror().dropped().empty()) {
    table.Note(absl::StrCat("not mirrored: ", CountsText(path.mirror().dropped())));
  }
  if (path.health().has_last_failure_time()) {
    table.Note(absl::StrCat("last failure: ", path.health().last_failure_class(), " ",
                            Ago(path.health().last_failure_time(), now)));
  }
}

std::string PathsTable(const v1::WorkflowStatus& workflow, absl::Time now, const Style& style) {
  Table table({"", "PATH", "ROLE", "STATUS", "WEAKEST DIMENSION", "N", "NEWEST", "HEALTH", "SERVED",
               "MIRRORED"},
              {5, 8});
  for (const v1::PathStatus& path : workflow.paths()) {
    const ShownState state = ShownStateOf(path.verdict());
    const v1::DimensionEvidence* weakest = Weakest(path.verdict());
    const bool active = path.path() == workflow.active_path();
    table.Add(
        {active                                    ? ">"
         : path.path() == workflow.failover_path() ? "+"
                                                   : "",
         {path.path(), active ? Ink::kBold : Ink::kPlain},
         EnumWord(v1::Role_Name(path.role()), "ROLE_"),
         {style.StateText(state), InkOf(state)},
         weakest == nullptr ? "-"
                            : absl::StrCat(absl::StrReplaceAll(weakest->dimension(), {{"_", " "}}),
                                           " ", Percent(weakest->conforming_ratio()),
                                           " (>= ", ToBeProven(*weakest), ")"),
         weakest == nullptr ? "0" : Grouped(static_cast<int64_t>(weakest->samples())),
         path.verdict().has_evidence_time() ? Ago(path.verdict().evidence_time(), now) : "never",
         HealthCell(path.health()),
         Grouped(path.served()),
         MirroredText(path.mirror())});
    AddPathNotes(path, now, table);
  }
  return table.Render(style, "  ");
}

std::string EvidenceTable(const v1::WorkflowStatus& workflow, const Style& style) {
  Table table(
      {"PATH", "DIMENSION", "CONFORMS", "TO BE PROVEN", "N", "PROVEN", "EVIDENCE FOR", "AGAINST"},
      {2, 3, 4, 6, 7});
  for (const v1::PathStatus& path : workflow.paths()) {
    for (const v1::DimensionEvidence& evidence : path.verdict().dimensions()) {
      table.Add({path.path(), absl::StrReplaceAll(evidence.dimension(), {{"_", " "}}),
                 evidence.samples() < 1 ? "-" : Percent(evidence.conforming_ratio()),
                 ToBeProven(evidence), Grouped(static_cast<int64_t>(evidence.samples())),
                 evidence.suspect()   ? Cell("suspect", Ink::kAmber)
                 : evidence.granted() ? "yes"
                                      : "no",
                 absl::StrCat(std::round(evidence.evidence_for() * 100) / 100),
                 absl::StrCat(std::round(evidence.evidence_against() * 1000) / 1000)});
    }
  }
  if (table.empty()) return "";
  return absl::StrCat("\n", table.Render(style, "  "));
}

std::string CoverageTable(const v1::WorkflowStatus& workflow, const Style& style) {
  Table table({"KIND OF TURN", "STREAMED", "LIVE", "SAMPLED", "NOT SAMPLED"}, {2, 3});
  for (const v1::Coverage& coverage : workflow.coverage()) {
    table.Add({EnumWord(v1::TurnType_Name(coverage.turn_type()), "TURN_TYPE_"),
               coverage.streaming() ? "yes" : "no", Grouped(coverage.live()),
               Grouped(coverage.sampled()), CountsText(coverage.skipped())});
  }
  if (table.empty()) return "";
  return absl::StrCat("\n", table.Render(style, "  "));
}

std::string Headline(const v1::WorkflowStatus& workflow, absl::Time now, const Style& style) {
  std::string line = style.Paint(Ink::kBold, workflow.workflow());
  const std::string mode = EnumWord(v1::FailoverMode_Name(workflow.mode()), "FAILOVER_MODE_");
  absl::StrAppend(&line, "  ", mode.empty() ? "observe" : mode, "  ");
  if (workflow.active_path().empty()) {
    absl::StrAppend(&line, style.Paint(Ink::kRed, "nothing serves (downtime)"));
  } else {
    absl::StrAppend(&line, style.Paint(Ink::kBold, workflow.active_path()), " serves");
  }
  if (workflow.has_active_since()) {
    absl::StrAppend(&line, " since ", ClockTime(workflow.active_since(), now), " (",
                    Span(now - FromProto(workflow.active_since())), ")");
  }
  const v1::Flip& flip = workflow.last_flip();
  if (!flip.id().empty() && flip.enforced()) {
    absl::StrAppend(&line, ", flipped from ", PathOrDowntime(flip.from_path()), " by ",
                    flip.actor(), ": ", flip.reason());
  } else if (!workflow.active_path().empty()) {
    absl::StrAppend(&line, ", never flipped");
  }
  return line;
}

std::string DrillLine(const v1::Drill& drill, absl::Time now) {
  return absl::StrCat("  drill: ", Percent(drill.share()), " of conversations go to ", drill.path(),
                      "; ", Grouped(drill.failures()), " of ", Grouped(drill.requests()),
                      " failed (aborts above ", Percent(drill.max_failure_ratio()), "); ends in ",
                      Span(FromProto(drill.deadline_time()) - now), "; by ", drill.actor(), ": ",
                      drill.reason(), "\n");
}

std::string RampLine(const v1::Ramp& ramp, absl::Time now, const Style& style) {
  const std::string phase = EnumWord(v1::RampPhase_Name(ramp.phase()), "RAMP_PHASE_");
  const bool good = ramp.phase() == v1::RAMP_PHASE_RUNNING || ramp.phase() == v1::RAMP_PHASE_FULL;
  return absl::StrCat("  ramp: ", Percent(ramp.share()), " of conversations moved from ",
                      ramp.from_path(), " to ", ramp.to_path(), ", ",
                      style.Paint(good ? Ink::kPlain : Ink::kAmber, phase), " since ",
                      Span(now - FromProto(ramp.start_time())), "; ", Grouped(ramp.failed()), " of ",
                      Grouped(ramp.scored()), " live answers do not conform, loss at most ",
                      Percent(ramp.upper_loss()), "\n");
}

// Says honestly why there is no evidence; empty if there is some.
std::string EmptyLine(const v1::WorkflowStatus& workflow) {
  int64_t sampled = 0;
  for (const v1::PathStatus& path : workflow.paths()) {
    if (path.verdict().has_evidence_time()) return "";
    sampled += path.mirror().sampled();
  }
  if (workflow.live_requests() == 0)
    return "  No traffic: no request has come for this workflow yet.\n";
  return absl::StrCat("  No samples yet: ", Grouped(workflow.live_requests()), " live requests, ",
                      Grouped(sampled), " sampled, none scored.\n");
}

std::string RenderWorkflow(const v1::WorkflowStatus& workflow, absl::Time now, const Style& style,
                           bool detailed) {
  std::string text = absl::StrCat(Headline(workflow, now, style), "\n");
  if (workflow.pinned()) {
    absl::StrAppend(&text, "  ", style.Paint(Ink::kAmber, "pinned"), ": ", workflow.pin_reason(),
                    "\n");
  }
  if (!workflow.failover_outlook().empty()) {
    const Ink ink = workflow.failover_path().empty() ? Ink::kAmber : Ink::kPlain;
    absl::StrAppend(&text, "  ", style.Paint(ink, workflow.failover_outlook()), "\n");
  }
  for (const v1::VerdictReason& reason : workflow.reference_reasons()) {
    absl::StrAppend(&text, "  ", style.Paint(Ink::kAmber, ReasonText(reason)), "\n");
  }
  if (workflow.has_ramp()) text += RampLine(workflow.ramp(), now, style);
  if (workflow.has_drill()) text += DrillLine(workflow.drill(), now);
  absl::StrAppend(&text, "  ", Grouped(workflow.live_requests()),
                  " live requests since the start, ", Grouped(workflow.live_failures()),
                  " without an answer\n", EmptyLine(workflow), "\n",
                  PathsTable(workflow, now, style));
  if (detailed)
    absl::StrAppend(&text, EvidenceTable(workflow, style), CoverageTable(workflow, style));
  return text;
}

std::string Footer(const v1::GetStatusResponse& status, absl::Time now, const Style& style) {
  std::string text;
  if (!status.store().writable()) {
    absl::StrAppend(&text, style.Paint(Ink::kRed, "Store unreachable: it refuses evidence"), ": ",
                    status.store().error(), "\n");
  }
  if (!status.config_error().empty()) {
    absl::StrAppend(
        &text,
        style.Paint(Ink::kRed, "The last reload was refused; the config before it is in force"),
        ":\n", status.config_error(), "\n");
  }
  for (const v1::ReplicaStatus& replica : status.replicas()) {
    if (replica.self() || replica.connected()) continue;
    absl::StrAppend(&text,
                    style.Paint(Ink::kAmber, absl::StrCat("Replica ", replica.address(),
                                                          " is not followed: its evidence is missing here")),
                    replica.error().empty() ? "" : ": ", replica.error(), "\n");
  }
  const std::string newest =
      status.store().has_newest_card_time()
          ? absl::StrCat("newest scorecard ", Ago(status.store().newest_card_time(), now))
          : "no scorecard yet";
  absl::StrAppend(
      &text,
      style.Paint(
          Ink::kFaint,
          absl::StrCat("store ", FormatByteSize(status.store().size_bytes()), ", ", newest,
                       "; config loaded ", Ago(status.config_time(), now), "; up ",
                       Span(now - FromProto(status.start_time())), "; version ", status.version())),
      "\n");
  return text;
}

}  // namespace

std::string RenderStatus(const v1::GetStatusResponse& status, const Style& style, bool detailed) {
  // Ages are told by the server's clock, which made the times.
  const absl::Time now = FromProto(status.read_time());
  std::string text;
  for (const v1::WorkflowStatus& workflow : status.workflows()) {
    absl::StrAppend(&text, RenderWorkflow(workflow, now, style, detailed), "\n");
  }
  if (status.workflows().empty()) text = "No workflow is configured.\n\n";
  return text + Footer(status, now, style);
}

}  // namespace warmpath
