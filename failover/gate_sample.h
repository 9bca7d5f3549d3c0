// What a scorecard says to the gate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/inlined_vector.h"
#include "failover/gate_config.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// One scored sample before it is weighed.
struct GateSample {
  Micros t = 0;  // dispatch time: slow failures must not arrive "later" as evidence
  std::string evidence_key;
  // Hash of the conversation; empty: the sample is independent.
  std::optional<uint64_t> conversation;
  struct Loss {
    int dimension = 0;
    double loss = 0;  // 0 conforms, 1 does not; paired dimensions: z, from -1
  };
  absl::InlinedVector<Loss, 6> losses;
  // `conversation` is an item of a drill: known for a day, and silence does not make it new.
  bool item = false;
  // The item was written by hand.
  bool synthetic = false;
  // A scorer could not decide on some dimension; no loss, but counted.
  bool scorer_failed = false;
  // A finding of severity SEVERE: the path turns RED and stays so.
  bool severe = false;
  // It goes ahead where the primary refuses: held until it was asked again.
  bool possibly_severe = false;
};

// A dimension's config key: "tool_errors"; empty for one that has none.
const char* GateDimensionName(v1::Dimension dimension);

// Empty for a card that is no evidence on conformance: the candidate gave no answer, the request
// could not be expressed for it, it is the serving path asked again, or it settles a possible severe
// violation. Dimensions that do not apply, and those that the parameters do not judge, are left out.
//
// Paired dimensions: z = loss of the candidate - loss of the primary's second answer, docs/gate.md, "Held
// against the primary's own noise". No second answer, or a live answer: no evidence on them.
std::optional<GateSample> SampleOf(const GateParameters& parameters, const v1::Scorecard& card);

}  // namespace warmpath
