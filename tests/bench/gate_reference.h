// The rule of docs/gate.md a second time, written from its formulas alone and shared with nothing: what the
// judge is held against. One absolute dimension, default constants, independent samples.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

namespace warmpath {

class GateReference {
 public:
  explicit GateReference(double q0) : q0_(q0) {
    const double gm[4] = {1. / 50, 1. / 8, 1. / 3, .6}, vm[5] = {1.7, 4, 12, 50, 800};
    const double o = q0 / (1 - q0);
    for (int k = 0; k < 4; ++k) Ratio(gm[k] * o, ga_[k], gb_[k]), g_[k] = wg_[k] * .5;
    for (int k = 0; k < 5; ++k) Ratio(vm[k] * o, va_[k], vb_[k]);
  }

  // The state after a sample with this loss at t seconds: 'G', 'A', 'R' or 'C'.
  char Sample(double t, double y) {
    Time(t);
    if (voided_) {
      bucket_ = std::min(.1, bucket_ + .05 * (t - t_bucket_) / kMonth);
      t_bucket_ = t;
      const double take = bucket_ / 2;
      bucket_ -= take;
      for (int k = 0; k < 4; ++k) g_[k] = wg_[k] * take;
      t_last_ = t;
      voided_ = false;
    }
    if (is_fresh_ && Meter(t) < 8) is_fresh_ = false, n_stale_ = 0;
    fresh_ = std::min(32., Meter(t) + 1);
    t_fresh_ = t;
    n_eff_ += 1, n_stale_ += 1, n_grant_ += 1;
    if (red_) n_red_ += 1;
    const double dt = (t - t_last_) / kMonth;
    t_last_ = t;
    for (int k = 0; k < 4; ++k) {
      g_[k] = std::min(1e12, (g_[k] + wg_[k] * .35 * dt) * std::exp((1 - y) * ga_[k] + y * gb_[k]));
    }
    for (int k = 0; k < 5; ++k) {
      v_[k] = std::min(1e12, (v_[k] + wv_[k] * dt) * std::exp((1 - y) * va_[k] + y * vb_[k]));
    }
    t_evidence_ = t;
    Evaluate(t);
    return red_ ? 'R' : n_eff_ < 50 ? 'C' : granted_ && !suspect_ && is_fresh_ ? 'G' : 'A';
  }

 private:
  static constexpr double kMonth = 30 * 86400;

  void Ratio(double odds, double& a, double& b) const {
    const double q1 = odds / (1 + odds);
    a = std::log((1 - q1) / (1 - q0_));
    b = std::log(q1 / q0_);
  }
  double Meter(double t) const { return fresh_ * std::exp(-(t - t_fresh_) / 1800); }
  void Wipe() {
    std::fill(g_, g_ + 4, 0);
    std::fill(v_, v_ + 5, 0);
    granted_ = suspect_ = false;
  }
  // What time alone does between samples, at whole seconds: only silence and the clearing of RED and of
  // suspicion matter to the next sample.
  void Time(double t) {
    if (n_eff_ > 0 && t - t_evidence_ > 6 * 3600) {
      Wipe();
      is_fresh_ = false;
      n_eff_ = n_stale_ = fresh_ = 0;
      voided_ = true;
    }
    if (red_ && std::ceil(red_until_) <= t && n_red_ >= 200) red_ = false;
    if (suspect_ && V() < .125 && std::ceil(suspect_until_) <= t) suspect_ = false;
    Lease(std::floor(t));
  }
  double V() const { return v_[0] + v_[1] + v_[2] + v_[3] + v_[4]; }
  void Lease(double t) {
    const double age = t - t_grant_;
    if (granted_ && (age > 14 * 86400 || (age > 86400 && n_grant_ > 200 / q0_))) granted_ = false;
  }
  void Evaluate(double t) {
    if (V() >= 100) {
      count_ = t_red_ > 0 && t - t_red_ < 86400 ? count_ + 1 : 0;
      t_red_ = t;
      red_ = true;
      n_red_ = 0;
      red_until_ = t + std::min(8. * 3600, 1800. * std::pow(2, count_));
      Wipe();
    }
    if (!suspect_ && V() >= 1) {
      suspect_ = true;
      suspect_until_ = t + 600;
    } else if (suspect_ && V() < .125 && t >= suspect_until_) {
      suspect_ = false;
    }
    if (g_[0] + g_[1] + g_[2] + g_[3] >= 100) {
      granted_ = true;
      t_grant_ = t;
      n_grant_ = 0;
      for (int k = 0; k < 4; ++k) g_[k] = wg_[k] * .25;
    } else {
      Lease(t);
    }
    if (red_ && t >= red_until_ && n_red_ >= 200) red_ = false;
    if (!is_fresh_ && Meter(t) >= 16 && n_stale_ >= 64) is_fresh_ = true;
  }

  const double wg_[4] = {.30, .30, .25, .15}, wv_[5] = {.15, .20, .25, .20, .20};
  double q0_;
  double ga_[4], gb_[4], va_[5], vb_[5], g_[4], v_[5] = {};
  double t_last_ = 0, t_fresh_ = 0, t_evidence_ = 0, t_bucket_ = 0, bucket_ = .1, fresh_ = 0;
  double n_eff_ = 0, n_stale_ = 0, n_grant_ = 0, n_red_ = 0;
  double t_grant_ = 0, suspect_until_ = 0, red_until_ = 0, t_red_ = 0;
  int count_ = 0;
  bool granted_ = false, suspect_ = false, is_fresh_ = false, voided_ = false, red_ = false;
};

}  // namespace warmpath
