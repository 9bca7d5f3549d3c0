// How far is a path from GREEN: in samples, in minutes, in words.
#pragma once

#include <optional>
#include <string>

#include "failover/gate_config.h"
#include "failover/gate_state.h"

namespace warmpath {

// How far one dimension is from proof; docs/gate.md, "Reasons and distance".
struct ProofDistance {
  // ln(1/alpha) - ln G, at least 0.
  double nats = 0;
  // Samples without a failure until proof.
  double clean = 0;
  // Samples until proof if failures stay as frequent as they were; empty: it would never come.
  std::optional<double> expected;
};

ProofDistance DistanceToProof(const GateParameters& parameters, const GateDimension& dimension,
                              const DimensionProof& proof);

// Passing samples until V < amber_exit.
double CleanSamplesToTrust(const GateParameters& parameters, const GateDimension& dimension,
                           const DimensionProof& proof);

// Kullback-Leibler divergence of two failure rates in nats: what one sample tells.
double BernoulliKl(double q, double p);

// The whole distance, such as "640 more clean samples; 53 min at 12/min"; empty if the state, which
// was advanced to `now`, lacks nothing. The worst dimension counts.
std::string DistanceInWords(const GateParameters& parameters, const GateState& state, Micros now);

}  // namespace warmpath
