#include "tests/bench/agreement_table.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace warmpath::bench {

void Report::Share(const std::string& set, const std::string& figure, int64_t counted,
                   int64_t total, const std::string& goal) {
  const double share = total == 0 ? 0.0 : 100.0 * static_cast<double>(counted) / total;
  lines_.push_back({set, figure, absl::StrFormat("%.2f %%", share), goal,
                    absl::StrCat(counted, " of ", total)});
}

void Report::Value(const std::string& set, const std::string& figure, double value,
                   const std::string& goal) {
  lines_.push_back({set, figure, absl::StrFormat("%.3f", value), goal, ""});
}

void Report::Disagrees(const std::string& set, const std::string& kind, const std::string& row) {
  if (++disagreements_[set + "/" + kind] <= shown_) {
    std::fprintf(stderr, "%s [%s] %s\n", set.c_str(), kind.c_str(), row.c_str());
  }
}

void Report::Skip(const std::string& set) { lines_.push_back({set, "skipped: no data", "", "", ""}); }

std::string Report::ToString() const {
  std::string table = absl::StrFormat("%-26s %-52s %10s  %-12s %s\n", "set", "figure", "reached",
                                      "to reach", "counts");
  for (const Line& line : lines_) {
    absl::StrAppendFormat(&table, "%-26s %-52s %10s  %-12s %s\n", line.set, line.figure,
                          line.reached, line.goal, line.counts);
  }
  return table;
}

}  // namespace warmpath::bench
