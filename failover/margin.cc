#include "failover/margin.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "failover/judge.h"
#include "failover/ramp.h"

namespace warmpath {

double MarginOf(const GateParameters& parameters, const GateState& state) {
  double margin = std::numeric_limits<double>::infinity();
  for (size_t d = 0; d < parameters.dimensions.size(); ++d) {
    const GateDimension& dimension = parameters.dimensions[d];
    if (dimension.paired) continue;
    const DimensionProof proof =
        d < state.dimensions.size() ? state.dimensions[d] : DimensionProof();
    if (!IsRequired(dimension, proof)) continue;
    const double n = proof.recent_pass + proof.recent_fail;
    margin = std::min(margin, std::log(dimension.q0 / UpperLossBound(n, proof.recent_fail)));
  }
  return margin;
}

}  // namespace warmpath
