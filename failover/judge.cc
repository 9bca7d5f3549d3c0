#include "failover/judge.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace warmpath {
namespace {

constexpr double kMicrosPer30Days = 30.0 * kMicrosPerDay;
constexpr double kRecentMicros = 7.0 * kMicrosPerDay;
constexpr double kRateMicros = 10.0 * kMicrosPerMinute;
constexpr double kEvidenceCap = 1e12;

bool IsSilent(const GateParameters& parameters, Micros t, const GateState& state) {
  if (state.frozen_at != 0) t = std::min(t, state.frozen_at);
  return state.n_eff > 0 && t - state.t_evidence > parameters.t_cold;
}

void StartDimension(const GateDimension& dimension, Micros t, double mass, DimensionProof& proof) {
  proof = DimensionProof();
  for (size_t k = 0; k < proof.g.size(); ++k) proof.g[k] = dimension.better_weights[k] * mass;
  proof.t_last = t;
}

// Makes good for the time that the clocks stood still.
void ShiftClocks(Micros t, GateState& state) {
  const Micros stood = std::max<Micros>(0, t - state.frozen_at);
  state.t_fresh += stood;
  state.t_evidence += stood;
}

void EndFreeze(Micros t, GateState& state) {
  if (state.frozen_at == 0) return;
  ShiftClocks(t, state);
  state.frozen_at = state.thaw_at = 0;
}

void ClearProof(DimensionProof& proof) {
  proof.g.fill(0);
  proof.v.fill(0);
  proof.granted = proof.expired = proof.suspect = false;
  proof.recent_pass = proof.recent_fail = 0;
  proof.n_organic = proof.n_synthetic = 0;
}

// Silence: nothing that was proven counts any more. RED stays.
void Void(GateState& state) {
  for (DimensionProof& proof : state.dimensions) ClearProof(proof);
  state.is_fresh = false;
  state.n_eff = state.n_stale = state.fresh = 0;
  state.voided = true;
}

// A return from silence starts with half of what the bucket holds, so that a path that comes and
// goes cannot collect start mass.
void StartAfterSilence(const GateParameters& parameters, Micros t, GateState& state) {
  state.bucket = BucketAt(parameters, state, t);
  state.t_bucket = t;
  const double take = state.bucket / 2;
  state.bucket -= take;
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    DimensionProof& proof = state.dimensions[d];
    for (size_t k = 0; k < proof.g.size(); ++k) proof.g[k] = parameters.dimensions[d].better_weights[k] * take;
    proof.t_last = t;
  }
  state.voided = false;
}

// exp(-dt / 7 days), worked out once for dimensions that were last scored together.
class RecentFade {
 public:
  double KeptAfter(Micros dt) {
    if (dt != dt_) {
      dt_ = dt;
      kept_ = std::exp(-static_cast<double>(dt) / kRecentMicros);
    }
    return kept_;
  }

 private:
  Micros dt_ = 0;
  double kept_ = 1;
};

void Fade(double kept, const Weight& weight, DimensionProof& proof) {
  proof.recent_pass = std::max(0.0, proof.recent_pass * kept + weight.pass + weight.minus);
  proof.recent_fail = std::max(0.0, proof.recent_fail * kept + weight.fail);
}

// The share of a sample's weight that may enter G: hand-written items at most as much as others.
double ShareForG(bool synthetic, double total, DimensionProof& proof) {
  if (!synthetic) {
    proof.n_organic += total;
    return 1;
  }
  const double room = std::max(0.0, proof.n_organic - proof.n_synthetic);
  const double share = total > room ? room / total : 1;
  proof.n_synthetic += total * share;
  return share;
}

