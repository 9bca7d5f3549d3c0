// How far within its limits a path certainly is: for choosing among several that may receive.
#pragma once

#include <string>

#include "failover/gate_config.h"
#include "failover/gate_state.h"

namespace warmpath {

// min over the absolute dimensions that must be proven of ln(q0 / q_U(n, f)), in nats, with n and f the
// effective weights that DimensionProof::recent_* keeps: 7 days, fading. gate.md names 24 h; the week
// serves quiet workflows better, and the same weights stand behind `conforming_ratio`. Paired dimensions
// are left out: they are held against the primary's noise, which is the same for all paths.
// +infinity if there is none.
double MarginOf(const GateParameters& parameters, const GateState& state);

// "schema at least 98.6 %, policy at least 91 %": 1 - q_U of the same dimensions and weights, with 99 %
// confidence. Empty if nothing was scored.
std::string BoundsInWords(const GateParameters& parameters, const GateState& state);

}  // namespace warmpath
