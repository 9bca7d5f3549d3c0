#include "admin/history_reader.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "admin/history_series.h"
#include "admin/status_reader.h"
#include "base/duration.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

constexpr absl::Duration kShortestBucket = absl::Seconds(10);
constexpr int kMostPoints = 2000;

struct Range {
  absl::Time start;
  absl::Time end;
  absl::Duration bucket;

  bool Holds(const google::protobuf::Timestamp& time) const {
    return FromProto(time) >= start && FromProto(time) < end;
  }
};

absl::StatusOr<Range> RangeOf(const v1::GetHistoryRequest& request, absl::Time now) {
  Range range;
  range.end = request.has_end_time() ? FromProto(request.end_time()) : now;
  range.start =
      request.has_start_time() ? FromProto(request.start_time()) : range.end - absl::Hours(24);
  if (range.start >= range.end) {
    return absl::InvalidArgumentError("the range is empty: start_time must be before end_time");
  }
  range.bucket =
      request.has_bucket() ? FromProto(request.bucket()) : ChooseBucket(range.end - range.start);
  if (range.bucket < kShortestBucket) {
    return absl::InvalidArgumentError(
        absl::StrCat("the bucket must be at least ", FormatHumanDuration(kShortestBucket)));
  }
  if ((range.end - range.start) / range.bucket > kMostPoints) {
    return absl::InvalidArgumentError(
        absl::StrCat("a bucket of ", FormatHumanDuration(range.bucket), " makes more than ",
                     kMostPoints, " points over this range; choose a wider one"));
  }
  return range;
}

v1::HistoryMarker Marker(const google::protobuf::Timestamp& time, const std::string& kind,
                         const std::string& path, const std::string& text) {
  v1::HistoryMarker marker;
  *marker.mutable_time() = time;
  marker.set_kind(kind);
  marker.set_path(path);
  marker.set_text(text);
  return marker;
}

std::string PathWord(const std::string& path) { return path.empty() ? "downtime" : path; }

// Lists are newest first, so one page holds the newest markers there can be.
ListQuery NewestOf(const std::string& workflow) {
  return {.workflow = workflow, .limit = kMaxMarkers, .page_token = ""};
}

absl::Status AddFlips(const AdminContext& context, const std::string& workflow, const Range& range,
                      std::vector<v1::HistoryMarker>& markers) {
  ASSIGN_OR_RETURN(const Page<v1::Flip> flips, context.store.ListFlips(NewestOf(workflow)));
  for (const v1::Flip& flip : flips.items) {
    if (!range.Holds(flip.decide_time())) continue;
    markers.push_back(
        Marker(flip.decide_time(), "flip", flip.to_path(),
               absl::StrCat(PathWord(flip.from_path()), " to ", PathWord(flip.to_path()),
                            flip.enforced() ? "" : " (observed only)", " by ", flip.actor(), ": ",
                            flip.reason())));
  }
  return absl::OkStatus();
}

absl::Status AddDrills(const AdminContext& context, const std::string& workflow, const Range& range,
                       std::vector<v1::HistoryMarker>& markers) {
  ASSIGN_OR_RETURN(const Page<v1::Drill> drills, context.store.ListDrills(NewestOf(workflow)));
  for (const v1::Drill& drill : drills.items) {
    if (range.Holds(drill.start_time())) {
      markers.push_back(
          Marker(drill.start_time(), "drill", drill.path(),
                 absl::StrCat("drill began by ", drill.actor(), ": ", drill.reason())));
    }
    if (drill.has_end_time() && range.Holds(drill.end_time())) {
      markers.push_back(Marker(drill.end_time(), "drill", drill.path(),
                               absl::StrCat("drill ended: ", drill.outcome())));
    }
  }
  return absl::OkStatus();
}

// Reloads concern every workflow, so the audit is read whole.
absl::Status AddReloads(const AdminContext& context, const Range& range,
                        std::vector<v1::HistoryMarker>& markers) {
  ASSIGN_OR_RETURN(const Page<v1::AuditEntry> entries, context.store.ListAudit(NewestOf("")));
  for (const v1::AuditEntry& entry : entries.items) {
    if (entry.action() != "reload" || !range.Holds(entry.time())) continue;
    markers.push_back(Marker(
        entry.time(), "config", "",
        entry.reason().empty() ? "config reloaded" : absl::StrCat("reload ", entry.reason())));
  }
  return absl::OkStatus();
}

