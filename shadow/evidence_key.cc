#include "shadow/evidence_key.h"

#include "base/stable_hash.h"
#include "scorer/scorer.h"

namespace warmpath {

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

std::string ScorerKey() { return HashHex(StableHash64(kScorerVersion)); }

std::string EvidenceKey(const v1::EvidenceKeyParts& parts) {
  StableHasher hasher;
  hasher.Field(parts.instructions()).Field(parts.tools()).Field(parts.output_schema());
  hasher.Field(parts.policy()).Field(parts.path()).Field(parts.scorer()).Field(parts.judge());
  return HashHex(hasher.Digest());
}

}  // namespace warmpath
