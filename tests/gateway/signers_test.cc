#include "gateway/signers.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

TEST(Signers, TakesThePrimaryForTheIssuerUntilAnotherAnswers) {
  Signers signers;
  EXPECT_EQ(signers.Find(1, "anthropic"), "anthropic");
  signers.Note(1, "anthropic", "anthropic");
  EXPECT_EQ(signers.Find(1, "anthropic"), "anthropic");
  signers.Note(1, "bedrock", "anthropic");
  EXPECT_EQ(signers.Find(1, "anthropic"), "bedrock");
  EXPECT_EQ(signers.Find(2, "anthropic"), "anthropic");
}

TEST(Signers, FollowsAConversationBackToThePrimary) {
  Signers signers;
  signers.Note(1, "bedrock", "anthropic");
  signers.Note(1, "anthropic", "anthropic");
  EXPECT_EQ(signers.Find(1, "anthropic"), "anthropic");
}

TEST(Signers, ForgetsTheOldestBeyondItsBound) {
  Signers signers(/*max_conversations=*/2);
  signers.Note(1, "b", "a");
  signers.Note(2, "b", "a");
  signers.Note(2, "c", "a");
  signers.Note(3, "b", "a");
  EXPECT_EQ(signers.Find(1, "a"), "a");
  EXPECT_EQ(signers.Find(2, "a"), "c");
  EXPECT_EQ(signers.Find(3, "a"), "b");
}

TEST(Signers, StaysBoundedWhileConversationsComeAndGoBack) {
  Signers signers(/*max_conversations=*/2);
  for (int i = 0; i < 1000; ++i) {
    signers.Note(7, "b", "a");
    signers.Note(7, "a", "a");
  }
  signers.Note(8, "b", "a");
  EXPECT_EQ(signers.Find(8, "a"), "b");
}

}  // namespace
}  // namespace warmpath
