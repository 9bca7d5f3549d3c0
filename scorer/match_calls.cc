#include "scorer/match_calls.h"

#include <algorithm>

#include "scorer/contract.h"

namespace warmpath {
namespace {

constexpr size_t kMaxTried = 24;

size_t Cost(const ArgumentComparison& comparison) {
  return comparison.differences.size() * 1000 + comparison.tolerated.size();
}

// Pairs the calls of one tool, the cheapest pair first.
void MatchOneTool(const std::vector<ParsedCall>& control, const std::vector<ParsedCall>& candidate,
                  const std::vector<size_t>& left, const std::vector<size_t>& right,
                  const RulesSource& rules, CallMatching& matching) {
  std::vector<CallPair> tried;
  for (size_t i = 0; i < left.size(); ++i) {
    for (size_t j = 0; j < right.size(); ++j) {
      if (i != j && (i >= kMaxTried || j >= kMaxTried)) continue;
      const ArgumentRules argument_rules = rules.RulesFor(*control[left[i]].call);
      tried.push_back({left[i], right[j],
                       CompareArguments(control[left[i]].arguments(),
                                        candidate[right[j]].arguments(), argument_rules)});
    }
  }
  std::stable_sort(tried.begin(), tried.end(), [](const CallPair& a, const CallPair& b) {
    return Cost(a.arguments) < Cost(b.arguments);
  });
  std::vector<bool> control_taken(control.size()), candidate_taken(candidate.size());
  for (CallPair& pair : tried) {
    if (control_taken[pair.control] || candidate_taken[pair.candidate]) continue;
    control_taken[pair.control] = candidate_taken[pair.candidate] = true;
    matching.pairs.push_back(std::move(pair));
  }
  for (const size_t place : left) {
    if (!control_taken[place]) matching.control_only.push_back(place);
  }
  for (const size_t place : right) {
    if (!candidate_taken[place]) matching.candidate_only.push_back(place);
  }
}

// The calls of the same tool as `calls[first]`, from there on.
std::vector<size_t> SameTool(const std::vector<ParsedCall>& calls, std::string_view name) {
  std::vector<size_t> places;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (SameToolName(calls[i].call->name(), name)) places.push_back(i);
  }
  return places;
}

}  // namespace

CallMatching MatchCalls(const std::vector<ParsedCall>& control,
                        const std::vector<ParsedCall>& candidate, const RulesSource& rules) {
  CallMatching matching;
  std::vector<bool> candidate_seen(candidate.size());
  for (size_t i = 0; i < control.size(); ++i) {
    const std::vector<size_t> left = SameTool(control, control[i].call->name());
    if (left.front() != i) continue;
    const std::vector<size_t> right = SameTool(candidate, control[i].call->name());
    for (const size_t place : right) candidate_seen[place] = true;
    MatchOneTool(control, candidate, left, right, rules, matching);
  }
  for (size_t j = 0; j < candidate.size(); ++j) {
    if (!candidate_seen[j]) matching.candidate_only.push_back(j);
  }
  std::sort(matching.pairs.begin(), matching.pairs.end(),
            [](const CallPair& a, const CallPair& b) { return a.control < b.control; });
  std::sort(matching.control_only.begin(), matching.control_only.end());
  std::sort(matching.candidate_only.begin(), matching.candidate_only.end());
  const bool same_tools = matching.control_only.empty() && matching.candidate_only.empty();
  matching.reordered =
      same_tools && !std::is_sorted(matching.pairs.begin(), matching.pairs.end(),
                                    [](const CallPair& a, const CallPair& b) {
                                      return a.candidate < b.candidate;
                                    });
  return matching;
}

}  // namespace warmpath
