// What a run of `warmpath score` found, in figures.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "cli/rates.h"
#include "cli/score_row.h"

namespace warmpath {

// Thread safety: none; add from one thread.
class ScoreSummary {
 public:
  void Add(const ScoredRow& row);
  int64_t bad() const { return bad_; }
  // Whether a larger share of the answers than `most` was handed to a person.
  bool HandsOverMoreThan(double most) const;
  // A table of dimensions and the most frequent findings.
  std::string ToString(double seconds) const;

 private:
  struct Counts {
    int64_t pass = 0, fail = 0, not_applicable = 0, error = 0;
  };
  int64_t rows_ = 0;
  int64_t bad_ = 0;
  int64_t unanswered_ = 0;
  int64_t handed_over_ = 0;
  int64_t compared_ = 0;
  int64_t false_proceeds_ = 0;
  std::array<Counts, 4> dimensions_;
  std::map<std::string, int64_t> findings_;
};

}  // namespace warmpath
