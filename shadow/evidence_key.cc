#include "shadow/evidence_key.h"

#include <algorithm>

#include "base/stable_hash.h"
#include "scorer/scorer.h"

namespace warmpath {
namespace {

bool Counts(const v1::ContractConfig& config, v1::RequestPart part) {
  const auto& parts = config.evidence_parts();
  return parts.empty() || std::find(parts.begin(), parts.end(), part) != parts.end();
}

// The parts of `request` that count: all else is left out of the copy.
v1::ModelRequest CountedParts(const v1::ModelRequest& request, const v1::ContractConfig& config) {
  v1::ModelRequest counted;
  if (Counts(config, v1::REQUEST_PART_SYSTEM_PROMPT)) {
    for (const v1::Message& message : request.messages()) {
      if (message.role() == v1::MESSAGE_ROLE_SYSTEM) *counted.add_messages() = message;
    }
  }
  if (Counts(config, v1::REQUEST_PART_TOOLS)) *counted.mutable_tools() = request.tools();
  if (Counts(config, v1::REQUEST_PART_OUTPUT_SCHEMA) && request.has_output_format()) {
    *counted.mutable_output_format() = request.output_format();
  }
  return counted;
}

}  // namespace

std::string ContractKey(const v1::ModelRequest& request, const v1::ContractConfig& config,
                        const v1::Contract& workflow_contract) {
  return ContractFingerprint(CountedParts(request, config), workflow_contract);
}

std::string PathKey(const v1::PathConfig& path, const v1::ProviderConfig& provider,
                    const v1::Observation& observation) {
  StableHasher hasher;
  hasher.Number(provider.kind())
      .Field(provider.base_url())
      .Field(path.model())
      .Number(path.max_output_tokens())
      .Field(observation.served_model())
      .Field(observation.served_build())
      .Field(provider.rules().SerializeAsString())
      .Field(provider.static_().SerializeAsString())
      .Field(kAdapterVersion);
  return HashHex(hasher.Digest());
}

std::string EvidenceKey(const std::string& contract_key, const std::string& path_key) {
  return HashHex(
      StableHasher().Field(contract_key).Field(path_key).Field(kScorerVersion).Digest());
}

}  // namespace warmpath
