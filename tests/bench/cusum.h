// The optimum that the gate's delays are measured against.
#pragma once

namespace warmpath {

// The mean delay of the Bernoulli CUSUM that knows q1, in steady state under q0, whose mean time between
// false alarms is `arl` samples: exact, from its run-length equations on a lattice (Reynolds and Stoumbos,
// "A CUSUM chart for monitoring a proportion", 1999), between two thresholds by interpolation in ln(arl).
double OptimalDelay(double q0, double q1, double arl);

}  // namespace warmpath
