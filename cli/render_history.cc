#include "cli/render_history.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "cli/table.h"
#include "cli/words.h"

namespace warmpath {
namespace {

constexpr int kTrendWidth = 40;
// Below so many samples a point shows no share.
constexpr int kMinSamples = 5;

struct Sum {
  int64_t pass = 0;
  int64_t fail = 0;
  int64_t n() const { return pass + fail; }
  double share() const {
    return n() == 0 ? 0 : static_cast<double>(pass) / static_cast<double>(n());
  }
};

std::string DimensionWord(v1::Dimension dimension) {
  return EnumWord(v1::Dimension_Name(dimension), "DIMENSION_");
}

// The newest points as bars between 80 % and 100 %, so that what matters can be seen; '.' = too
// few.
std::string Trend(const v1::HistorySeries& series, bool shapes) {
  static constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (!shapes) return "";
  std::string trend;
  const int first = std::max(0, series.points_size() - kTrendWidth);
  for (int i = first; i < series.points_size(); ++i) {
    const Sum sum{series.points(i).pass(), series.points(i).fail()};
    const double level = std::clamp((sum.share() - 0.8) / 0.2, 0.0, 1.0);
    trend += sum.n() < kMinSamples ? "." : kBars[static_cast<int>(level * 7 + 0.5)];
  }
  return trend;
}

std::string SeriesTable(const v1::GetHistoryResponse& history, absl::Time now, const Style& style) {
  Table table({"PATH", "DIMENSION", "CONFORMS", "TO BE PROVEN", "N", "UNDECIDED", "NEWEST",
               style.shapes ? "TREND (80 to 100 %)" : ""},
              {2, 3, 4, 5});
  for (const v1::HistorySeries& series : history.series()) {
    Sum sum;
    int64_t undecided = 0;
    for (const v1::HistoryPoint& point : series.points()) {
      sum.pass += point.pass();
      sum.fail += point.fail();
      undecided += point.scorer_error();
    }
    const bool below = sum.n() > 0 && series.theta() > 0 && sum.share() < series.theta();
    table.Add({series.path(),
               DimensionWord(series.dimension()),
               {sum.n() == 0 ? "-" : Percent(sum.share()), below ? Ink::kRed : Ink::kPlain},
               series.theta() > 0 ? Percent(series.theta()) : "-",
               Grouped(sum.n()),
               Grouped(undecided),
               series.points().empty() ? "never" : Ago(series.points().rbegin()->start_time(), now),
               Trend(series, style.shapes)});
  }
  return table.Render(style);
}

std::string PointsTable(const v1::GetHistoryResponse& history, absl::Time now, const Style& style) {
  Table table({"FROM", "PATH", "DIMENSION", "CONFORMS", "PASS", "FAIL", "UNDECIDED"}, {3, 4, 5, 6});
  for (const v1::HistorySeries& series : history.series()) {
    for (const v1::HistoryPoint& point : series.points()) {
      const Sum sum{point.pass(), point.fail()};
      table.Add({ClockTime(point.start_time(), now), series.path(),
                 DimensionWord(series.dimension()),
                 sum.n() < kMinSamples ? "too few" : Percent(sum.share()), Grouped(point.pass()),
                 Grouped(point.fail()), Grouped(point.scorer_error())});
    }
  }
  return table.Render(style);
}

}  // namespace

std::string RenderHistory(const v1::GetHistoryResponse& history, absl::Time now, const Style& style,
                          bool points) {
  std::string text;
  if (history.series().empty()) {
    text = "No samples were scored in this range.\n";
  } else {
    text = absl::StrCat(
        points ? PointsTable(history, now, style) : SeriesTable(history, now, style),
        style.Paint(Ink::kFaint,
                    absl::StrCat("one point covers ", Span(FromProto(history.bucket())))),
        "\n");
  }
  if (history.markers().empty()) return text;
  Table events({"TIME", "WHAT", "PATH", ""});
  for (const v1::HistoryMarker& marker : history.markers()) {
    events.Add({ClockTime(marker.time(), now), marker.kind(), marker.path(), marker.text()});
  }
  return absl::StrCat(text, "\n", events.Render(style));
}

}  // namespace warmpath
