#include "failover/readiness.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "failover/distance.h"
#include "failover/judge.h"
#include "proto/failure_rules.h"

namespace warmpath {
namespace {

constexpr char kAvailable[] = "available";

GateParameters Alone(const GateParameters& gate) {
  GateParameters parameters = gate;
  parameters.dimensions = {
      MakeGateDimension(kAvailable, gate.available_theta, Requirement::kAlways)};
  return parameters;
}

// Empty: it says nothing of the path.
std::optional<double> LossOf(bool ok, v1::FailureClass failure_class) {
  if (ok) return 0;
  switch (failure_class) {
    case v1::FAILURE_CLASS_CONTRACT:
    case v1::FAILURE_CLASS_REFUSED:
      return 0;  // an answer came
    case v1::FAILURE_CLASS_LOCAL_LIMIT:
      return std::nullopt;
    default:
      if (!CountsAgainstHealth(failure_class)) return std::nullopt;
      return 1;
  }
}

}  // namespace

Readiness::Readiness(const GateParameters& gate) : parameters_(Alone(gate)) {}

void Readiness::Observe(Micros t, bool ok, v1::FailureClass failure_class) {
  const std::optional<double> loss = LossOf(ok, failure_class);
  if (!loss) return;
  last_ = t = std::max(t, last_);
  if (!state_) state_ = StartKey(parameters_, t, parameters_.mass_new);
  WeightedSample sample;
  sample.t = t;
  sample.scored.push_back({.dimension = 0, .weight = IndependentWeight(*loss)});
  ::warmpath::Observe(parameters_, sample, *state_);
}

bool Readiness::PracticeDueAt(absl::Time now) const {
  return !practised_ || now - *practised_ >= kPracticeDue;
}

bool Readiness::FlipReadyAt(absl::Time now) const {
  if (!state_) return false;
  GateState state = *state_;
  AdvanceTo(parameters_, absl::ToUnixMicros(now), state);
  return Missing(state, now).empty();
}

std::string Readiness::Missing(const GateState& state, absl::Time now) const {
  std::string missing;
  const auto add = [&missing](const auto&... words) {
    absl::StrAppend(&missing, missing.empty() ? "" : "; ", words...);
  };
  if (!practised_) {
    add("no practice flip has succeeded yet");
  } else if (now - *practised_ > kPracticeValid) {
    add("the last practice flip succeeded ",
        absl::ToInt64Hours(now - *practised_) / 24, " days ago, over 7");
  }
  const DimensionProof& proof = state.dimensions[0];
  if (proof.suspect || state.red) {
    add("available: there is evidence that answers stay out");
  } else if (!proof.granted) {
    const double clean = DistanceToProof(parameters_, parameters_.dimensions[0], proof).clean;
    add("available is not proven: ", static_cast<int64_t>(std::ceil(clean)),
        " more answers without a failure");
  }
  return missing;
}

v1::FlipReadiness Readiness::ToProto(absl::Time now) const {
  const Micros t = absl::ToUnixMicros(now);
  GateState state = state_ ? *state_ : StartKey(parameters_, t, parameters_.mass_new);
  AdvanceTo(parameters_, t, state);
  const DimensionProof& proof = state.dimensions[0];
  v1::FlipReadiness proto;
  proto.set_missing(Missing(state, now));
  proto.set_flip_ready(proto.missing().empty());
  if (practised_) *proto.mutable_practice_time() = ::warmpath::ToProto(*practised_);
  v1::DimensionEvidence& evidence = *proto.mutable_available();
  evidence.set_dimension(kAvailable);
  evidence.set_theta(parameters_.dimensions[0].theta);
  evidence.set_evidence_for(proof.evidence_for());
  evidence.set_evidence_against(proof.evidence_against());
  evidence.set_granted(proof.granted);
  evidence.set_suspect(proof.suspect);
  const double samples = proof.recent_pass + proof.recent_fail;
  evidence.set_samples(samples);
  if (samples > 0) evidence.set_conforming_ratio(proof.recent_pass / samples);
  return proto;
}

void Readiness::SetParameters(const GateParameters& gate, Micros now) {
  GateParameters parameters = Alone(gate);
  if (state_) state_ = Refit(parameters_, *state_, parameters, now);
  parameters_ = std::move(parameters);
}

void Readiness::ToProto(v1::JudgeCheckpoint* checkpoint) const {
  if (state_) ::warmpath::ToProto(parameters_, *state_, checkpoint->mutable_available());
  if (practised_) checkpoint->set_practice_micros(absl::ToUnixMicros(*practised_));
}

void Readiness::FromProto(const v1::JudgeCheckpoint& checkpoint, Micros now) {
  state_.reset();
  if (checkpoint.has_available()) {
    state_ = ::warmpath::FromProto(parameters_, checkpoint.available(), now);
  }
  practised_.reset();
  if (checkpoint.practice_micros() != 0) {
    practised_ = absl::FromUnixMicros(checkpoint.practice_micros());
  }
}

}  // namespace warmpath
