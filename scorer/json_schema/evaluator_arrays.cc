// The keywords about arrays.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scorer/json_schema/evaluator.h"
#include "scorer/json_schema/json_equal.h"

namespace warmpath {
namespace {

namespace json = boost::json;
using enum SchemaVerdict;

}  // namespace

SchemaVerdict Evaluator::CheckArray(const SchemaNode& node, const json::array& array,
                                    const Place* place, EvaluatedSet* evaluated) {
  const ArrayRules& rules = *node.array;
  SchemaVerdict verdict = kValid;
  if (array.size() < rules.min_items) {
    verdict = Fail(node, place, "minItems", "has ", array.size(), " items, fewer than ",
                   rules.min_items);
  } else if (array.size() > rules.max_items) {
    verdict = Fail(node, place, "maxItems", "has ", array.size(), " items, more than ",
                   rules.max_items);
  }
  if (!GoOn(verdict)) return verdict;
  const size_t covered = rules.rest != nullptr ? array.size()
                                               : std::min(array.size(), rules.prefix.size());
  for (size_t i = 0; i < covered; ++i) {
    const Place here{place, {}, i};
    const bool in_prefix = i < rules.prefix.size();
    verdict = And(verdict, CheckChild(node, in_prefix ? rules.prefix_keyword : rules.rest_keyword,
                                      in_prefix ? *rules.prefix[i] : *rules.rest, array[i],
                                      &here));
    if (!GoOn(verdict)) return verdict;
    if (evaluated != nullptr) evaluated->Add(i);
  }
  if (rules.contains != nullptr) {
    verdict = And(verdict, CheckContains(node, array, place, evaluated));
    if (!GoOn(verdict)) return verdict;
  }
  if (rules.unique && array.size() > 1) verdict = And(verdict, CheckUnique(node, array, place));
  return verdict;
}

SchemaVerdict Evaluator::CheckContains(const SchemaNode& node, const json::array& array,
                                       const Place* place, EvaluatedSet* evaluated) {
  const ArrayRules& rules = *node.array;
  const bool marks = evaluated != nullptr && rules.contains_evaluates;
  uint64_t matches = 0, unknown = 0;
  for (size_t i = 0; i < array.size() && !stopped_; ++i) {
    const bool decided = matches >= rules.min_contains && rules.max_contains == kUnbounded;
    if (decided && !marks) return kValid;
    const Place here{place, {}, i};
    const SchemaVerdict item = Probe(*rules.contains, array[i], &here, nullptr);
    matches += item == kValid;
    unknown += item == kUnknown;
    if (item == kUnknown && errors_ != nullptr) Check(*rules.contains, array[i], &here, nullptr);
    if (marks && item != kInvalid) evaluated->Add(i);
  }
  if (matches + unknown < rules.min_contains) {
    return Fail(node, place, rules.min_contains == 1 ? "contains" : "minContains", matches,
                " items match, fewer than ", rules.min_contains);
  }
  if (matches > rules.max_contains) {
    return Fail(node, place, "maxContains", matches, " items match, more than ",
                rules.max_contains);
  }
  const bool open = matches < rules.min_contains || matches + unknown > rules.max_contains ||
                    (marks && unknown > 0);
  return open ? kUnknown : kValid;
}

SchemaVerdict Evaluator::CheckUnique(const SchemaNode& node, const json::array& array,
                                     const Place* place) {
  int64_t cost = 0;
  bool too_deep = false;
  std::vector<std::pair<size_t, size_t>> by_hash;  // hash, index
  by_hash.reserve(array.size());
  for (size_t i = 0; i < array.size(); ++i) {
    by_hash.emplace_back(JsonHash(array[i], limits_.max_depth, &cost, &too_deep), i);
    if (steps_ + cost > limits_.max_steps) break;
  }
  if (!Spend(cost)) return kUnknown;
  if (too_deep) return Stop(absl::StrCat("values nested deeper than ", limits_.max_depth));
  std::sort(by_hash.begin(), by_hash.end());
  for (size_t i = 1; i < by_hash.size(); ++i) {
    for (size_t j = i; j > 0 && by_hash[j - 1].first == by_hash[i].first; --j) {
      const size_t first = by_hash[j - 1].second, second = by_hash[i].second;
      cost = 0;
      const bool equal = JsonEqual(array[first], array[second], limits_.max_depth + 1, &cost);
      if (!Spend(cost)) return kUnknown;
      if (!equal) continue;
      return Fail(node, place, "uniqueItems", "items ", first, " and ", second, " are equal");
    }
  }
  return kValid;
}

SchemaVerdict Evaluator::CheckUnevaluatedItems(const SchemaNode& node, const json::array& array,
                                               const Place* place, EvaluatedSet& evaluated) {
  SchemaVerdict verdict = kValid;
  if (!Spend(static_cast<int64_t>(array.size() / 16))) return kUnknown;
  for (size_t i = 0; i < array.size(); ++i) {
    if (evaluated.Has(i)) continue;
    const Place here{place, {}, i};
    verdict = And(verdict, CheckChild(node, "unevaluatedItems", *node.array->unevaluated, array[i],
                                      &here));
    if (!GoOn(verdict)) return verdict;
  }
  evaluated.AddAll();
  return verdict;
}

}  // namespace warmpath
