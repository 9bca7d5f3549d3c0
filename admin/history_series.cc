#include "admin/history_series.h"

#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"

namespace warmpath {
namespace {

constexpr int kPoints = 120;

absl::Time BucketStart(absl::Time time, absl::Duration bucket) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), bucket);
}

}  // namespace

absl::Duration ChooseBucket(absl::Duration range) {
  for (const int64_t seconds :
       {10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200}) {
    if (range <= kPoints * absl::Seconds(seconds)) return absl::Seconds(seconds);
  }
  return absl::Ceil(range / kPoints, absl::Hours(24));
}

std::string DimensionKey(v1::Dimension dimension) {
  switch (dimension) {
    case v1::DIMENSION_SCHEMA:
      return "schema";
    case v1::DIMENSION_TOOLS:
      return "tools";
    case v1::DIMENSION_POLICY:
      return "policy";
    case v1::DIMENSION_TOOL_ERRORS:
      return "tool_errors";
    case v1::DIMENSION_JUDGE:
      return "judge";
    default:
      return "";
  }
}

std::vector<v1::HistorySeries> BuildSeries(const std::vector<v1::TallyEntry>& tallies,
                                           absl::Duration bucket) {
  std::map<std::tuple<std::string, v1::Dimension>, std::map<absl::Time, v1::HistoryPoint>> sums;
  for (const v1::TallyEntry& entry : tallies) {
    const v1::Tally& tally = entry.tally();
    if (tally.pass() + tally.fail() + tally.scorer_error() == 0) continue;
    const absl::Time start = BucketStart(FromProto(entry.bucket_time()), bucket);
    v1::HistoryPoint& point = sums[{entry.path(), entry.dimension()}][start];
    point.set_pass(point.pass() + tally.pass());
    point.set_fail(point.fail() + tally.fail());
    point.set_scorer_error(point.scorer_error() + tally.scorer_error());
  }
  std::vector<v1::HistorySeries> all;
  for (auto& [key, points] : sums) {
    v1::HistorySeries& series = all.emplace_back();
    series.set_path(std::get<0>(key));
    series.set_dimension(std::get<1>(key));
    for (auto& [start, point] : points) {
      *point.mutable_start_time() = ToProto(start);
      *series.add_points() = std::move(point);
    }
  }
  return all;
}

std::vector<v1::HistoryMarker> EvidenceKeyMarkers(
    const std::vector<v1::TallyEntry>& tallies,
    const std::map<std::pair<std::string, std::string>, std::string>& words) {
  std::vector<v1::HistoryMarker> markers;
  std::map<std::string, std::set<std::string>> seen;
  for (const v1::TallyEntry& entry : tallies) {
    std::set<std::string>& keys = seen[entry.path()];
    if (!keys.insert(entry.evidence_key()).second || keys.size() == 1) continue;
    v1::HistoryMarker& marker = markers.emplace_back();
    *marker.mutable_time() = entry.bucket_time();
    marker.set_kind("evidence_key");
    marker.set_path(entry.path());
    const auto told = words.find({entry.path(), entry.evidence_key()});
    marker.set_text(told != words.end()
                        ? told->second
                        : absl::StrCat("new evidence key ", entry.evidence_key().substr(0, 12)));
  }
  return markers;
}

}  // namespace warmpath
