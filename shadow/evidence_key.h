// What evidence rests on, as one hash: if it changes, evidence starts anew.
#pragma once

#include <string>

#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// Changes whenever translation or transport changes in a way that answers may depend on.
inline constexpr char kAdapterVersion[] = "1";

// The contract's part of the key: what the workflow's configuration and those parts of the request
// say that `parts` names (none named: all of them).
std::string ContractKey(const v1::ModelRequest& request, const v1::ContractConfig& config,
                        const v1::Contract& workflow_contract);

// The path's part: provider, model asked for, model and build that answered, settings, adapter.
std::string PathKey(const v1::PathConfig& path, const v1::ProviderConfig& provider,
                    const v1::Observation& observation);

// The whole key, as 16 hex digits.
std::string EvidenceKey(const std::string& contract_key, const std::string& path_key);

}  // namespace warmpath