// R = (R + mass) * L for every alternative; mass by the time since the last one.
void Step(const GateParameters& parameters, const GateDimension& dimension, Micros t,
          const WeightedSample::Scored& scored, RecentFade& fade, DimensionProof& proof) {
  const Weight& weight = scored.weight;
  // A dimension that was reset within the bucket that closes now is a little ahead of it.
  const Micros dt = std::max<Micros>(0, t - proof.t_last);
  proof.t_last = std::max(proof.t_last, t);
  const double months = static_cast<double>(dt) / kMicrosPer30Days;
  const double mass_g = parameters.mass_time_g * months;
  const double mass_v = parameters.mass_time_v * months;
  const bool whole_pass = weight.pass == 1 && weight.fail == 0 && weight.minus == 0;
  const double share = ShareForG(scored.synthetic, weight.total(), proof);
  for (size_t k = 0; k < proof.g.size(); ++k) {
    const double ratio =
        whole_pass && share == 1
            ? dimension.better_pass[k]
            : std::exp(share * (weight.pass * dimension.better_a[k] +
                                weight.fail * dimension.better_b[k] +
                                weight.minus * dimension.better_minus[k]));
    proof.g[k] =
        std::min(kEvidenceCap, (proof.g[k] + dimension.better_weights[k] * mass_g) * ratio);
  }
  for (size_t k = 0; k < proof.v.size(); ++k) {
    const double ratio = whole_pass ? dimension.worse_pass[k]
                                    : std::exp(weight.pass * dimension.worse_a[k] +
                                               weight.fail * dimension.worse_b[k] +
                                               weight.minus * dimension.worse_minus[k]);
    proof.v[k] = std::min(kEvidenceCap, (proof.v[k] + dimension.worse_weights[k] * mass_v) * ratio);
  }
  proof.n_grant += weight.total();
  proof.scored = true;
  Fade(fade.KeptAfter(dt), weight, proof);
}

bool LeaseIsOver(const GateParameters& parameters, const GateDimension& dimension, Micros t,
                 const DimensionProof& proof) {
  const Micros age = t - proof.t_grant;
  return age > parameters.lease_max ||
         (age > parameters.lease_min && proof.n_grant > parameters.lease_n / dimension.q0);
}

void EvaluateDimension(const GateParameters& parameters, const GateDimension& dimension, Micros t,
                       DimensionProof& proof, Micros& suspect_until) {
  const double against = proof.evidence_against();
  if (!proof.suspect && against >= parameters.amber) {
    proof.suspect = true;
    suspect_until = t + parameters.amber_dwell;
  } else if (proof.suspect && against < parameters.amber_exit && t >= suspect_until) {
    proof.suspect = false;
  }
  if (proof.evidence_for() >= parameters.proof()) {
    proof.granted = true;
    proof.expired = false;
    proof.t_grant = t;
    proof.n_grant = 0;
    proof.n_organic = proof.n_synthetic = 0;
    for (size_t k = 0; k < proof.g.size(); ++k) {
      proof.g[k] = dimension.better_weights[k] * parameters.mass_renew;
    }
  } else if (proof.granted && LeaseIsOver(parameters, dimension, t, proof)) {
    proof.granted = false;
    proof.expired = true;
  }
}

void Evaluate(const GateParameters& parameters, Micros t, GateState& state) {
  if (state.frozen_at != 0 && t >= state.thaw_at) EndFreeze(state.thaw_at, state);
  if (IsSilent(parameters, t, state)) Void(state);
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    if ((state.spared >> d & 1) != 0) continue;
    if (state.dimensions[d].evidence_against() < parameters.red) continue;
    GoRed(parameters, t, state);
    state.red_dimension = static_cast<int>(d);
    break;
  }
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    EvaluateDimension(parameters, parameters.dimensions[d], t, state.dimensions[d],
                      state.suspect_until);
  }
  if (state.red && t >= state.red_until && state.n_eff_red >= parameters.red_n_eff) {
    state.red = false;
  }
  const double meter = state.MeterAt(parameters, t);
  if (state.is_fresh && meter < parameters.fresh_leave) {
    state.is_fresh = false;
    state.n_stale = 0;
  } else if (!state.is_fresh && meter >= parameters.fresh_enter &&
             state.n_stale >= parameters.refresh_n) {
    state.is_fresh = true;
  }
}

// The first whole second at or after t.
Micros CeilSecond(Micros t) {
  return (t + kMicrosPerSecond - 1) / kMicrosPerSecond * kMicrosPerSecond;
}

