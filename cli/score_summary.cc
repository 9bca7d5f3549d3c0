#include "cli/score_summary.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace warmpath {
namespace {

constexpr size_t kMaxFindingsShown = 12;
constexpr const char* kNames[] = {"schema", "tools", "policy", "tool_errors"};

std::string Share(int64_t hits, int64_t total) {
  if (total == 0) return "-";
  const Interval interval = WilsonInterval(hits, total);
  return absl::StrFormat("%.2f %%  (%.2f .. %.2f)", 100.0 * hits / total, 100 * interval.low,
                         100 * interval.high);
}

}  // namespace

void ScoreSummary::Add(const ScoredRow& row) {
  ++rows_;
  if (row.bad) {
    ++bad_;
    return;
  }
  if (row.unanswered) ++unanswered_;
  if (row.handed_over) ++handed_over_;
  for (const v1::DimensionScore& score : row.result.scores) {
    const int place = score.dimension() - v1::DIMENSION_SCHEMA;
    if (place < 0 || place >= static_cast<int>(dimensions_.size())) continue;
    Counts& counts = dimensions_[place];
    switch (score.verdict()) {
      case v1::SCORE_VERDICT_PASS: ++counts.pass; break;
      case v1::SCORE_VERDICT_FAIL: ++counts.fail; break;
      case v1::SCORE_VERDICT_SCORER_ERROR: ++counts.error; break;
      default: ++counts.not_applicable; break;
    }
  }
  // Cards, not findings: one card with fifty violations of a schema is one broken answer.
  std::set<int> kinds;
  for (const v1::Finding& finding : row.result.findings) {
    if (finding.severity() != v1::SEVERITY_INFO) kinds.insert(finding.kind());
  }
  for (const int kind : kinds) {
    const std::string name = v1::FindingKind_Name(static_cast<v1::FindingKind>(kind));
    ++findings_[EnumWord("FINDING_KIND_", name)];
  }
  if (row.result.false_proceed) {
    ++compared_;
    false_proceeds_ += *row.result.false_proceed > 0;
  }
}

bool ScoreSummary::HandsOverMoreThan(double most) const {
  const auto answered = static_cast<double>(rows_ - bad_ - unanswered_);
  return static_cast<double>(handed_over_) > most * answered;
}

std::string ScoreSummary::ToString(double seconds) const {
  std::string text = absl::StrFormat("%d rows, %d bad, %d without an answer, %.2f s", rows_, bad_,
                                     unanswered_, seconds);
  if (seconds > 0) absl::StrAppendFormat(&text, ", %.0f rows/s", rows_ / seconds);
  absl::StrAppendFormat(&text, "\n\n%-12s %8s %8s %8s %8s  %s\n", "dimension", "pass", "fail",
                        "n/a", "error", "conforms (95 %)");
  for (size_t i = 0; i < dimensions_.size(); ++i) {
    const Counts& counts = dimensions_[i];
    absl::StrAppendFormat(&text, "%-12s %8d %8d %8d %8d  %s\n", kNames[i], counts.pass,
                          counts.fail, counts.not_applicable, counts.error,
                          Share(counts.pass, counts.pass + counts.fail));
  }
  const int64_t answered = rows_ - bad_ - unanswered_;
  absl::StrAppend(&text, "handed to a person: ", Share(handed_over_, answered), " of ", answered,
                  " answered\n");
  absl::StrAppend(&text, "false proceed: ", Share(false_proceeds_, compared_), " of ", compared_,
                  " compared\n");
  std::vector<std::pair<int64_t, std::string>> most;
  for (const auto& [name, count] : findings_) most.emplace_back(-count, name);
  std::sort(most.begin(), most.end());
  if (most.size() > kMaxFindingsShown) most.resize(kMaxFindingsShown);
  for (const auto& [negative, name] : most) {
    absl::StrAppendFormat(&text, "%8d cards with %s\n", -negative, name);
  }
  return text;
}

}  // namespace warmpath
