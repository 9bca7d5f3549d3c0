#include "failover/margin.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "failover/judge.h"
#include "failover/ramp.h"

namespace warmpath {
namespace {

// Calls visit(dimension, n, f) for the absolute dimensions that must be proven.
template <typename Visit>
void VisitAbsolute(const GateParameters& parameters, const GateState& state, const Visit& visit) {
  for (size_t d = 0; d < parameters.dimensions.size(); ++d) {
    const GateDimension& dimension = parameters.dimensions[d];
    if (dimension.paired) continue;
    const DimensionProof proof =
        d < state.dimensions.size() ? state.dimensions[d] : DimensionProof();
    if (!IsRequired(dimension, proof)) continue;
    visit(dimension, proof.recent_pass + proof.recent_fail, proof.recent_fail);
  }
}

}  // namespace

double MarginOf(const GateParameters& parameters, const GateState& state) {
  double margin = std::numeric_limits<double>::infinity();
  VisitAbsolute(parameters, state, [&](const GateDimension& dimension, double n, double f) {
    margin = std::min(margin, std::log(dimension.q0 / UpperLossBound(n, f)));
  });
  return margin;
}

std::string BoundsInWords(const GateParameters& parameters, const GateState& state) {
  std::string words;
  VisitAbsolute(parameters, state, [&](const GateDimension& dimension, double n, double f) {
    if (n <= 0) return;
    // Rounded down: it is a lower bound.
    const double least = std::floor(1000 * (1 - UpperLossBound(n, f))) / 10;
    absl::StrAppendFormat(&words, "%s%s at least %.4g %%", words.empty() ? "" : ", ",
                          dimension.name, least);
  });
  return words;
}

}  // namespace warmpath
