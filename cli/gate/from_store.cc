#include "cli/gate/from_store.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/gate/explain.h"
#include "cli/table.h"
#include "cli/words.h"

namespace warmpath {
namespace {

std::string TimeIn(const PathSummary& summary, v1::Conformance state) {
  const auto found = summary.time_in.find(state);
  return found == summary.time_in.end()
             ? "0"
             : Grouped(absl::ToInt64Minutes(found->second + absl::Seconds(30)));
}

std::string FirstGreen(const PathSummary& summary) {
  return summary.first_green
             ? absl::FormatTime("%Y-%m-%d %H:%M:%S", *summary.first_green, absl::LocalTimeZone())
             : "never";
}

}  // namespace

std::string RenderOutcomes(const std::vector<ThresholdOutcome>& outcomes, const std::string& path,
                           const Style& style) {
  Table table({"PATH", "THRESHOLDS", "GREEN MIN", "AMBER MIN", "RED MIN", "COLD MIN", "CHANGES",
               "FIRST GREEN"},
              {2, 3, 4, 5, 6});
  if (outcomes.empty()) return "";
  for (const auto& [name, unused] : outcomes.front().paths) {
    if (!path.empty() && name != path) continue;
    for (const ThresholdOutcome& outcome : outcomes) {
      const PathSummary& summary = outcome.paths.at(name);
      table.Add({name, outcome.thresholds, TimeIn(summary, v1::CONFORMANCE_GREEN),
                 TimeIn(summary, v1::CONFORMANCE_AMBER), TimeIn(summary, v1::CONFORMANCE_RED),
                 TimeIn(summary, v1::CONFORMANCE_COLD), Grouped(summary.changes),
                 FirstGreen(summary)});
    }
  }
  return table.Render(style);
}

}  // namespace warmpath
