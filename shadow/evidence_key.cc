#include "shadow/evidence_key.h"

#include "base/stable_hash.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "scorer/scorer.h"

namespace warmpath {
namespace {

// Equal bytes for equal messages: maps in the order of their keys, which otherwise changes with
// every start.
std::string SameBytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

}  // namespace

std::string PathKey(const v1::PathConfig& path, const v1::ProviderConfig& provider,
                    const v1::Observation& observation) {
  StableHasher hasher;
  hasher.Number(provider.kind())
      .Field(provider.base_url())
      .Field(path.model())
      .Number(path.max_output_tokens())
      .Field(observation.served_model())
      .Field(observation.served_build())
      .Field(SameBytes(provider.rules()))
      .Field(SameBytes(provider.static_()))
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
