// Whether the arguments of two calls of one tool mean the same.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "scorer/tolerance.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// How arguments of one tool are compared.
struct ArgumentRules {
  // The JSON Schema of the tool's arguments; null: none. Its types, enums, defaults and required lists
  // decide which rules of tolerance apply where.
  const boost::json::object* schema = nullptr;
  // The contract's rule for the tool; null: none.
  const v1::ToolRule* tool = nullptr;
  // Rules that the contract leaves on.
  ToleranceSet allowed = ToleranceSet::All();
};

// One argument that differs, or was taken as equal by rules of tolerance.
struct ArgumentFinding {
  v1::FindingKind kind = v1::FINDING_KIND_UNSPECIFIED;
  std::string pointer;  // into the arguments
  ToleranceSet used;    // for FINDING_KIND_ARGUMENT_TOLERATED
};

struct ArgumentComparison {
  // Arguments that differ, are missing, or are too many.
  std::vector<ArgumentFinding> differences;
  // Arguments that are equal only by a rule of tolerance.
  std::vector<ArgumentFinding> tolerated;
  // Top-level arguments that either side gives.
  int arguments = 0;

  bool equal() const { return differences.empty(); }
};

// Compares the candidate's arguments with the control's.
//
// Bounded: linear in both, but for lists taken as sets (at most 64 elements each).
ArgumentComparison CompareArguments(const boost::json::object& control,
                                    const boost::json::object& candidate,
                                    const ArgumentRules& rules);

}  // namespace warmpath
