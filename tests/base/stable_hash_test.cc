#include "base/stable_hash.h"

#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

// These values are stored and compared between releases: a change here breaks stored evidence.
TEST(StableHash64, NeverChanges) {
  EXPECT_EQ(HashHex(StableHash64("")), "2d06800538d394c2");
  EXPECT_EQ(HashHex(StableHash64("warmpath")), "1adcb1396fb300e3");
  EXPECT_EQ(HashHex(StableHash64("warmpath", 42)), "f78270189714501b");
  EXPECT_EQ(HashHex(StableHash64(std::string(1000, 'x'))), "c0a4877b962cba82");
}

TEST(Fingerprint128, NeverChanges) {
  EXPECT_EQ(Fingerprint128(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(Fingerprint128("warmpath"), "1be674ee0aeb83e4b5b5cf7f15c9afb5");
  EXPECT_EQ(Fingerprint128(std::string(1000, 'x')), "50a1af5a5f2dcf01c0a4877b962cba82");
}

TEST(StableHasher, NeverChanges) {
  StableHasher hasher(7);
  hasher.Field("support").Field("conversation").Number(3);
  EXPECT_EQ(HashHex(hasher.Digest()), "87c6292950d4f999");
  EXPECT_EQ(hasher.Fingerprint(), "83b30502cf7a70202d42f7360845a24d");
}

TEST(StableHasher, TellsFieldBordersApart) {
  EXPECT_NE(StableHasher().Field("ab").Field("c").Digest(),
            StableHasher().Field("a").Field("bc").Digest());
  EXPECT_NE(StableHasher().Field("").Field("a").Digest(), StableHasher().Field("a").Digest());
}

TEST(StableHasher, RawPiecesAreOneText) {
  const std::string text(5000, 'y');
  StableHasher pieces(9);
  for (size_t i = 0; i < text.size(); i += 37) pieces.Raw(std::string_view(text).substr(i, 37));
  EXPECT_EQ(pieces.Digest(), StableHash64(text, 9));
  StableHasher unseeded;
  unseeded.Raw("warm").Raw("path");
  EXPECT_EQ(unseeded.Fingerprint(), Fingerprint128("warmpath"));
}

TEST(StableHasher, GoesOnAfterADigest) {
  StableHasher hasher;
  hasher.Raw("warm").Digest();
  EXPECT_EQ(hasher.Raw("path").Digest(), StableHash64("warmpath"));
}

TEST(UnitInterval, StaysBelowOne) {
  EXPECT_EQ(UnitInterval(0), 0.0);
  EXPECT_LT(UnitInterval(std::numeric_limits<uint64_t>::max()), 1.0);
  EXPECT_EQ(UnitInterval(uint64_t{1} << 63), 0.5);
}

TEST(UnitInterval, SelectsAboutTheShareAskedFor) {
  int selected = 0;
  for (int i = 0; i < 10'000; ++i) {
    selected += UnitInterval(StableHash64(std::to_string(i), 1)) < 0.1;
  }
  // 1000 expected, standard deviation 30; the hash is fixed, so this is no gamble.
  EXPECT_NEAR(selected, 1000, 120);
}

}  // namespace
}  // namespace warmpath