// What the audit says of paths that became GREEN or RED, or are so no longer: "claude: GREEN to AMBER",
// with the reasons.
absl::Status AddVerdicts(const AdminContext& context, const std::string& workflow,
                         const Range& range, std::vector<v1::HistoryMarker>& markers) {
  ASSIGN_OR_RETURN(const Page<v1::AuditEntry> entries, context.store.ListAudit(NewestOf(workflow)));
  // Oldest first, as several paths may change in one moment.
  for (auto it = entries.items.rbegin(); it != entries.items.rend(); ++it) {
    const v1::AuditEntry& entry = *it;
    if (entry.action() != "verdict" || !range.Holds(entry.time())) continue;
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(entry.detail(), absl::MaxSplits(": ", 1));
    const bool matters =
        absl::StrContains(parts.second, "GREEN") || absl::StrContains(parts.second, "RED");
    if (!matters) continue;
    markers.push_back(Marker(entry.time(), "verdict", parts.first,
                             absl::StrCat(parts.second, entry.reason().empty() ? "" : ": ",
                                          entry.reason())));
  }
  return absl::OkStatus();
}

// What the audit says of new evidence keys, by path and key: "tools changed: schema starts anew; ...".
// Changes of the primary that concern all paths become markers of their own.
absl::StatusOr<std::map<std::pair<std::string, std::string>, std::string>> KeyChanges(
    const AdminContext& context, const std::string& workflow, const Range& range,
    std::vector<v1::HistoryMarker>& markers) {
  std::map<std::pair<std::string, std::string>, std::string> words;
  ASSIGN_OR_RETURN(const Page<v1::AuditEntry> entries, context.store.ListAudit(NewestOf(workflow)));
  for (const v1::AuditEntry& entry : entries.items) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(entry.detail(), absl::MaxSplits(": ", 1));
    if (entry.action() == "primary_changed" && range.Holds(entry.time())) {
      markers.push_back(Marker(entry.time(), "evidence_key", parts.first, parts.second));
    }
    const size_t key = parts.second.rfind(" (key ");
    if (entry.action() != "evidence_key" || key == std::string::npos) continue;
    const size_t name = key + sizeof(" (key ") - 1;
    words[{parts.first, parts.second.substr(name, parts.second.size() - name - 1)}] =
        parts.second.substr(0, key);
  }
  return words;
}

// The thresholds now in force, by path and the dimension's key.
absl::StatusOr<std::map<std::pair<std::string, std::string>, double>> Thresholds(
    const AdminContext& context, const std::string& workflow) {
  ASSIGN_OR_RETURN(const v1::WorkflowStatus status, context.failover.Status(workflow));
  std::map<std::pair<std::string, std::string>, double> thetas;
  for (const v1::PathStatus& path : status.paths()) {
    for (const v1::DimensionEvidence& dimension : path.verdict().dimensions()) {
      thetas[{path.path(), dimension.dimension()}] = dimension.theta();
    }
  }
  return thetas;
}

absl::Status AddMarkers(const AdminContext& context, const v1::GetHistoryRequest& request,
                        const Range& range, std::vector<v1::HistoryMarker> markers,
                        v1::GetHistoryResponse& response) {
  RETURN_IF_ERROR(AddFlips(context, request.workflow(), range, markers));
  RETURN_IF_ERROR(AddDrills(context, request.workflow(), range, markers));
  RETURN_IF_ERROR(AddReloads(context, range, markers));
  RETURN_IF_ERROR(AddVerdicts(context, request.workflow(), range, markers));
  std::stable_sort(markers.begin(), markers.end(),
                   [](const v1::HistoryMarker& a, const v1::HistoryMarker& b) {
                     return FromProto(a.time()) < FromProto(b.time());
                   });
  const size_t skip = markers.size() > kMaxMarkers ? markers.size() - kMaxMarkers : 0;
  for (size_t i = skip; i < markers.size(); ++i) *response.add_markers() = std::move(markers[i]);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::GetHistoryResponse> ReadHistory(const AdminContext& context,
                                                   const v1::GetHistoryRequest& request) {
  RETURN_IF_ERROR(CheckWorkflow(context, request.workflow()));
  ASSIGN_OR_RETURN(const Range range, RangeOf(request, context.clock.Now()));
  ASSIGN_OR_RETURN(
      const std::vector<v1::TallyEntry> tallies,
      context.store.ReadTallies(request.workflow(), request.path(), range.start, range.end));
  ASSIGN_OR_RETURN(const auto thetas, Thresholds(context, request.workflow()));

  v1::GetHistoryResponse response;
  *response.mutable_bucket() = ToProto(range.bucket);
  for (v1::HistorySeries& series : BuildSeries(tallies, range.bucket)) {
    const auto theta = thetas.find({series.path(), DimensionKey(series.dimension())});
    if (theta != thetas.end()) series.set_theta(theta->second);
    *response.add_series() = std::move(series);
  }
  std::vector<v1::HistoryMarker> markers;
  ASSIGN_OR_RETURN(const auto words, KeyChanges(context, request.workflow(), range, markers));
  for (v1::HistoryMarker& marker : EvidenceKeyMarkers(tallies, words)) {
    markers.push_back(std::move(marker));
  }
  RETURN_IF_ERROR(AddMarkers(context, request, range, std::move(markers), response));
  return response;
}

}  // namespace warmpath
