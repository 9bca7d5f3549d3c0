#include "shadow/sampler.h"

#include <string>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

TEST(Sampler, TakesAllOrNothingAtTheEnds) {
  for (uint64_t conversation = 0; conversation < 1000; ++conversation) {
    EXPECT_TRUE(IsSampled("desk", conversation, 1));
    EXPECT_FALSE(IsSampled("desk", conversation, 0));
  }
}

TEST(Sampler, TakesAboutItsShareAndTheSameConversationsEachTime) {
  int sampled = 0;
  for (uint64_t conversation = 0; conversation < 20000; ++conversation) {
    const bool in = IsSampled("desk", conversation, 0.1);
    EXPECT_EQ(in, IsSampled("desk", conversation, 0.1));
    sampled += in;
  }
  // Binomial(20000, 0.1): six standard deviations are 255.
  EXPECT_NEAR(sampled, 2000, 255);
}

TEST(Sampler, ALargerShareKeepsTheConversationsOfTheSmaller) {
  for (uint64_t conversation = 0; conversation < 5000; ++conversation) {
    if (IsSampled("desk", conversation, 0.1)) {
      EXPECT_TRUE(IsSampled("desk", conversation, 0.2));
    }
  }
}

TEST(Sampler, WorkflowsDrawIndependently) {
  int both = 0;
  for (uint64_t conversation = 0; conversation < 20000; ++conversation) {
    both += IsSampled("desk", conversation, 0.5) && IsSampled("search", conversation, 0.5);
  }
  EXPECT_NEAR(both, 5000, 400);
}

TEST(Sampler, AsksTheServingPathAgainForItsOwnShare) {
  int again = 0;
  for (int i = 0; i < 10000; ++i) again += IsSelfSampled("desk", "req_" + std::to_string(i), 0.25);
  EXPECT_NEAR(again, 2500, 270);
}

}  // namespace
}  // namespace warmpath
