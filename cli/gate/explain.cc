#include "cli/gate/explain.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "cli/clean_text.h"
#include "cli/gate/line_text.h"
#include "cli/table.h"
#include "cli/words.h"
#include "failover/verdict.h"

namespace warmpath {
namespace {

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::LocalTimeZone());
}

Ink InkOf(v1::Conformance conformance) {
  switch (conformance) {
    case v1::CONFORMANCE_GREEN:
      return Ink::kGreen;
    case v1::CONFORMANCE_AMBER:
      return Ink::kAmber;
    case v1::CONFORMANCE_RED:
      return Ink::kRed;
    default:
      return Ink::kGrey;
  }
}

std::string Painted(v1::Conformance conformance, const Style& style) {
  return style.Paint(InkOf(conformance), ConformanceName(conformance));
}

// "1.4" or "3.2e-05": enough to see which side of a threshold it is on.
std::string EvidenceText(double evidence) { return absl::StrFormat("%.3g", evidence); }

std::string DimensionText(const v1::DimensionEvidence& evidence,
                          const std::map<std::string, ScoredCount>& scored) {
  std::string text =
      absl::StrFormat("%s: G %s, V %s", evidence.dimension(), EvidenceText(evidence.evidence_for()),
                      EvidenceText(evidence.evidence_against()));
  if (evidence.granted()) absl::StrAppend(&text, ", proven");
  if (evidence.suspect()) absl::StrAppend(&text, ", suspect");
  const auto count = scored.find(evidence.dimension());
  if (count != scored.end()) {
    absl::StrAppend(&text, "; ", Grouped(count->second.failed), " of ",
                    Grouped(count->second.samples), " failed since the last change");
  }
  return text;
}

std::string ReasonsText(const v1::PathVerdict& verdict) {
  return absl::StrJoin(verdict.reasons(), ", ",
                       [](std::string* out, const v1::VerdictReason& reason) {
                         absl::StrAppend(out, ReasonInWords(reason));
                       });
}

std::string StateText(const ReplayEvent& event, const Style& style) {
  std::string text =
      absl::StrCat(Painted(event.from, style), " -> ", Painted(event.verdict.conformance(), style));
  const std::string reasons = ReasonsText(event.verdict);
  if (!reasons.empty()) absl::StrAppend(&text, "  ", reasons);
  absl::StrAppend(&text, "\n");
  for (const v1::VerdictReason& reason : event.verdict.reasons()) {
    if (reason.detail().empty()) continue;
    absl::StrAppend(&text, "      ", ReasonInWords(reason), ": ", reason.detail(), "\n");
  }
  for (const v1::DimensionEvidence& evidence : event.verdict.dimensions()) {
    absl::StrAppend(&text, "      ",
                    style.Paint(Ink::kFaint, DimensionText(evidence, event.scored)), "\n");
  }
  return text;
}

const char* KindName(ReplayEvent::Kind kind) {
  switch (kind) {
    case ReplayEvent::Kind::kState:
      return "state";
    case ReplayEvent::Kind::kKey:
      return "evidence_key";
    case ReplayEvent::Kind::kSevere:
      return "severe";
    case ReplayEvent::Kind::kAction:
      return "action";
  }
  return "";
}

void AppendField(const char* name, std::string_view value, std::string& out) {
  absl::StrAppend(&out, ",\"", name, "\":");
  AppendJsonText(value, out);
}

void AppendDimension(const v1::DimensionEvidence& evidence,
                     const std::map<std::string, ScoredCount>& scored, std::string& out) {
  AppendJsonText(evidence.dimension(), out);
  out += ":{\"G\":";
  AppendJsonNumber(evidence.evidence_for(), out);
  out += ",\"V\":";
  AppendJsonNumber(evidence.evidence_against(), out);
  absl::StrAppend(&out, ",\"granted\":", evidence.granted() ? "true" : "false",
                  ",\"suspect\":", evidence.suspect() ? "true" : "false");
  const auto found = scored.find(evidence.dimension());
  const ScoredCount count = found == scored.end() ? ScoredCount() : found->second;
  absl::StrAppend(&out, ",\"samples\":", count.samples, ",\"failed\":", count.failed, "}");
}

