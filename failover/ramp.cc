#include "failover/ramp.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "failover/distance.h"

namespace warmpath {
namespace {

constexpr double kLeastShare = 0.01;
constexpr Micros kMassSpan = 60 * kMicrosPerMinute;
constexpr double kSuspect = 1, kTrusted = 1.0 / 8, kViolating = 100;

double ShareFor(double kappa, double upper_loss, double q0) {
  return upper_loss <= q0 ? 1 : std::clamp(kappa / (upper_loss - q0), kLeastShare, 1.0);
}

}  // namespace

double UpperLossBound(double n, double f) {
  if (n <= 0) return 1;
  const double mean = f / n;
  const double budget = (std::log(100.0) + std::log(n + 1) / 2 + 0.5) / n;
  double low = mean, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (BernoulliKl(mean, middle) <= budget ? low : high) = middle;
  }
  return low;
}

Ramp::Ramp(GateDimension dimension, Micros t, double kappa)
    : dimension_(std::move(dimension)),
      t_open_(t),
      t_last_(t),
      kappa_(kappa),
      share_(ShareFor(kappa, 1, dimension_.q0)) {}

double Ramp::evidence_against() const { return std::accumulate(v_.begin(), v_.end(), 0.0); }

void Ramp::Add(Micros t, double n, double f) {
  const auto spent = [&](Micros at) { return std::min(at - t_open_, kMassSpan); };
  const double mass =
      static_cast<double>(spent(t) - spent(t_last_)) / static_cast<double>(kMassSpan);
  t_last_ = t;
  n_ += n;
  f_ += f;
  upper_loss_ = UpperLossBound(n_, f_);
  for (size_t k = 0; k < v_.size(); ++k) {
    v_[k] = (v_[k] + dimension_.worse_weights[k] * mass) *
            std::exp((n - f) * dimension_.worse_a[k] + f * dimension_.worse_b[k]);
    v_[k] = std::min(v_[k], 1e12);
  }
  if (phase_ == Phase::kAborted) return;
  const double against = evidence_against();
  if (against >= kViolating) {
    phase_ = Phase::kAborted;
    share_ = 0;
    return;
  }
  const bool held = against >= kSuspect || (phase_ == Phase::kHeld && against >= kTrusted);
  const double wanted = ShareFor(kappa_, upper_loss_, dimension_.q0);
  share_ = held ? std::min(share_, wanted) : wanted;
  phase_ = held ? Phase::kHeld : share_ >= 1 ? Phase::kFull : Phase::kRunning;
}

}  // namespace warmpath
