#include "cli/render_budget.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/table.h"
#include "cli/words.h"

namespace warmpath {
namespace {

// "12.5", "0.35", "0.004": enough digits to tell small rates apart.
std::string Rate(double per_minute) {
  if (per_minute == 0) return "0";
  if (per_minute >= 1000) return Grouped(std::llround(per_minute));
  return absl::StrFormat(per_minute >= 10     ? "%.3g"
                         : per_minute >= 0.01 ? "%.2g"
                                              : "%.1g",
                         per_minute);
}

// Of new conversations; small ones have digits, too.
std::string Share(double share) {
  if (share > 0 && share < 0.001) return absl::StrFormat("%.2g %%", share * 100);
  return Percent(share);
}

std::string ClassWord(const v1::PathBudget& path) {
  if (path.fixed()) return "fixed";
  const std::string word = EnumWord(v1::SpendClass_Name(path.spend()), "SPEND_CLASS_");
  return word.empty() ? "-" : word;
}

Ink InkOf(const v1::PathBudget& path) {
  if (path.spend() == v1::SPEND_CLASS_BURST) return Ink::kAmber;
  return Ink::kPlain;
}

std::string Limits(const v1::GetBudgetResponse& budget) {
  std::string text = absl::StrCat(
      Rate(budget.spent_per_minute()), " shadows a minute are given out",
      budget.has_limit_per_minute() ? absl::StrCat(" of ", Rate(budget.limit_per_minute())) : "",
      "\n");
  absl::StrAppend(
      &text, "last hour: ", Grouped(budget.tokens_last_hour()), " tokens",
      budget.max_tokens_per_hour() > 0 ? absl::StrCat(" of ", Grouped(budget.max_tokens_per_hour()))
                                       : "",
      absl::StrFormat(", $%.2f", budget.usd_last_hour()),
      budget.max_usd_per_hour() > 0 ? absl::StrFormat(" of $%.2f", budget.max_usd_per_hour()) : "",
      "\n");
  return text;
}

}  // namespace

std::string RenderBudget(const v1::GetBudgetResponse& budget, absl::Time now, const Style& style) {
  if (!budget.has_plan_time()) return "Nothing is planned yet: the server has just started.\n";
  Table table({"WORKFLOW", "PATH", "FOR", "A MINUTE", "SHARE", "FLOOR", "TRAFFIC", "WHY"},
              {3, 4, 5, 6});
  for (const v1::PathBudget& path : budget.paths()) {
    table.Add({path.workflow(),
               path.path(),
               {ClassWord(path), InkOf(path)},
               Rate(path.rate()),
               Share(path.share()),
               Rate(path.floor()),
               Rate(path.traffic()),
               path.reason()});
  }
  return absl::StrCat(table.Render(style), "\n", Limits(budget), "New conversations; planned ",
                      Ago(budget.plan_time(), now), "\n");
}

}  // namespace warmpath
