#include "failover/verdict.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/proto_time.h"
#include "failover/distance.h"

namespace warmpath {
namespace {

class ReasonList {
 public:
  explicit ReasonList(v1::PathVerdict* verdict) : verdict_(verdict) {}

  void Add(v1::ReasonCode code, const std::string& dimension, std::string detail) {
    v1::VerdictReason* reason = verdict_->add_reasons();
    reason->set_code(code);
    reason->set_dimension(dimension);
    reason->set_detail(std::move(detail));
  }

 private:
  v1::PathVerdict* verdict_;
};

void AddRedReasons(const GateParameters& parameters, const Judgement& judgement, ReasonList& reasons) {
  const GateState& state = judgement.state;
  if (state.severe) {
    reasons.Add(v1::REASON_CODE_SEVERE, "",
                absl::StrCat("scorecard ", judgement.evidence->severe_card_id,
                             "; stays until it is acknowledged"));
  }
  if (!state.red) return;
  if (state.red_dimension < 0) {
    reasons.Add(v1::REASON_CODE_VIOLATING, "", "proves itself anew after a severe violation");
    return;
  }
  const GateDimension& dimension = parameters.dimensions[state.red_dimension];
  reasons.Add(v1::REASON_CODE_VIOLATING, dimension.name,
              dimension.paired
                  ? absl::StrFormat("was proven to diverge more than %g oftener than the primary itself",
                                    dimension.q0)
                  : absl::StrFormat("was proven to conform less than %g", dimension.theta));
}

void AddColdReasons(const GateParameters& parameters, const GateState& state, ReasonList& reasons) {
  if (state.voided) {
    reasons.Add(v1::REASON_CODE_SILENT, "", "no sample for too long: what was proven is void");
    return;
  }
  const std::string detail =
      absl::StrFormat("%.0f of %.0f samples", state.n_eff, parameters.n_cold);
  const bool never_silent = state.t_bucket == state.t_create;
  reasons.Add(never_silent ? v1::REASON_CODE_NEW_KEY : v1::REASON_CODE_FEW_SAMPLES, "", detail);
}

void AddDimensionReasons(const GateParameters& parameters, const GateState& state,
                         ReasonList& reasons) {
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    const GateDimension& dimension = parameters.dimensions[d];
    const DimensionProof& proof = state.dimensions[d];
    if (proof.suspect) {
      reasons.Add(v1::REASON_CODE_SUSPECT, dimension.name,
                  absl::StrFormat("evidence against %.3g, trusted again below %.3g",
                                  proof.evidence_against(), parameters.amber_exit));
    }
    if (proof.granted || !IsRequired(dimension, proof)) continue;
    reasons.Add(proof.expired ? v1::REASON_CODE_LEASE_EXPIRED : v1::REASON_CODE_UNPROVEN,
                dimension.name,
                absl::StrFormat("evidence %.3g of %.3g", proof.evidence_for(), parameters.proof()));
  }
}

void AddHoldReasons(const GateHolds& holds, ReasonList& reasons) {
  if (holds.scorer_unhealthy) {
    reasons.Add(v1::REASON_CODE_SCORER_UNHEALTHY, "",
                "scorers could not decide on more than 5 % of the last hour's answers");
  }
  if (holds.store_unavailable) {
    reasons.Add(v1::REASON_CODE_STORE_UNAVAILABLE, "", "the store takes no evidence");
  }
}

void AddHandover(const GateParameters& parameters, const Judgement& judgement, ReasonList& reasons) {
  if (!judgement.holds.hands_over) return;
  reasons.Add(v1::REASON_CODE_HANDS_OVER, "",
              absl::StrFormat("left %d of %d cases of the last 24 h to people; at most %.0f %% may be",
                              judgement.handed_over, judgement.cases,
                              100 * parameters.max_handover_ratio));
}

// Evidence that is not all in yet. A dimension that is suspect already says as much.
void AddOpenSuspicion(const Judgement& judgement, ReasonList& reasons) {
  for (const DimensionProof& proof : judgement.state.dimensions) {
    if (proof.suspect) return;
  }
  if (!judgement.open_amber) return;
  reasons.Add(v1::REASON_CODE_SUSPECT, "", "evidence that was not all in yet spoke against it");
}

// What awaits the primary or an operator rather than samples.
void AddReferenceReasons(const GateParameters& parameters, const Judgement& judgement,
                         ReasonList& reasons) {
  const GateHolds& holds = judgement.holds;
  if (holds.severe_pending) {
    reasons.Add(v1::REASON_CODE_SEVERE_PENDING, "",
                absl::StrCat("scorecard ", judgement.evidence->severe_pending_card_id.value_or(""),
                             ": it goes ahead where the primary refuses; asked again, or acknowledge it"));
  }
  for (size_t d = 0; d < parameters.dimensions.size(); ++d) {
    const std::string& name = parameters.dimensions[d].name;
    if (holds.reference_unstable >> d & 1) {
      reasons.Add(v1::REASON_CODE_REFERENCE_UNSTABLE, name, kReferenceUnstable);
    }
    if (holds.reference_suspect >> d & 1) {
      reasons.Add(v1::REASON_CODE_REFERENCE_SUSPECT, name, kReferenceSuspect);
    }
  }
}

void AddDimensions(const GateParameters& parameters, const GateState& state,
                   v1::PathVerdict* verdict) {
  for (size_t d = 0; d < state.dimensions.size(); ++d) {
    const GateDimension& dimension = parameters.dimensions[d];
    const DimensionProof& proof = state.dimensions[d];
    if (!proof.scored && !IsRequired(dimension, proof)) continue;
    v1::DimensionEvidence* evidence = verdict->add_dimensions();
    evidence->set_dimension(dimension.name);
    evidence->set_theta(dimension.paired ? 0 : dimension.theta);
    evidence->set_paired(dimension.paired);
    if (dimension.paired) evidence->set_delta(dimension.q0);
    evidence->set_evidence_for(proof.evidence_for());
    evidence->set_evidence_against(proof.evidence_against());
    evidence->set_granted(proof.granted);
    evidence->set_suspect(proof.suspect);
    if (proof.granted) {
      *evidence->mutable_lease_end_time() =
          ToProto(absl::FromUnixMicros(LeaseEnd(parameters, dimension, proof)));
    }
    const double samples = proof.recent_pass + proof.recent_fail;
    evidence->set_samples(samples);
    evidence->set_conforming_ratio(samples > 0 ? proof.recent_pass / samples : 0);
  }
}

}  // namespace

