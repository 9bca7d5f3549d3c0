// What the live path decides beside the plan, counted.
#pragma once

#include <string_view>

#include "base/metrics.h"

namespace warmpath {

// The live path's counters. Each event is rare enough to be looked up by name.
//
// Thread safety: all methods may be called concurrently. Ownership: borrows `metrics`.
class GatewayMetrics {
 public:
  explicit GatewayMetrics(Metrics& metrics);

  // A live answer broke the contract. `action`: "observed" or "enforced".
  void CountBreach(std::string_view workflow, std::string_view path, std::string_view action);
  // A path refused, and the next one was asked.
  void CountRefusalSwap(std::string_view workflow, std::string_view path);
  // A path was at its own limit and was passed over.
  void CountPathLimit(std::string_view workflow, std::string_view path);
  // A request was not taken at a front door because no other vendor could answer it.
  void CountStatefulRefusal(std::string_view workflow, std::string_view field);

 private:
  CounterFamily& breaches_;
  CounterFamily& refusal_swaps_;
  CounterFamily& path_limits_;
  CounterFamily& stateful_;
};

}  // namespace warmpath
