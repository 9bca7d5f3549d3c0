#include "failover/sample_reason.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "failover/distance.h"
#include "failover/judge.h"

namespace warmpath {
namespace {

// Rounded up: "0 more" would be wrong while something is missing.
std::string Count(double samples) { return absl::StrFormat("%.0f", std::ceil(samples)); }

// Two figures; whole numbers whole, whatever their size.
std::string Figure(double value) {
  return value >= 10 ? absl::StrFormat("%.0f", value) : absl::StrFormat("%.2g", value);
}

// The required dimension whose proof is farthest away.
std::string FarthestProof(const GateParameters& gate, const GateState& state) {
  std::string words;
  double farthest = -1;
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    const DimensionProof& proof = state.dimensions[d];
    if (!IsRequired(gate.dimensions[d], proof) || proof.granted) continue;
    const double clean = DistanceToProof(gate, gate.dimensions[d], proof).clean;
    if (clean <= farthest) continue;
    farthest = clean;
    words = absl::StrCat(gate.dimensions[d].name, " needs ", Count(clean), " more clean samples");
  }
  return words;
}

// Less than one an hour or two, or the rest of what was.
bool HasNoTraffic(const SampleRow& row) { return row.conversations < 0.01; }

std::string WhatToProve(const SampleRow& row) {
  const GateParameters& gate = row.workflow->parameters().gate;
  const GateState& state = row.judgement.state;
  if (row.judgement.evidence == nullptr) return "nothing is known yet";
  switch (row.judgement.conformance) {
    case v1::CONFORMANCE_RED:
      return absl::StrCat("RED, ", Count(std::max(0.0, gate.red_n_eff - state.n_eff_red)),
                          " samples before it may end");
    case v1::CONFORMANCE_COLD:
      return absl::StrCat("COLD, needs ", Count(std::max(0.0, gate.n_cold - state.n_eff)),
                          " more samples");
    default:
      break;
  }
  if (std::string words = FarthestProof(gate, state); !words.empty()) return words;
  if (!state.is_fresh) {
    return absl::StrCat("stale, needs ", Count(std::max(1.0, gate.refresh_n - state.n_stale)),
                        " more samples");
  }
  return "a proof's lease ends soon";
}

std::string WhatAlarms(const SampleRow& row) {
  const GateParameters& gate = row.workflow->parameters().gate;
  const double rate = std::max(1e-9, std::min(row.demand.floor, row.demand.traffic));
  std::string words;
  double most = 0;
  for (size_t d = 0; d < row.judgement.state.dimensions.size(); ++d) {
    const double against = row.judgement.state.dimensions[d].evidence_against();
    const double resting = RestingEvidence(gate, gate.dimensions[d], rate);
    if (against <= 2 * resting || against / resting <= most) continue;
    most = against / resting;
    words = absl::StrCat("evidence against ", gate.dimensions[d].name, " ", Figure(against),
                         ", resting level ", Figure(resting));
  }
  return words;
}

std::string MainReason(const SampleRow& row) {
  if (row.fixed) {
    return absl::StrCat("fixed share ",
                        Figure(row.workflow->parameters().config.mirror().rate() * 100), " %");
  }
  if (!row.measured) return "just started: traffic is not measured yet";
  switch (row.allotment.spend) {
    case Spend::kBurst:
      return absl::StrCat("burst: ", row.demand.alarmed ? WhatAlarms(row) : row.hint);
    case Spend::kProve:
      return absl::StrCat("prove: ", WhatToProve(row));
    default:
      break;
  }
  if (HasNoTraffic(row)) return "no traffic";
  const bool short_of_floor =
      row.allotment.rate < std::min(row.demand.floor, row.demand.traffic) * (1 - 1e-9);
  std::string words = short_of_floor ? "less than the floor: the budget is short" : "floor";
  if (row.down) return words + "; it answers nothing, more would prove nothing";
  if (row.judgement.state.severe)
    return words + "; nothing is proven before the severe violation is acknowledged";
  if (row.demand.wants_proof)
    return absl::StrCat(words, "; no budget is left to prove: ", WhatToProve(row));
  return words;
}

}  // namespace

std::string SpendReason(const SampleRow& row) {
  std::string words = MainReason(row);
  if (row.serving) return words + "; it serves, live answers are scored";
  if (!row.fixed && row.measured && row.allotment.drill > 0) {
    absl::StrAppend(&words, HasNoTraffic(row) ? ": " : "; ", Figure(row.allotment.drill),
                    " drill samples a minute are missing");
  }
  return words;
}

}  // namespace warmpath
