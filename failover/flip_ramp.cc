#include "failover/flip_ramp.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "failover/judge.h"

namespace warmpath {
namespace {

constexpr Micros kStep = 5 * kMicrosPerSecond;

}  // namespace

FlipRamp::FlipRamp(const GateParameters& gate, const GateState& state, Micros t, double kappa)
    : t_open_(t), t_step_(t) {
  for (size_t d = 0; d < gate.dimensions.size(); ++d) {
    const GateDimension& dimension = gate.dimensions[d];
    if (dimension.paired) continue;
    const bool known = d < state.dimensions.size();
    watched_.push_back(
        {.name = dimension.name,
         .ramp = Ramp(dimension, t, kappa),
         .q0 = dimension.q0,
         .dimension = static_cast<int>(d),
         .must = IsRequired(dimension, known ? state.dimensions[d] : DimensionProof()),
         .once_scored = dimension.requirement == Requirement::kOnceScored});
    if (watched_.back().must) share_ = std::min(share_, watched_.back().ramp.share());
  }
}

bool FlipRamp::any_limit() const {
  return std::any_of(watched_.begin(), watched_.end(),
                     [](const Watched& watched) { return watched.must; });
}

void FlipRamp::Observe(const GateSample& sample) {
  if (sample.t < t_open_) return;
  ++answers_;
  for (const GateSample::Loss& loss : sample.losses) {
    for (Watched& watched : watched_) {
      if (watched.dimension != loss.dimension) continue;
      watched.n += 1;
      watched.told |= answers_ <= kRampTold;
      watched.f += std::clamp(loss.loss, 0.0, 1.0);
      failed_ |= loss.loss > 0;
    }
  }
}

void FlipRamp::Advance(Micros t, bool hold) {
  if (!failed_ && t - t_step_ < kStep) return;
  t_step_ = t = std::max(t, t_step_);
  failed_ = false;
  double wanted = 1;
  bool held = false, aborted = false;
  for (Watched& watched : watched_) {
    watched.ramp.Add(t, watched.n, watched.f);
    watched.n = watched.f = 0;
    held |= watched.ramp.phase() == Ramp::Phase::kHeld;
    aborted |= watched.ramp.phase() == Ramp::Phase::kAborted;
    if (Limits(watched)) wanted = std::min(wanted, watched.ramp.share());
  }
  if (!hold && !aborted) share_ = held ? std::min(share_, wanted) : wanted;
  phase_ = aborted        ? v1::RAMP_PHASE_ABORTED
           : held         ? v1::RAMP_PHASE_HELD
           : share_ >= 1 ? v1::RAMP_PHASE_FULL
                          : v1::RAMP_PHASE_RUNNING;
}

double FlipRamp::Margin() const {
  double margin = std::numeric_limits<double>::infinity();
  for (const Watched& watched : watched_) {
    if (!Limits(watched)) continue;
    margin = std::min(margin, std::log(watched.q0 / watched.ramp.upper_loss()));
  }
  return margin;
}

const FlipRamp::Watched& FlipRamp::Worst() const {
  return *std::max_element(
      watched_.begin(), watched_.end(), [this](const Watched& left, const Watched& right) {
        const double v_left = std::max(1.0, left.ramp.evidence_against());
        const double v_right = std::max(1.0, right.ramp.evidence_against());
        if (v_left != v_right) return v_left < v_right;
        if (Limits(left) != Limits(right)) return Limits(right);
        return left.ramp.share() > right.ramp.share();
      });
}

std::string FlipRamp::InWords() const {
  if (watched_.empty()) return "";
  const Watched& worst = Worst();
  return absl::StrFormat(
      "%s: %.0f of %.0f live answers do not conform, loss at most %.3g %%, evidence against it %.3g",
      worst.name, worst.ramp.failed(), worst.ramp.scored(), 100 * worst.ramp.upper_loss(),
      worst.ramp.evidence_against());
}

void FlipRamp::ToProto(v1::Ramp* proto) const {
  proto->set_share(share_);
  proto->set_phase(phase_);
  if (watched_.empty()) return;
  const Ramp& worst = Worst().ramp;
  proto->set_scored(std::lround(worst.scored()));
  proto->set_failed(std::lround(worst.failed()));
  proto->set_upper_loss(worst.upper_loss());
  proto->set_evidence_against(worst.evidence_against());
}

}  // namespace warmpath
