#include "cli/rates.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

// By hand: 2 * sum of C(n, k) / 2^n.
TEST(McNemarExactP, HoldsKnownValues) {
  EXPECT_DOUBLE_EQ(McNemarExactP(0, 0), 1);
  EXPECT_DOUBLE_EQ(McNemarExactP(7, 7), 1);
  EXPECT_DOUBLE_EQ(McNemarExactP(1, 0), 1);
  EXPECT_NEAR(McNemarExactP(5, 0), 2.0 / 32, 1e-12);
  EXPECT_NEAR(McNemarExactP(6, 0), 2.0 / 64, 1e-12);
  EXPECT_NEAR(McNemarExactP(8, 2), 2 * (1 + 10 + 45) / 1024.0, 1e-12);
  EXPECT_NEAR(McNemarExactP(2, 8), McNemarExactP(8, 2), 1e-15);
  // Fagerland and others (2013), table 3: 1 against 7.
  EXPECT_NEAR(McNemarExactP(1, 7), 0.070, 5e-4);
}

TEST(McNemarExactP, StaysAProbabilityForLargeCounts) {
  const double p = McNemarExactP(500'500, 499'500);
  EXPECT_GT(p, 0.31);  // one standard deviation
  EXPECT_LT(p, 0.33);
  EXPECT_GE(McNemarExactP(1'000'000, 0), 0);
  EXPECT_LT(McNemarExactP(1'000'000, 0), 1e-100);
}

TEST(FewestChanges, IsWhereTheTestCanFirstTell) {
  EXPECT_EQ(FewestChanges(0.05), 6);
  EXPECT_EQ(FewestChanges(0.01), 8);
  EXPECT_LT(McNemarExactP(FewestChanges(0.001), 0), 0.001);
}

}  // namespace
}  // namespace warmpath
