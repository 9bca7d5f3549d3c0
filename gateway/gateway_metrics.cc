#include "gateway/gateway_metrics.h"

#include <string>

namespace warmpath {

GatewayMetrics::GatewayMetrics(Metrics& metrics)
    : breaches_(metrics.Counters("warmpath_inline_breaches_total",
                                 "Live answers that broke their workflow's contract.",
                                 {"workflow", "path", "action"})),
      refusal_swaps_(metrics.Counters("warmpath_refusal_swaps_total",
                                      "Refusals after which the next path was asked.",
                                      {"workflow", "path"})),
      path_limits_(metrics.Counters("warmpath_path_limited_total",
                                    "Requests that passed over a path at its own limit.",
                                    {"workflow", "path"})),
      stateful_(metrics.Counters("warmpath_stateful_refused_total",
                                 "Requests refused because they refer to state at one vendor.",
                                 {"workflow", "field"})) {}

void GatewayMetrics::CountBreach(std::string_view workflow, std::string_view path,
                                 std::string_view action) {
  breaches_.With({std::string(workflow), std::string(path), std::string(action)}).Increment();
}

void GatewayMetrics::CountRefusalSwap(std::string_view workflow, std::string_view path) {
  refusal_swaps_.With({std::string(workflow), std::string(path)}).Increment();
}

void GatewayMetrics::CountPathLimit(std::string_view workflow, std::string_view path) {
  path_limits_.With({std::string(workflow), std::string(path)}).Increment();
}

void GatewayMetrics::CountStatefulRefusal(std::string_view workflow, std::string_view field) {
  stateful_.With({std::string(workflow), std::string(field)}).Increment();
}

}  // namespace warmpath
