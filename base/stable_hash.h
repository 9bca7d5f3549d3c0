// Hashes whose values never change: not between runs, machines or releases.
//
// They are stored and compared across versions (evidence keys, sampling, fingerprints), so the
// values are pinned by a golden test. All are XXH3, whose output is fixed since xxHash 0.8.0.
// None of them is cryptographic: never use one where somebody gains by a collision.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct XXH3_state_s;

namespace warmpath {

// The XXH3 64-bit hash of `bytes`. Other seeds give unrelated hashes of the same bytes.
uint64_t StableHash64(std::string_view bytes, uint64_t seed = 0);

// Maps a hash evenly onto [0, 1): `if (UnitInterval(hash) < share)` selects that share.
double UnitInterval(uint64_t hash);

// 16 lower-case hex digits.
std::string HashHex(uint64_t hash);

// The XXH3 128-bit hash of `bytes` as 32 lower-case hex digits: a name for content where 64 bits
// are too few.
std::string Fingerprint128(std::string_view bytes);

// A StableHasher hashes several fields without joining them first.
//
//   const uint64_t key = StableHasher(salt).Field(workflow).Field(conversation).Number(7).Digest();
//
// Each field is preceded by its length, so ("ab", "c") and ("a", "bc") differ.
//
// Thread safety: thread-compatible; one per thread.
class StableHasher {
 public:
  explicit StableHasher(uint64_t seed = 0);
  ~StableHasher();
  StableHasher(StableHasher&&) noexcept;
  StableHasher& operator=(StableHasher&&) noexcept;

  // Adds a field: its length, then its bytes.
  StableHasher& Field(std::string_view bytes);
  // Adds a number as eight little-endian bytes.
  StableHasher& Number(uint64_t number);
  // Adds bytes as they are, for content that comes in pieces: the same as one Raw of all of them.
  StableHasher& Raw(std::string_view bytes);

  // The hash of everything added so far; more may be added afterwards.
  uint64_t Digest() const;
  // The 128-bit hash of the same, as 32 hex digits.
  std::string Fingerprint() const;

 private:
  struct FreeState {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, FreeState> state_;
};

}  // namespace warmpath