// Whether the meter may have fallen below fresh_leave by `until`; e^-x >= 1 - x tells most cases cheaply.
bool MayBeStale(const GateParameters& parameters, const GateState& state, Micros until) {
  const double share = static_cast<double>(until - state.t_fresh) / static_cast<double>(parameters.tau);
  if (state.fresh * (1 - share) > parameters.fresh_leave * (1 + 1e-9)) return false;
  return state.MeterAt(parameters, until) < parameters.fresh_leave;
}

// When the meter falls below fresh_leave.
Micros StaleMoment(const GateParameters& parameters, const GateState& state) {
  if (state.fresh < parameters.fresh_leave) return CeilSecond(state.t_fresh);
  const double wait = static_cast<double>(parameters.tau) *
                      std::log(state.fresh / parameters.fresh_leave);
  Micros moment = CeilSecond(state.t_fresh + static_cast<Micros>(wait));
  if (state.MeterAt(parameters, moment) >= parameters.fresh_leave) moment += kMicrosPerSecond;
  return moment;
}

}  // namespace

std::optional<Micros> NextMoment(const GateParameters& parameters, const GateState& state,
                                 Micros until) {
  std::optional<Micros> next;
  const auto at = [&next](Micros moment) {
    if (!next || moment < *next) next = moment;
  };
  const bool frozen = state.frozen_at != 0;
  if (frozen) at(CeilSecond(state.thaw_at));
  if (state.n_eff > 0 && !frozen) at(CeilSecond(state.t_evidence + parameters.t_cold + 1));
  if (state.is_fresh && !frozen && MayBeStale(parameters, state, until)) at(StaleMoment(parameters, state));
  if (state.red && state.n_eff_red >= parameters.red_n_eff) at(CeilSecond(state.red_until));
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    const DimensionProof& proof = state.dimensions[d];
    if (proof.suspect && proof.evidence_against() < parameters.amber_exit) {
      at(CeilSecond(state.suspect_until));
    }
    if (!proof.granted ||
        until - proof.t_grant <= std::min(parameters.lease_min, parameters.lease_max)) {
      continue;
    }
    at(CeilSecond(LeaseEnd(parameters, parameters.dimensions[d], proof) + 1));
  }
  return next;
}

GateState StartKey(const GateParameters& parameters, Micros t, double start_mass) {
  GateState state;
  state.t_create = state.t_fresh = state.t_evidence = state.t_bucket = state.t_rate = t;
  state.bucket = parameters.recold_cap;
  state.dimensions.resize(parameters.dimensions.size());
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    StartDimension(parameters.dimensions[d], t, start_mass, state.dimensions[d]);
  }
  return state;
}

double BucketAt(const GateParameters& parameters, const GateState& state, Micros t) {
  const double refill = parameters.recold_refill *
                        static_cast<double>(std::max<Micros>(0, t - state.t_bucket)) /
                        kMicrosPer30Days;
  return std::min(parameters.recold_cap, state.bucket + refill);
}

bool BeginSample(const GateParameters& parameters, Micros t, GateState& state) {
  const bool was_voided = state.voided;
  AdvanceTo(parameters, t, state);
  if (IsSilent(parameters, t, state)) Void(state);
  return state.voided && !was_voided;
}

void Observe(const GateParameters& parameters, const WeightedSample& sample, GateState& state) {
  const Micros t = sample.t;
  BeginSample(parameters, t, state);
  if (state.voided) StartAfterSilence(parameters, t, state);
  const double meter = state.MeterAt(parameters, t);
  if (state.frozen_at != 0) state.frozen_at = std::max(state.frozen_at, t);
  if (state.is_fresh && meter < parameters.fresh_leave) {
    state.is_fresh = false;
    state.n_stale = 0;
  }
  state.fresh = std::min(parameters.fresh_cap, meter + sample.effective);
  state.t_fresh = t;
  state.n_eff += sample.effective;
  state.n_stale += sample.effective;
  if (state.red) state.n_eff_red += sample.effective;
  state.rate_weight =
      state.rate_weight * std::exp(-std::max<Micros>(0, t - state.t_rate) / kRateMicros) +
      sample.effective;
  state.t_rate = t;
  RecentFade fade;
  for (const WeightedSample::Scored& scored : sample.scored) {
    Step(parameters, parameters.dimensions[scored.dimension], t, scored, fade,
         state.dimensions[scored.dimension]);
  }
  state.t_evidence = t;
  Evaluate(parameters, t, state);
}

