#include "shadow/sampler.h"

#include "base/stable_hash.h"

namespace warmpath {
namespace {

// Permanent: another salt would put other conversations into the sample.
constexpr uint64_t kSampleSalt = 0x77617261'6d706c65;
constexpr uint64_t kSelfSalt = 0x77617273'656c6620;

bool InShare(uint64_t hash, double rate) { return rate >= 1 || UnitInterval(hash) < rate; }

}  // namespace

bool IsSampled(std::string_view workflow, uint64_t conversation, double rate) {
  if (rate <= 0) return false;
  return InShare(StableHash64(workflow, kSampleSalt ^ conversation), rate);
}

bool IsSelfSampled(std::string_view workflow, std::string_view request_id, double rate) {
  if (rate <= 0) return false;
  return InShare(StableHash64(request_id, StableHash64(workflow, kSelfSalt)), rate);
}

}  // namespace warmpath
