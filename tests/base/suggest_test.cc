#include "base/suggest.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

const std::vector<std::string> kKeys = {"retries", "timeout", "max_tokens", "id"};

TEST(ClosestMatch, FindsTypingMistakes) {
  EXPECT_EQ(ClosestMatch("retires", kKeys), "retries");
  EXPECT_EQ(ClosestMatch("timeot", kKeys), "timeout");
  EXPECT_EQ(ClosestMatch("ids", kKeys), "id");
}

TEST(ClosestMatch, SeesThroughOtherSpellings) {
  EXPECT_EQ(ClosestMatch("maxTokens", kKeys), "max_tokens");
  EXPECT_EQ(ClosestMatch("max-tokens", kKeys), "max_tokens");
  EXPECT_EQ(ClosestMatch("RETRIES", kKeys), "retries");
}

TEST(ClosestMatch, DoesNotGuessWildly) {
  EXPECT_EQ(ClosestMatch("provider", kKeys), "");
  EXPECT_EQ(ClosestMatch("", kKeys), "");
  EXPECT_EQ(ClosestMatch("xy", kKeys), "");
  EXPECT_EQ(ClosestMatch(std::string(1'000'000, 'x'), kKeys), "");
  EXPECT_EQ(ClosestMatch("retires", {}), "");
}

}  // namespace
}  // namespace warmpath
