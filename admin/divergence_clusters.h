// Findings of one kind at one place, counted together.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// `pointer` with every array index as "*": "/tool_calls/0/arguments/city" ->
// "/tool_calls/*/arguments/city".
std::string GeneralizePointer(std::string_view pointer);

// DivergenceClusters counts the findings of failed cards by path, dimension, kind and place.
//
//   DivergenceClusters clusters;
//   for (card : cards) clusters.Add(card);
//   clusters.Biggest(100);
//
// A finding that repeats within one card counts once, so that a share is one of cards. Findings
// that don't fail their dimension (INFO) are left out. Thread safety: thread-compatible.
class DivergenceClusters {
 public:
  void Add(const v1::Scorecard& card);
  // Biggest first, at most `limit`. Each share is of the cards added.
  std::vector<v1::DivergenceCluster> Biggest(size_t limit) const;
  int64_t cards() const { return cards_; }

 private:
  using Key = std::tuple<std::string, v1::Dimension, v1::FindingKind, std::string>;

  std::map<Key, v1::DivergenceCluster> clusters_;
  int64_t cards_ = 0;
};

}  // namespace warmpath
