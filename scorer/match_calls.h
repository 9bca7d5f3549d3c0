// Which call of the candidate stands for which call of the control.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "scorer/argument_equality.h"
#include "scorer/call_arguments.h"

namespace warmpath {

// A pair of calls of the same tool.
struct CallPair {
  size_t control = 0;
  size_t candidate = 0;
  ArgumentComparison arguments;
};

struct CallMatching {
  std::vector<CallPair> pairs;
  // Calls without a counterpart, by place.
  std::vector<size_t> control_only;
  std::vector<size_t> candidate_only;
  // The same tools are called, but not in the same order.
  bool reordered = false;
};

// Gives the rules for a tool's arguments.
class RulesSource {
 public:
  virtual ~RulesSource() = default;
  virtual ArgumentRules RulesFor(const v1::ToolCall& call) const = 0;
};

// Pairs calls by name as multisets: of several calls of one tool, those whose arguments fit best.
//
// Bounded: at most 24 calls of one tool are tried against each other; the rest pair in order.
CallMatching MatchCalls(const std::vector<ParsedCall>& control,
                        const std::vector<ParsedCall>& candidate, const RulesSource& rules);

}  // namespace warmpath
