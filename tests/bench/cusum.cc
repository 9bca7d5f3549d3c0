#include "tests/bench/cusum.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace warmpath {
namespace {

// A pass moves down by `down`, not below 0; a failure up by `up`; at h there is an alarm.
struct Lattice {
  int down = 1, up = 1;
};

Lattice LatticeFor(double q0, double q1) {
  const double pass = std::log((1 - q0) / (1 - q1)), fail = std::log(q1 / q0);
  Lattice lattice;
  lattice.down = std::clamp(static_cast<int>(std::ceil(60 * pass / fail)), 1, 20);
  lattice.up = static_cast<int>(std::lround(lattice.down * fail / pass));
  return lattice;
}

// Mean run length from every state at failure rate q: x[i] = 1 + (1-q) x[max(i-down,0)] + q x[i+up],
// by elimination within the band.
std::vector<double> RunLengths(const Lattice& lattice, int h, double q) {
  const int low = lattice.down, high = lattice.up, width = low + high + 1;
  std::vector<double> band(static_cast<size_t>(h) * width), x(h, 1.0);
  const auto at = [&](int row, int column) -> double& {
    return band[static_cast<size_t>(row) * width + (column - row + low)];
  };
  for (int i = 0; i < h; ++i) {
    at(i, i) += 1;
    at(i, std::max(i - low, 0)) -= 1 - q;
    if (i + high < h) at(i, i + high) -= q;
  }
  for (int p = 0; p < h; ++p) {
    for (int row = p + 1; row <= std::min(h - 1, p + low); ++row) {
      const double factor = at(row, p) / at(p, p);
      if (factor == 0) continue;
      for (int c = p; c <= std::min(h - 1, p + high); ++c) at(row, c) -= factor * at(p, c);
      x[row] -= factor * x[p];
    }
  }
  for (int p = h - 1; p >= 0; --p) {
    for (int c = p + 1; c <= std::min(h - 1, p + high); ++c) x[p] -= at(p, c) * x[c];
    x[p] /= at(p, p);
  }
  return x;
}

// Where the statistic stands under q0 if there was no alarm for long.
std::vector<double> SteadyState(const Lattice& lattice, int h, double q0) {
  std::vector<double> now(h, 0), next(h);
  now[0] = 1;
  for (int round = 0; round < 60000; ++round) {
    std::fill(next.begin(), next.end(), 0);
    for (int i = 0; i < h; ++i) {
      next[std::max(i - lattice.down, 0)] += (1 - q0) * now[i];
      if (i + lattice.up < h) next[i + lattice.up] += q0 * now[i];
    }
    double sum = 0, change = 0;
    for (const double p : next) sum += p;
    for (int i = 0; i < h; ++i) {
      next[i] /= sum;
      change += std::abs(next[i] - now[i]);
    }
    now.swap(next);
    if (change < 1e-9) break;
  }
  return now;
}

double DelayAt(const Lattice& lattice, int h, double q0, double q1) {
  const std::vector<double> steady = SteadyState(lattice, h, q0), delay = RunLengths(lattice, h, q1);
  double mean = 0;
  for (int i = 0; i < h; ++i) mean += steady[i] * delay[i];
  return mean;
}

}  // namespace

double OptimalDelay(double q0, double q1, double arl) {
  const Lattice lattice = LatticeFor(q0, q1);
  const auto arl_at = [&](int h) { return RunLengths(lattice, h, q0)[0]; };
  int low = 1, high = 2;
  while (arl_at(high) < arl) low = high, high *= 2;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (arl_at(middle) < arl ? low : high) = middle;
  }
  const double below = std::log(arl_at(low)), above = std::log(arl_at(high));
  const double share = above > below ? (std::log(arl) - below) / (above - below) : 1;
  return (1 - share) * DelayAt(lattice, low, q0, q1) + share * DelayAt(lattice, high, q0, q1);
}

}  // namespace warmpath
