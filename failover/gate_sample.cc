#include "failover/gate_sample.h"

#include <algorithm>
#include <cmath>

#include "base/proto_time.h"
#include "base/stable_hash.h"

namespace warmpath {

const char* GateDimensionName(v1::Dimension dimension) {
  switch (dimension) {
    case v1::DIMENSION_SCHEMA:
      return "schema";
    case v1::DIMENSION_TOOLS:
      return "tools";
    case v1::DIMENSION_POLICY:
      return "policy";
    case v1::DIMENSION_TOOL_ERRORS:
      return "tool_errors";
    case v1::DIMENSION_JUDGE:
      return "judge";
    default:
      return "";
  }
}

namespace {

bool IsScored(const v1::DimensionScore& score) {
  return score.verdict() == v1::SCORE_VERDICT_PASS || score.verdict() == v1::SCORE_VERDICT_FAIL;
}

double LossOf(const v1::DimensionScore& score) {
  return score.verdict() == v1::SCORE_VERDICT_FAIL ? 1.0 : 0.0;
}

// Of the primary's second answer; empty: there is none, or it does not tell.
std::optional<double> ControlLoss(const v1::Scorecard& card, v1::Dimension dimension) {
  if (card.source() == v1::SCORE_SOURCE_LIVE) return std::nullopt;
  for (const v1::DimensionScore& score : card.control_scores()) {
    if (score.dimension() == dimension && IsScored(score)) return LossOf(score);
  }
  return std::nullopt;
}

void AddLoss(const GateParameters& parameters, const v1::Scorecard& card,
             const v1::DimensionScore& score, GateSample& sample) {
  const std::optional<int> dimension = parameters.IndexOf(GateDimensionName(score.dimension()));
  if (!dimension) return;
  double loss = LossOf(score);
  if (parameters.dimensions[*dimension].paired) {
    const std::optional<double> control = ControlLoss(card, score.dimension());
    if (!control) return;
    loss -= *control;
  }
  sample.losses.push_back({*dimension, loss});
}

// gate.md section 7: a mirrored answer goes ahead where the primary's refused.
bool IsPossiblySevere(const GateParameters& parameters, const v1::Scorecard& card) {
  return parameters.confirm_false_proceed && card.source() == v1::SCORE_SOURCE_MIRROR &&
         card.has_false_proceed() && card.false_proceed() == 1 &&
         card.control_path() == parameters.primary_path &&
         card.candidate_path() != card.control_path();
}

}  // namespace

std::optional<GateSample> SampleOf(const GateParameters& parameters, const v1::Scorecard& card) {
  if (card.result() != v1::EXCHANGE_RESULT_SCORED) return std::nullopt;
  // The serving path compared with itself tells of noise, not of conformance.
  if (card.source() == v1::SCORE_SOURCE_SELF) return std::nullopt;
  if (card.source() == v1::SCORE_SOURCE_CONFIRMATION) return std::nullopt;
  GateSample sample;
  sample.t = absl::ToUnixMicros(FromProto(card.dispatch_time()));
  // Nothing was asked after its card was made: another host's clock must not stop ours.
  if (card.has_create_time()) {
    sample.t = std::min(sample.t, absl::ToUnixMicros(FromProto(card.create_time())));
  }
  sample.evidence_key = card.evidence_key();
  sample.item = !card.item().empty();
  sample.synthetic = card.synthetic();
  if (sample.item) {
    sample.conversation = StableHash64(card.item(), 1);
  } else if (!card.conversation().empty()) {
    sample.conversation = StableHash64(card.conversation());
  }
  for (const v1::DimensionScore& score : card.scores()) {
    sample.scorer_failed |= score.verdict() == v1::SCORE_VERDICT_SCORER_ERROR;
    if (IsScored(score)) AddLoss(parameters, card, score, sample);
  }
  // A case that is left to people is neither good nor bad.
  if (card.handed_over()) sample.losses.clear();
  if (!card.handed_over() && card.has_false_proceed() && std::isfinite(card.false_proceed())) {
    if (const auto dimension = parameters.IndexOf("policy_false_proceed")) {
      sample.losses.push_back({*dimension, std::clamp(card.false_proceed(), 0.0, 1.0)});
    }
  }
  sample.severe = std::any_of(
      card.findings().begin(), card.findings().end(),
      [](const v1::Finding& finding) { return finding.severity() == v1::SEVERITY_SEVERE; });
  sample.possibly_severe = IsPossiblySevere(parameters, card);
  return sample;
}

}  // namespace warmpath