void AddHint(const GateParameters& parameters, Micros t, double mass, uint32_t dimension_mask,
             GateState& state) {
  AdvanceTo(parameters, t, state);
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    if ((dimension_mask >> d & 1) == 0) continue;
    DimensionProof& proof = state.dimensions[d];
    for (size_t k = 0; k < proof.v.size(); ++k) {
      proof.v[k] =
          std::min(kEvidenceCap, proof.v[k] + parameters.dimensions[d].worse_weights[k] * mass);
    }
  }
  Evaluate(parameters, t, state);
}

void Freeze(const GateParameters& parameters, Micros t, Micros grace, GateState& state) {
  AdvanceTo(parameters, t, state);
  if (state.frozen_at != 0) return;
  state.frozen_at = t;
  state.thaw_at = t + grace;
}

void Thaw(const GateParameters& parameters, Micros t, GateState& state) {
  AdvanceTo(parameters, t, state);
  EndFreeze(t, state);
}

void ResetDimensions(const GateParameters& parameters, Micros t, uint32_t dimension_mask,
                     double start_mass, GateState& state) {
  AdvanceTo(parameters, t, state);
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    if ((dimension_mask >> d & 1) == 0) continue;
    StartDimension(parameters.dimensions[d], t, start_mass, state.dimensions[d]);
  }
}

void AdvanceTo(const GateParameters& parameters, Micros t, GateState& state) {
  // Every moment clears what made it due, so there are few; the limit only guards against a
  // parameter that contradicts itself.
  for (int i = 0; i < 64; ++i) {
    const std::optional<Micros> moment = NextMoment(parameters, state, t);
    if (!moment || *moment > t) return;
    Evaluate(parameters, *moment, state);
  }
}

void GoRed(const GateParameters& parameters, Micros t, GateState& state) {
  const bool again = state.t_red_last != 0 && t - state.t_red_last < kMicrosPerDay;
  state.red_count = again ? state.red_count + 1 : 0;
  state.t_red_last = t;
  state.red = true;
  state.red_dimension = -1;
  state.n_eff_red = 0;
  const double dwell = std::ldexp(static_cast<double>(parameters.red_dwell), state.red_count);
  state.red_until =
      t + (dwell < static_cast<double>(parameters.red_dwell_max) ? static_cast<Micros>(dwell)
                                                                 : parameters.red_dwell_max);
  for (DimensionProof& proof : state.dimensions) ClearProof(proof);
}

Micros LeaseEnd(const GateParameters& parameters, const GateDimension& dimension,
                const DimensionProof& proof) {
  const bool used_up = proof.n_grant > parameters.lease_n / dimension.q0;
  return proof.t_grant +
         (used_up ? std::min(parameters.lease_min, parameters.lease_max) : parameters.lease_max);
}

bool IsRequired(const GateDimension& dimension, const DimensionProof& proof) {
  switch (dimension.requirement) {
    case Requirement::kAlways:
      return true;
    case Requirement::kOnceScored:
      return proof.scored;
    case Requirement::kNever:
      return false;
  }
  return true;
}

v1::Conformance ConformanceOf(const GateParameters& parameters, const GateState& state,
                              const GateHolds& holds) {
  if (state.red || state.severe) return v1::CONFORMANCE_RED;
  if (state.n_eff < parameters.n_cold) return v1::CONFORMANCE_COLD;
  if (holds.any() || !state.is_fresh) return v1::CONFORMANCE_AMBER;
  bool proven_any = false;
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    const DimensionProof& proof = state.dimensions[d];
    if (proof.suspect) return v1::CONFORMANCE_AMBER;
    if (!IsRequired(parameters.dimensions[d], proof)) continue;
    if (!proof.granted) return v1::CONFORMANCE_AMBER;
    proven_any = true;
  }
  // Nothing required means that nothing was proven.
  return proven_any ? v1::CONFORMANCE_GREEN : v1::CONFORMANCE_AMBER;
}

}  // namespace warmpath
