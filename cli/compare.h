// Holds two runs of `warmpath score` over the same rows against each other: what got worse?
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "cli/card_line.h"

namespace warmpath {

struct CompareOptions {
  // How much worse an aspect may get, as a share of the rows that are evidence in both runs.
  double max_drop = 0.005;
  // A drop counts if the exact McNemar test gives a p-value below this; 1: every drop counts.
  double alpha = 0.05;
  // Rows of A may be missing from B.
  bool allow_missing = false;
  // The rate of hand-overs to people in B above which the run fails; 1: any rate is fine.
  double max_handovers = 1;
  // How many new kinds of findings are named, with how many ids each.
  size_t top_findings = 10;
  size_t examples = 3;
  // A longer line is bad.
  size_t max_line_bytes = 64 << 20;
};

// One run as it was read.
struct CardsRead {
  int64_t cards = 0;
  // Lines that are no card, or stand for a row that could not be scored.
  int64_t bad = 0;
  // Cards whose id came before: the first one counts.
  int64_t duplicates = 0;
  // What is wrong with the first bad line, "line 7: ..."; "" if there is none.
  std::string first_problem;
};

// Rows that are in both runs, on one aspect.
struct PairCounts {
  int64_t both_pass = 0, both_fail = 0;
  // Worse: pass in A, fail in B; better: the other way round.
  int64_t worse = 0, better = 0;
  // No evidence in at least one of them; of these, those that were evidence in A only.
  int64_t not_comparable = 0, lost = 0;

  int64_t pairs() const { return both_pass + both_fail + worse + better; }
  int64_t pass_before() const { return both_pass + worse; }
  int64_t pass_after() const { return both_pass + better; }
  // Positive: worse. 0 without pairs.
  double drop() const {
    return pairs() == 0 ? 0 : static_cast<double>(worse - better) / static_cast<double>(pairs());
  }
};

// A kind of finding that rows have in B and not in A.
struct NewFinding {
  CardFinding finding;
  // How many rows.
  int64_t rows = 0;
  // The first ids, as JSON text.
  std::vector<std::string> examples;
};

struct RunComparison {
  CardsRead a, b;
  int64_t matched = 0, only_in_a = 0, only_in_b = 0;
  std::array<PairCounts, kCardAspects> aspects;
  // Rows in both that were handed to a person, in each run.
  int64_t handed_over_a = 0, handed_over_b = 0;
  // The most frequent first.
  std::vector<NewFinding> new_findings;
  // Kinds that are not among them.
  int64_t findings_not_listed = 0;
};

// Reads both runs, each once, line by line.
//
// Memory: about 50 bytes for each row of A and 8 for each of its failing findings, whatever the length of the
// lines. Rows are joined by a 64-bit hash of their id.
RunComparison CompareCards(std::istream& a, std::istream& b, const CompareOptions& options);

// Whether an aspect got worse by more than is allowed, and significantly so.
bool IsRegression(const PairCounts& counts, const CompareOptions& options);

// What the comparison comes to, as the exit code of `warmpath score --compare`.
enum class CompareOutcome {
  kGood = 0,
  // Bad lines, ids that occur twice, rows of A that B lacks, or nothing to compare: no answer can be given.
  kIncomplete = 1,
  // An aspect regressed, or too much is handed over. Goes before kIncomplete.
  kRegression = 3,
};
CompareOutcome OutcomeOf(const RunComparison& comparison, const CompareOptions& options);

}  // namespace warmpath
