#include "cli/rates.h"

#include <algorithm>
#include <cmath>

namespace warmpath {

Interval WilsonInterval(int64_t hits, int64_t total) {
  if (total <= 0) return {};
  constexpr double kZ = 1.959963984540054;
  const double n = static_cast<double>(total), p = static_cast<double>(hits) / n;
  const double scale = 1 + kZ * kZ / n;
  const double middle = (p + kZ * kZ / (2 * n)) / scale;
  const double half = kZ / scale * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

double McNemarExactP(int64_t worse, int64_t better) {
  const int64_t n = worse + better, few = std::min(worse, better);
  if (n <= 0 || worse == better) return 1;
  // P(X <= few) for X ~ Binomial(n, 1/2), from the largest term down: each is k / (n - k + 1) of the one above.
  const double log_term = std::lgamma(n + 1.0) - std::lgamma(few + 1.0) -
                          std::lgamma(static_cast<double>(n - few) + 1) -
                          static_cast<double>(n) * std::log(2.0);
  double share = 1, sum = 1;
  for (int64_t k = few; k > 0 && share > 1e-17 * sum; --k) {
    share *= static_cast<double>(k) / static_cast<double>(n - k + 1);
    sum += share;
  }
  return std::min(1.0, 2 * std::exp(log_term) * sum);
}

int64_t FewestChanges(double alpha) {
  int64_t changes = 1;
  while (changes < 1000 && McNemarExactP(changes, 0) >= alpha) ++changes;
  return changes;
}

}  // namespace warmpath
