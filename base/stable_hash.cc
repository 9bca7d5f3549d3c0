#include "base/stable_hash.h"

#include <xxhash.h>

#include <array>
#include <new>

#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

std::string Hex128(XXH128_hash_t hash) {
  return absl::StrCat(HashHex(hash.high64), HashHex(hash.low64));
}

}  // namespace

uint64_t StableHash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

double UnitInterval(uint64_t hash) {
  // The upper 53 bits: all that a double can hold exactly, so the result never rounds up to 1.
  return static_cast<double>(hash >> 11) * 0x1.0p-53;
}

std::string HashHex(uint64_t hash) { return absl::StrCat(absl::Hex(hash, absl::kZeroPad16)); }

std::string Fingerprint128(std::string_view bytes) {
  return Hex128(XXH3_128bits(bytes.data(), bytes.size()));
}

void StableHasher::FreeState::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

StableHasher::StableHasher(uint64_t seed) : state_(XXH3_createState()) {
  if (state_ == nullptr) throw std::bad_alloc();
  // 64- and 128-bit digests share this state: with the same seed both resets set it up alike.
  XXH3_64bits_reset_withSeed(state_.get(), seed);
}

StableHasher::~StableHasher() = default;
StableHasher::StableHasher(StableHasher&&) noexcept = default;
StableHasher& StableHasher::operator=(StableHasher&&) noexcept = default;

StableHasher& StableHasher::Field(std::string_view bytes) {
  return Number(bytes.size()).Raw(bytes);
}

StableHasher& StableHasher::Number(uint64_t number) {
  std::array<char, 8> bytes;
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  return Raw(std::string_view(bytes.data(), bytes.size()));
}

StableHasher& StableHasher::Raw(std::string_view bytes) {
  XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
  return *this;
}

uint64_t StableHasher::Digest() const { return XXH3_64bits_digest(state_.get()); }

std::string StableHasher::Fingerprint() const { return Hex128(XXH3_128bits_digest(state_.get())); }

}  // namespace warmpath
