#include "failover/distance.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "failover/judge.h"

namespace warmpath {
namespace {

// The smallest whole n with enough(n), for a condition that stays true once it is; at most `limit`.
template <typename Condition>
double SmallestCount(Condition enough, double limit = 1e9) {
  if (enough(0.0)) return 0;
  double high = 1;
  while (high < limit && !enough(high)) high *= 2;
  double low = std::floor(high / 2);
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

std::string Span(Micros span) {
  const double minutes = static_cast<double>(span) / kMicrosPerMinute;
  if (minutes < 1) return absl::StrFormat("%.0f s", std::ceil(minutes * 60));
  if (minutes < 120) return absl::StrFormat("%.0f min", std::ceil(minutes));
  if (minutes < 48 * 60) return absl::StrFormat("%.1f h", minutes / 60);
  return absl::StrFormat("%.1f days", minutes / (24 * 60));
}

std::string Rate(double per_minute) {
  if (per_minute >= 10) return absl::StrFormat("%.0f/min", per_minute);
  if (per_minute >= 0.1) return absl::StrFormat("%.1f/min", per_minute);
  return absl::StrFormat("%.1f/h", per_minute * 60);
}

std::string SamplesInWords(double samples, const char* kind, double rate) {
  const std::string count = absl::StrFormat("%.0f more %ssamples", std::ceil(samples), kind);
  if (rate < 1.0 / (24 * 60)) return absl::StrCat(count, "; none arrive now");
  const Micros wait = static_cast<Micros>(samples / rate * kMicrosPerMinute);
  return absl::StrCat(count, "; ", Span(wait), " at ", Rate(rate));
}

// Clean samples until every required dimension is proven: they count for all at once.
double WorstProof(const GateParameters& parameters, const GateState& state) {
  double worst = 0;
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    const DimensionProof& proof = state.dimensions[d];
    if (proof.granted || !IsRequired(parameters.dimensions[d], proof)) continue;
    worst = std::max(worst, DistanceToProof(parameters, parameters.dimensions[d], proof).clean);
  }
  return worst;
}

// Clean samples until no dimension is suspect; negative if none is.
double WorstSuspicion(const GateParameters& parameters, const GateState& state) {
  double worst = -1;
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    const DimensionProof& proof = state.dimensions[d];
    if (!proof.suspect) continue;
    worst =
        std::max(worst, CleanSamplesToTrust(parameters, parameters.dimensions[d], proof));
  }
  return worst;
}

double SamplesToFresh(const GateParameters& parameters, const GateState& state, Micros now) {
  if (state.is_fresh) return 0;
  return std::max(parameters.refresh_n - state.n_stale,
                  parameters.fresh_enter - state.MeterAt(parameters, now));
}

std::string RedInWords(const GateParameters& parameters, const GateState& state, Micros now) {
  std::vector<std::string> parts;
  if (state.severe) parts.push_back("an operator's acknowledgement");
  if (state.red_until > now) parts.push_back(Span(state.red_until - now) + " of hold-down");
  const double missing = parameters.red_n_eff - state.n_eff_red;
  if (state.red && missing > 0) {
    parts.push_back(SamplesInWords(missing, "", state.RateAt(now)) + " before RED may end");
  }
  return absl::StrJoin(parts, "; ");
}

}  // namespace

double BernoulliKl(double q, double p) {
  const auto term = [](double x, double y) { return x <= 0 ? 0 : x * std::log(x / y); };
  return term(q, p) + term(1 - q, 1 - p);
}

namespace {

// The largest mean of ln L_G over the stakes. Pairs that favoured the candidate are counted as ties,
// so it is never too large.
double PairedGain(const GateDimension& dimension, const DimensionProof& proof, double weight) {
  const double fail = weight > 0 ? proof.recent_fail / weight : 0;
  double best = 0;
  for (size_t k = 0; k < dimension.better_a.size(); ++k) {
    best = std::max(best, (1 - fail) * dimension.better_a[k] + fail * dimension.better_b[k]);
  }
  return best;
}

}  // namespace

ProofDistance DistanceToProof(const GateParameters& parameters, const GateDimension& dimension,
                              const DimensionProof& proof) {
  ProofDistance distance;
  const double evidence = proof.evidence_for();
  // After RED there is no start mass; it comes by time, so what a minute brings stands in for it.
  const double mass = evidence > 0 ? 0 : parameters.mass_time_g / (30.0 * 24 * 60);
  distance.nats = std::max(0.0, std::log(parameters.proof()) - std::log(evidence + mass));
  distance.clean = SmallestCount([&](double n) {
    double sum = 0;
    for (size_t k = 0; k < proof.g.size(); ++k) {
      sum += (proof.g[k] + dimension.better_weights[k] * mass) * std::exp(n * dimension.better_a[k]);
    }
    return sum >= parameters.proof();
  });
  const double weight = proof.recent_pass + proof.recent_fail;
  const double q = weight > 0 ? proof.recent_fail / weight : 0;
  const double gain = dimension.paired ? PairedGain(dimension, proof, weight)
                                       : q < dimension.q0 ? BernoulliKl(q, dimension.q0) : 0;
  if (gain > 0) distance.expected = distance.nats / gain;
  return distance;
}

double CleanSamplesToTrust(const GateParameters& parameters, const GateDimension& dimension,
                           const DimensionProof& proof) {
  return SmallestCount([&](double n) {
    double sum = 0;
    for (size_t k = 0; k < proof.v.size(); ++k) {
      sum += proof.v[k] * std::exp(n * dimension.worse_a[k]);
    }
    return sum < parameters.amber_exit;
  });
}

std::string DistanceInWords(const GateParameters& parameters, const GateState& state, Micros now) {
  if (state.red || state.severe) return RedInWords(parameters, state, now);
  const double rate = state.RateAt(now);
  std::vector<std::string> parts;
  const double proof = std::max({WorstProof(parameters, state),
                                 SamplesToFresh(parameters, state, now),
                                 parameters.n_cold - state.n_eff});
  const double trust = WorstSuspicion(parameters, state);
  if (std::max(proof, trust) > 0) {
    parts.push_back(SamplesInWords(std::max(proof, trust), "clean ", rate));
  }
  if (trust >= 0 && state.suspect_until > now) {
    parts.push_back("suspicion lasts " + Span(state.suspect_until - now) + " more");
  }
  return absl::StrJoin(parts, "; ");
}

}  // namespace warmpath
