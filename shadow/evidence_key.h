// What evidence rests on, as one hash and by its parts: if it changes, evidence starts anew.
#pragma once

#include <string>

#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// Changes whenever translation or transport changes in a way that answers may depend on.
inline constexpr char kAdapterVersion[] = "2";

// The path's part: provider, model asked for, model and build that answered, settings, adapter.
std::string PathKey(const v1::PathConfig& path, const v1::ProviderConfig& provider,
                    const v1::Observation& observation);

// The part of the deterministic scorers.
std::string ScorerKey();

// The whole key as 16 hex digits: a hash of all parts (gate.md section 5).
std::string EvidenceKey(const v1::EvidenceKeyParts& parts);

}  // namespace warmpath
