// One line of `warmpath score`: a recorded pair in, a card out.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "scorer/scorer.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// What one line gave.
struct ScoredRow {
  // The card, or {"id"?, "error"} for a bad line; one line of JSON without its line end.
  std::string json;
  bool bad = false;
  // The scores behind the card; empty for a bad line.
  ScoreResult result;
  // The candidate gave no answer: nothing was scored.
  bool unanswered = false;
  // The candidate handed the case to a person: nothing was scored, and it is no failure.
  bool handed_over = false;
};

// Scores one line with the production scorers. `contracts` are those of the configured workflows.
// Members of the line that are not known are ignored, so that data sets may carry their own.
//
// Thread safety: pure; may be called concurrently. Errors: in ScoredRow.
ScoredRow ScoreRow(std::string_view line, const std::map<std::string, v1::Contract>& contracts);

// The lower-case word of an enum value: EnumWord("SCORE_VERDICT_", "SCORE_VERDICT_PASS") is "pass".
std::string EnumWord(std::string_view prefix, std::string_view name);

}  // namespace warmpath
