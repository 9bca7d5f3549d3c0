// Simulated paths for gate_goals: arrivals whose true conformance is known, fed to the judge itself.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "failover/conversation_weights.h"
#include "failover/judge.h"

namespace warmpath {

// Faults that the goals must notice.
enum class Mutant {
  kNone,
  kPerSample,    // start mass enters per sample, not per unit of time
  kNoClusters,   // every turn of a conversation counts as a sample
  kKeepG,        // RED does not wipe G
  kNoFreshness,  // old evidence counts as fresh
  kDoubleMass,   // twice the start mass
  kArrival,      // arrival in place of dispatch time
};

// xoshiro256++ by Blackman and Vigna: the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& word : s_) {
      seed += 0x9e3779b97f4a7c15;
      uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      word = z ^ (z >> 31);
    }
  }
  uint64_t Next() {
    const auto rotl = [](uint64_t x, int k) { return (x << k) | (x >> (64 - k)); };
    const uint64_t result = rotl(s_[0] + s_[3], 23) + s_[0];
    const uint64_t t = s_[1] << 17;
    s_[2] ^= s_[0];
    s_[3] ^= s_[1];
    s_[1] ^= s_[2];
    s_[0] ^= s_[3];
    s_[2] ^= t;
    s_[3] = rotl(s_[3], 45);
    return result;
  }
  double Uniform() { return (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53; }  // (0, 1)
  bool Chance(double p) { return Uniform() < p; }
  double Exponential(double mean) { return -mean * std::log(Uniform()); }
  int Poisson(double mean) {
    int n = 0;
    for (double left = Exponential(1); left < mean; left += Exponential(1)) ++n;
    return n;
  }
  double Normal() {
    return std::sqrt(-2 * std::log(Uniform())) * std::cos(6.283185307179586 * Uniform());
  }
  // Marsaglia and Tsang, with their boost for shapes below 1.
  double Gamma(double shape) {
    if (shape < 1) return Gamma(shape + 1) * std::pow(Uniform(), 1 / shape);
    const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
      const double x = Normal(), v = std::pow(1 + c * x, 3);
      if (v > 0 && std::log(Uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
    }
  }
  // Mean q and intra-class correlation.
  double Beta(double q, double correlation) {
    const double size = (1 - correlation) / correlation;
    const double a = Gamma(q * size), b = Gamma((1 - q) * size);
    return a + b > 0 ? a / (a + b) : 0;
  }

 private:
  std::array<uint64_t, 4> s_{};
};

inline GateParameters SimParameters(const std::vector<double>& limits, Mutant mutant) {
  GateParameters parameters;
  for (size_t d = 0; d < limits.size(); ++d) {
    parameters.dimensions.push_back(
        MakeGateDimension("d" + std::to_string(d), 1 - limits[d], Requirement::kAlways));
  }
  if (mutant == Mutant::kDoubleMass) parameters.mass_new *= 2, parameters.mass_time_g *= 2;
  if (mutant == Mutant::kNoClusters) parameters.rho = 0;
  if (mutant == Mutant::kNoFreshness) {
    parameters.fresh_enter = parameters.fresh_leave = parameters.refresh_n = 0;
  }
  return parameters;
}

// One path with one evidence key, created at 0.
class SimPath {
 public:
  SimPath(const GateParameters& parameters, Mutant mutant)
      : parameters_(parameters),
        mutant_(mutant),
        state_(StartKey(parameters, 0, parameters.mass_new)) {}

  // An independent sample, `gap` seconds after the last one.
  template <typename Losses>
  void Sample(double gap, const Losses& losses) {
    t_ += static_cast<Micros>(gap * 1e6);
    WeightedSample sample;
    sample.t = t_;
    int d = 0;
    for (const double loss : losses) sample.scored.push_back({d++, IndependentWeight(loss)});
    Take(sample);
  }
  void Sample(double gap, double loss) { Sample(gap, std::array<double, 1>{loss}); }

  // A turn of a conversation at t.
  void Turn(Micros t, uint64_t conversation, double loss) {
    t_ = t;
    if (BeginSample(parameters_, t, state_)) conversations_.Clear();
    const std::optional<double> added = conversations_.AddTurn(parameters_, conversation, t);
    if (!added) return;
    WeightedSample sample;
    sample.t = t;
    sample.effective = *added;
    sample.scored.push_back({0, conversations_.AddLoss(parameters_, conversation, 0, loss)});
    Take(sample);
  }

  v1::Conformance Now() const { return ConformanceOf(parameters_, state_, {}); }
  bool green() const { return Now() == v1::CONFORMANCE_GREEN; }
  v1::Conformance After(Micros span) const {
    GateState state = state_;
    AdvanceTo(parameters_, t_ + span, state);
    return ConformanceOf(parameters_, state, {});
  }
  void Rearm() {
    for (DimensionProof& proof : state_.dimensions) {
      proof.v.fill(0);
      proof.suspect = false;
    }
  }
  void Wait(Micros span) { t_ += span; }
  Micros t() const { return t_; }
  GateState& state() { return state_; }

 private:
  void Take(const WeightedSample& sample) {
    if (mutant_ == Mutant::kPerSample) {
      for (DimensionProof& proof : state_.dimensions) proof.t_last = sample.t - kMicrosPerMinute;
    }
    if (mutant_ != Mutant::kKeepG) {
      Observe(parameters_, sample, state_);
      return;
    }
    const GateState before = state_;
    Observe(parameters_, sample, state_);
    if (state_.t_red_last == before.t_red_last) return;
    for (size_t d = 0; d < state_.dimensions.size(); ++d) {
      state_.dimensions[d].g = before.dimensions[d].g;
    }
  }

  const GateParameters& parameters_;
  const Mutant mutant_;
  GateState state_;
  ConversationWeights conversations_;
  Micros t_ = 0;
};

}  // namespace warmpath