void AppendState(const ReplayEvent& event, std::string& out) {
  AppendField("from", ConformanceName(event.from), out);
  AppendField("to", ConformanceName(event.verdict.conformance()), out);
  out += ",\"reasons\":[";
  const char* separator = "";
  for (const v1::VerdictReason& reason : event.verdict.reasons()) {
    out += std::exchange(separator, ",");
    AppendJsonText(ReasonInWords(reason), out);
  }
  out += "],\"dims\":{";
  separator = "";
  for (const v1::DimensionEvidence& evidence : event.verdict.dimensions()) {
    out += std::exchange(separator, ",");
    AppendDimension(evidence, event.scored, out);
  }
  out += "}";
  AppendField("fp", event.verdict.evidence_key(), out);
  AppendField("distance", event.verdict.distance(), out);
}

}  // namespace

std::string LongSpan(absl::Duration span) {
  const int64_t minutes = absl::ToInt64Minutes(span);
  const int64_t days = minutes / (24 * 60), hours = minutes / 60 % 24;
  if (days > 0) return absl::StrCat(days, " d ", hours, " h");
  if (hours > 0) return absl::StrCat(hours, " h ", minutes % 60, " min");
  return minutes > 0 ? absl::StrCat(minutes, " min")
                     : absl::StrCat(absl::ToInt64Seconds(span), " s");
}

std::string RenderEvent(const ReplayEvent& event, const Style& style) {
  std::string text = absl::StrCat(TimeText(event.time), "  ");
  switch (event.kind) {
    case ReplayEvent::Kind::kState:
      absl::StrAppend(&text, StateText(event, style));
      break;
    case ReplayEvent::Kind::kKey:
      absl::StrAppend(&text, "evidence: ", CleanText(event.text), "\n");
      break;
    case ReplayEvent::Kind::kSevere:
      absl::StrAppend(&text, style.Paint(Ink::kRed, CleanText(event.text)), "\n");
      break;
    case ReplayEvent::Kind::kAction:
      absl::StrAppend(&text, CleanText(event.text), "\n");
      break;
  }
  return text;
}

std::string EventJson(const ReplayEvent& event) {
  std::string out = "{\"t\":";
  AppendJsonTime(absl::ToUnixMicros(event.time), out);
  AppendField("time", absl::FormatTime(absl::RFC3339_full, event.time, absl::UTCTimeZone()), out);
  AppendField("kind", KindName(event.kind), out);
  AppendField("path", event.path, out);
  if (event.kind == ReplayEvent::Kind::kState) {
    AppendState(event, out);
  } else {
    AppendField("text", event.text, out);
  }
  return out + "}\n";
}

std::string RenderHeading(const ExplainHeading& heading) {
  std::string text = absl::StrCat(heading.workflow, " / ", heading.path, ", ",
                                  TimeText(heading.start), " to ", TimeText(heading.end), "\n",
                                  Grouped(heading.cards), " scorecards of the workflow were read");
  if (heading.oldest_card) {
    absl::StrAppend(&text, ", the oldest of ", TimeText(*heading.oldest_card));
  }
  return text + "\n\n";
}

std::string RenderEnd(const ExplainHeading& heading, const v1::PathVerdict& verdict,
                      const PathSummary& summary, const Style& style) {
  std::string text = absl::StrCat("\nat the end: ", Painted(verdict.conformance(), style));
  const std::string reasons = ReasonsText(verdict);
  if (!reasons.empty()) absl::StrAppend(&text, "  ", reasons);
  if (!verdict.distance().empty()) absl::StrAppend(&text, "; ", verdict.distance());
  const absl::Duration whole = heading.end - heading.start;
  absl::StrAppend(&text, "\nof ", LongSpan(whole), ":");
  for (const v1::Conformance state :
       {v1::CONFORMANCE_GREEN, v1::CONFORMANCE_AMBER, v1::CONFORMANCE_RED, v1::CONFORMANCE_COLD}) {
    const auto found = summary.time_in.find(state);
    if (found == summary.time_in.end()) continue;
    absl::StrAppend(&text, "  ", ConformanceName(state), " ", LongSpan(found->second));
  }
  return absl::StrCat(text, "; ", summary.changes, summary.changes == 1 ? " change" : " changes",
                      "\n");
}

}  // namespace warmpath