v1::PathVerdict VerdictOf(const GateParameters& parameters, const Judgement& judgement, Micros now) {
  v1::PathVerdict verdict;
  verdict.set_conformance(judgement.conformance);
  *verdict.mutable_judge_time() = ToProto(absl::FromUnixMicros(now));
  ReasonList reasons(&verdict);
  AddHoldReasons(judgement.holds, reasons);
  AddHandover(parameters, judgement, reasons);
  if (judgement.handed_over > 0) {
    verdict.set_handover_ratio(static_cast<double>(judgement.handed_over) /
                               static_cast<double>(judgement.cases));
  }
  if (judgement.evidence == nullptr) {
    reasons.Add(v1::REASON_CODE_FEW_SAMPLES, "", "no sample yet");
    verdict.set_distance(absl::StrFormat("%.0f samples until it can be judged", parameters.n_cold));
    return verdict;
  }
  const GateState& state = judgement.state;
  verdict.set_evidence_key(judgement.evidence->key);
  verdict.set_effective_samples(state.n_eff);
  *verdict.mutable_evidence_time() = ToProto(absl::FromUnixMicros(state.t_evidence));
  if (judgement.conformance == v1::CONFORMANCE_RED) AddRedReasons(parameters, judgement, reasons);
  if (judgement.conformance == v1::CONFORMANCE_COLD) AddColdReasons(parameters, state, reasons);
  if (judgement.conformance == v1::CONFORMANCE_AMBER) {
    AddDimensionReasons(parameters, state, reasons);
    if (!state.is_fresh) {
      reasons.Add(v1::REASON_CODE_STALE, "",
                  absl::StrFormat("freshness %.1f of %.0f", state.MeterAt(parameters, now),
                                  parameters.fresh_enter));
    }
    AddOpenSuspicion(judgement, reasons);
    AddReferenceReasons(parameters, judgement, reasons);
  }
  AddDimensions(parameters, state, &verdict);
  verdict.set_distance(DistanceInWords(parameters, state, now));
  if (judgement.open_amber && verdict.distance().empty()) {
    const Micros rest = judgement.evidence->open_amber_until - now;
    verdict.set_distance(absl::StrFormat("until %d s have passed without more against it",
                                         (rest + kMicrosPerSecond - 1) / kMicrosPerSecond));
  }
  return verdict;
}

const char* ConformanceName(v1::Conformance conformance) {
  switch (conformance) {
    case v1::CONFORMANCE_GREEN:
      return "GREEN";
    case v1::CONFORMANCE_AMBER:
      return "AMBER";
    case v1::CONFORMANCE_RED:
      return "RED";
    default:
      return "COLD";
  }
}

std::string ReasonInWords(const v1::VerdictReason& reason) {
  std::string name = v1::ReasonCode_Name(reason.code()).substr(sizeof("REASON_CODE_") - 1);
  for (char& c : name) c = c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return reason.dimension().empty() ? name : absl::StrCat(name, "(", reason.dimension(), ")");
}

}  // namespace warmpath
