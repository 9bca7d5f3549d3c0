#include "failover/gate_sample.h"

#include <algorithm>
#include <cmath>

#include "base/proto_time.h"
#include "base/stable_hash.h"

namespace warmpath {
namespace {

const char* NameOf(v1::Dimension dimension) {
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
  if (!card.conversation().empty()) sample.conversation = StableHash64(card.conversation());
  for (const v1::DimensionScore& score : card.scores()) {
    sample.scorer_failed |= score.verdict() == v1::SCORE_VERDICT_SCORER_ERROR;
    if (score.verdict() != v1::SCORE_VERDICT_PASS && score.verdict() != v1::SCORE_VERDICT_FAIL) {
      continue;
    }
    const std::optional<int> dimension = parameters.IndexOf(NameOf(score.dimension()));
    if (!dimension) continue;
    sample.losses.push_back(
        {*dimension, score.verdict() == v1::SCORE_VERDICT_FAIL ? 1.0 : 0.0});
  }
  if (card.has_false_proceed() && std::isfinite(card.false_proceed())) {
    if (const auto dimension = parameters.IndexOf("policy_false_proceed")) {
      sample.losses.push_back({*dimension, std::clamp(card.false_proceed(), 0.0, 1.0)});
    }
  }
  sample.severe = std::any_of(
      card.findings().begin(), card.findings().end(),
      [](const v1::Finding& finding) { return finding.severity() == v1::SEVERITY_SEVERE; });
  return sample;
}

}  // namespace warmpath
