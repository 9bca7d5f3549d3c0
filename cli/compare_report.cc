#include "cli/compare_report.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/json.h"
#include "cli/clean_text.h"
#include "cli/rates.h"
#include "cli/table.h"

namespace warmpath {
namespace {

namespace json = boost::json;

std::string Percent(double share) { return absl::StrFormat("%.2f %%", 100 * share); }

std::string Rate(int64_t hits, int64_t total) {
  if (total == 0) return "-";
  const Interval interval = WilsonInterval(hits, total);
  return absl::StrFormat("%.2f %% (%.2f .. %.2f)",
                         100 * static_cast<double>(hits) / static_cast<double>(total),
                         100 * interval.low, 100 * interval.high);
}

// In points; 0 has no sign.
std::string Change(const PairCounts& counts) {
  if (counts.pairs() == 0) return "-";
  return counts.drop() == 0 ? "0.00" : absl::StrFormat("%+.2f", -100 * counts.drop());
}

std::string TestResult(const PairCounts& counts) {
  if (counts.pairs() == 0) return "-";
  const double p = McNemarExactP(counts.worse, counts.better);
  return p < 0.0001 ? "<0.0001" : absl::StrFormat("%.4f", p);
}

std::string Judged(const PairCounts& counts, const CompareOptions& options) {
  if (counts.pairs() == 0) return "nothing to compare";
  if (IsRegression(counts, options)) return "REGRESSION";
  if (counts.worse == counts.better) return counts.worse == 0 ? "the same" : "even";
  const bool significant = McNemarExactP(counts.worse, counts.better) < options.alpha;
  const std::string which = counts.worse > counts.better ? "worse" : "better";
  if (!significant) return which + ", not significant";
  return counts.worse > counts.better ? "worse, allowed" : "better";
}

std::string ReadLine(const char* name, const CardsRead& read) {
  std::string text = absl::StrFormat("%s: %d cards, %d bad lines, %d ids again", name, read.cards,
                                     read.bad, read.duplicates);
  if (!read.first_problem.empty()) absl::StrAppend(&text, " (", read.first_problem, ")");
  return text + "\n";
}

std::string ChangesTable(const RunComparison& comparison) {
  Table table({"", "pass->fail", "fail->pass", "unchanged", "not comparable", "lost"},
              {1, 2, 3, 4, 5});
  for (size_t i = 0; i < kCardAspects; ++i) {
    const PairCounts& counts = comparison.aspects[i];
    table.Add({kCardAspectNames[i], absl::StrCat(counts.worse), absl::StrCat(counts.better),
               absl::StrCat(counts.both_pass + counts.both_fail),
               absl::StrCat(counts.not_comparable), absl::StrCat(counts.lost)});
  }
  return table.Render(Style());
}

std::string RatesTable(const RunComparison& comparison, const CompareOptions& options) {
  Table table({"", "A conforms (95 %)", "B conforms (95 %)", "change", "p", ""}, {1, 2, 3, 4});
  for (size_t i = 0; i < kCardAspects; ++i) {
    const PairCounts& counts = comparison.aspects[i];
    const int64_t pairs = counts.pairs();
    table.Add({kCardAspectNames[i], Rate(counts.pass_before(), pairs),
               Rate(counts.pass_after(), pairs), Change(counts), TestResult(counts),
               Judged(counts, options)});
  }
  return table.Render(Style());
}

std::string FindingsTable(const RunComparison& comparison) {
  if (comparison.new_findings.empty()) return "No new findings in B.\n";
  Table table({"new in B", "kind", "at", "rows", "such as"}, {3});
  for (const NewFinding& found : comparison.new_findings) {
    table.Add({kCardAspectNames[found.finding.aspect], CleanText(found.finding.kind),
               CleanText(found.finding.pointer), absl::StrCat(found.rows),
               CleanText(absl::StrJoin(found.examples, ", "))});
  }
  std::string text = table.Render(Style());
  if (comparison.findings_not_listed > 0) {
    absl::StrAppend(&text, "and ", comparison.findings_not_listed, " kinds more\n");
  }
  return text;
}

std::string HandoverLine(const RunComparison& comparison) {
  return absl::StrCat("handed to a person: A ",
                      Rate(comparison.handed_over_a, comparison.matched), ", B ",
                      Rate(comparison.handed_over_b, comparison.matched), "\n");
}

// Why the result is what it is, one reason each.
std::vector<std::string> Reasons(const RunComparison& comparison, const CompareOptions& options) {
  std::vector<std::string> reasons;
  for (size_t i = 0; i < kCardAspects; ++i) {
    const PairCounts& counts = comparison.aspects[i];
    if (!IsRegression(counts, options)) continue;
    reasons.push_back(absl::StrCat(kCardAspectNames[i], " is ", Percent(counts.drop()),
                                   " of rows worse (allowed: ", Percent(options.max_drop), ")"));
  }
  const double most = options.max_handovers * static_cast<double>(comparison.matched);
  if (static_cast<double>(comparison.handed_over_b) > most) {
    reasons.push_back(absl::StrCat(comparison.handed_over_b, " of ", comparison.matched,
                                   " rows are handed to a person (allowed: ",
                                   Percent(options.max_handovers), ")"));
  }
  if (comparison.a.bad + comparison.b.bad > 0) reasons.push_back("there are bad lines");
  if (comparison.a.duplicates + comparison.b.duplicates > 0) reasons.push_back("ids occur twice");
  if (comparison.only_in_a > 0 && !options.allow_missing) {
    reasons.push_back(absl::StrCat(comparison.only_in_a, " rows of A are not in B"));
  }
  if (comparison.matched == 0) reasons.push_back("no row is in both");
  return reasons;
}

std::string OutcomeWord(CompareOutcome outcome) {
  switch (outcome) {
    case CompareOutcome::kGood: return "good";
    case CompareOutcome::kIncomplete: return "incomplete";
    case CompareOutcome::kRegression: return "regression";
  }
  return "";
}

json::object RateJson(int64_t hits, int64_t total) {
  const Interval interval = WilsonInterval(hits, total);
  json::object object{{"pass", hits}, {"rate", nullptr}};
  if (total > 0) object["rate"] = static_cast<double>(hits) / static_cast<double>(total);
  object["low"] = interval.low;
  object["high"] = interval.high;
  return object;
}

json::object AspectJson(const PairCounts& counts, const CompareOptions& options) {
  return {{"pairs", counts.pairs()},
          {"pass_to_fail", counts.worse},
          {"fail_to_pass", counts.better},
          {"unchanged", counts.both_pass + counts.both_fail},
          {"not_comparable", counts.not_comparable},
          {"lost", counts.lost},
          {"a", RateJson(counts.pass_before(), counts.pairs())},
          {"b", RateJson(counts.pass_after(), counts.pairs())},
          {"drop", counts.drop()},
          {"p", McNemarExactP(counts.worse, counts.better)},
          {"regression", IsRegression(counts, options)}};
}

json::object ReadJson(const CardsRead& read) {
  return {{"cards", read.cards}, {"bad", read.bad}, {"duplicates", read.duplicates}};
}

}  // namespace

std::string CompareText(const RunComparison& comparison, const CompareOptions& options) {
  std::string text =
      absl::StrCat(ReadLine("A", comparison.a), ReadLine("B", comparison.b),
                   absl::StrFormat("%d rows in both, %d only in A, %d only in B\n\n",
                                   comparison.matched, comparison.only_in_a, comparison.only_in_b),
                   ChangesTable(comparison), "\n", RatesTable(comparison, options), "\n",
                   HandoverLine(comparison), "\n", FindingsTable(comparison), "\n");
  if (options.alpha < 1) {
    absl::StrAppend(&text, "The test is McNemar's, exact and two-sided: with fewer than ",
                    FewestChanges(options.alpha),
                    " changed rows nothing is significant at ", options.alpha, ".\n");
  }
  const std::vector<std::string> reasons = Reasons(comparison, options);
  absl::StrAppend(&text, "result: ", OutcomeWord(OutcomeOf(comparison, options)),
                  reasons.empty() ? "" : ": ", absl::StrJoin(reasons, "; "), "\n");
  return text;
}

std::string CompareJson(const RunComparison& comparison, const CompareOptions& options) {
  json::object aspects;
  for (size_t i = 0; i < kCardAspects; ++i) {
    aspects[kCardAspectNames[i]] = AspectJson(comparison.aspects[i], options);
  }
  json::array findings;
  for (const NewFinding& found : comparison.new_findings) {
    json::array examples;
    for (const std::string& id : found.examples) {
      auto parsed = ParseJson(id);
      // One that was cut is no JSON any more.
      examples.push_back(parsed.ok() ? *std::move(parsed) : json::value(json::string(id)));
    }
    findings.push_back(json::object{{"dimension", kCardAspectNames[found.finding.aspect]},
                                    {"kind", found.finding.kind},
                                    {"pointer", found.finding.pointer},
                                    {"rows", found.rows},
                                    {"examples", std::move(examples)}});
  }
  json::array reasons;
  for (const std::string& reason : Reasons(comparison, options)) reasons.push_back(json::string(reason));
  return ToJson(json::object{{"result", OutcomeWord(OutcomeOf(comparison, options))},
                             {"reasons", std::move(reasons)},
                             {"max_drop", options.max_drop},
                             {"alpha", options.alpha},
                             {"a", ReadJson(comparison.a)},
                             {"b", ReadJson(comparison.b)},
                             {"matched", comparison.matched},
                             {"only_in_a", comparison.only_in_a},
                             {"only_in_b", comparison.only_in_b},
                             {"dimensions", std::move(aspects)},
                             {"handed_over", {{"a", comparison.handed_over_a},
                                              {"b", comparison.handed_over_b}}},
                             {"new_findings", std::move(findings)},
                             {"new_findings_not_listed", comparison.findings_not_listed}}) +
         "\n";
}

}  // namespace warmpath
