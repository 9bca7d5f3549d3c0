// Figures about counts: how sure a share is, and whether two runs over the same rows differ.
#pragma once

#include <cstdint>

namespace warmpath {

// The 95 % Wilson score interval of `hits` of `total`, as shares; 0 to 1 where `total` is 0.
// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
// American Statistical Association 22 (1927).
struct Interval {
  double low = 0;
  double high = 1;
};
Interval WilsonInterval(int64_t hits, int64_t total);

// The two-sided p-value of the exact McNemar test: of `worse + better` rows that changed, how likely is a split
// at least as uneven if worse and better are equally likely? 1 where nothing changed.
// Source: Q. McNemar, Psychometrika 12 (1947); the exact (binomial) form as in M. Fagerland, S. Lydersen and
// P. Laake, BMC Medical Research Methodology 13:91 (2013), eq. 1.
double McNemarExactP(int64_t worse, int64_t better);

// How many rows must change, all of them for the worse, before McNemarExactP can be below `alpha`.
// REQUIRES: 0 < alpha <= 1.
int64_t FewestChanges(double alpha);

}  // namespace warmpath
