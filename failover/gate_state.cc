#include "failover/gate_state.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace warmpath {
namespace {

constexpr double kRateMinutes = 10;

DimensionProof StartDimension(const GateParameters& parameters, const GateDimension& dimension,
                              Micros t) {
  DimensionProof proof;
  for (size_t k = 0; k < proof.g.size(); ++k) {
    proof.g[k] = dimension.better_weights[k] * parameters.mass_new;
  }
  proof.t_last = t;
  return proof;
}

void DimensionToProto(const GateDimension& dimension, const DimensionProof& proof,
                      v1::GateDimensionState* proto) {
  proto->set_dimension(dimension.name);
  proto->set_q0(dimension.q0);
  proto->mutable_g()->Add(proof.g.begin(), proof.g.end());
  proto->mutable_v()->Add(proof.v.begin(), proof.v.end());
  proto->set_last_micros(proof.t_last);
  proto->set_granted(proof.granted);
  proto->set_expired(proof.expired);
  proto->set_suspect(proof.suspect);
  proto->set_scored(proof.scored);
  proto->set_grant_micros(proof.t_grant);
  proto->set_n_grant(proof.n_grant);
  proto->set_recent_pass(proof.recent_pass);
  proto->set_recent_fail(proof.recent_fail);
  proto->set_n_organic(proof.n_organic);
  proto->set_n_synthetic(proof.n_synthetic);
  proto->set_paired(dimension.paired);
}

DimensionProof DimensionFromProto(const v1::GateDimensionState& proto) {
  DimensionProof proof;
  std::copy(proto.g().begin(), proto.g().end(), proof.g.begin());
  std::copy(proto.v().begin(), proto.v().end(), proof.v.begin());
  proof.t_last = proto.last_micros();
  proof.granted = proto.granted();
  proof.expired = proto.expired();
  proof.suspect = proto.suspect();
  proof.scored = proto.scored();
  proof.t_grant = proto.grant_micros();
  proof.n_grant = proto.n_grant();
  proof.recent_pass = proto.recent_pass();
  proof.recent_fail = proto.recent_fail();
  proof.n_organic = proto.n_organic();
  proof.n_synthetic = proto.n_synthetic();
  return proof;
}

bool Fits(const GateDimension& dimension, const v1::GateDimensionState& proto) {
  const DimensionProof shape;
  return proto.dimension() == dimension.name && proto.q0() == dimension.q0 &&
         proto.paired() == dimension.paired &&
         static_cast<size_t>(proto.g_size()) == shape.g.size() &&
         static_cast<size_t>(proto.v_size()) == shape.v.size();
}

}  // namespace

double DimensionProof::evidence_for() const { return std::accumulate(g.begin(), g.end(), 0.0); }

double DimensionProof::evidence_against() const {
  return std::accumulate(v.begin(), v.end(), 0.0);
}

double GateState::MeterAt(const GateParameters& parameters, Micros t) const {
  if (frozen_at != 0) t = std::min(t, frozen_at);
  if (t <= t_fresh) return fresh;
  const Micros age = t - t_fresh;
  return fresh * std::exp(-static_cast<double>(age) / static_cast<double>(parameters.tau));
}

double GateState::RateAt(Micros t) const {
  const double age = std::max<Micros>(0, t - t_rate) / static_cast<double>(kMicrosPerMinute);
  // A young key has not had the time to fill the average.
  const double lived = std::max<Micros>(0, t - t_create) / static_cast<double>(kMicrosPerMinute);
  const double filled = 1 - std::exp(-std::max(lived, 0.5) / kRateMinutes);
  return rate_weight * std::exp(-age / kRateMinutes) / (kRateMinutes * filled);
}

void ToProto(const GateParameters& parameters, const GateState& state, v1::GateKeyState* proto) {
  proto->set_create_micros(state.t_create);
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    DimensionToProto(parameters.dimensions[d], state.dimensions[d], proto->add_dimensions());
  }
  proto->set_fresh(state.fresh);
  proto->set_fresh_micros(state.t_fresh);
  proto->set_is_fresh(state.is_fresh);
  proto->set_n_stale(state.n_stale);
  proto->set_n_eff(state.n_eff);
  proto->set_evidence_micros(state.t_evidence);
  proto->set_voided(state.voided);
  proto->set_red(state.red);
  proto->set_red_until_micros(state.red_until);
  proto->set_red_count(state.red_count);
  if (state.red_dimension >= 0) {
    proto->set_red_dimension(parameters.dimensions[state.red_dimension].name);
  }
  proto->set_last_red_micros(state.t_red_last);
  proto->set_n_eff_red(state.n_eff_red);
  proto->set_suspect_until_micros(state.suspect_until);
  proto->set_recold_bucket(state.bucket);
  proto->set_recold_micros(state.t_bucket);
  proto->set_rate_weight(state.rate_weight);
  proto->set_rate_micros(state.t_rate);
  proto->set_frozen_micros(state.frozen_at);
  proto->set_thaw_micros(state.thaw_at);
}

GateState FromProto(const GateParameters& parameters, const v1::GateKeyState& proto, Micros now) {
  GateState state;
  for (const GateDimension& dimension : parameters.dimensions) {
    const auto found = std::find_if(
        proto.dimensions().begin(), proto.dimensions().end(),
        [&](const v1::GateDimensionState& candidate) { return Fits(dimension, candidate); });
    state.dimensions.push_back(found == proto.dimensions().end()
                                   ? StartDimension(parameters, dimension, now)
                                   : DimensionFromProto(*found));
  }
  state.t_create = proto.create_micros();
  state.fresh = proto.fresh();
  state.t_fresh = proto.fresh_micros();
  state.is_fresh = proto.is_fresh();
  state.n_stale = proto.n_stale();
  state.n_eff = proto.n_eff();
  state.t_evidence = proto.evidence_micros();
  state.voided = proto.voided();
  state.severe = !proto.severe_card_id().empty();
  state.red = proto.red();
  state.red_until = proto.red_until_micros();
  state.red_count = proto.red_count();
  state.red_dimension = parameters.IndexOf(proto.red_dimension()).value_or(-1);
  state.t_red_last = proto.last_red_micros();
  state.n_eff_red = proto.n_eff_red();
  state.suspect_until = proto.suspect_until_micros();
  state.bucket = proto.recold_bucket();
  state.t_bucket = proto.recold_micros();
  state.rate_weight = proto.rate_weight();
  state.t_rate = proto.rate_micros();
  state.frozen_at = proto.frozen_micros();
  state.thaw_at = proto.thaw_micros();
  return state;
}

GateState Refit(const GateParameters& before, const GateState& state, const GateParameters& after,
                Micros now) {
  v1::GateKeyState proto;
  ToProto(before, state, &proto);
  GateState result = FromProto(after, proto, now);
  result.severe = state.severe;
  return result;
}

}  // namespace warmpath
