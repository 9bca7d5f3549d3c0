#include "failover/conversation_weights.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

TEST(ConversationWeights, ACopyLivesOnByItself) {
  const GateParameters parameters;
  auto original = std::make_unique<ConversationWeights>();
  EXPECT_EQ(original->AddTurn(parameters, 7, 1), 1.0);
  ConversationWeights copy = *original;
  ConversationWeights assigned;
  assigned = *original;
  original.reset();
  // A second turn of a conversation that counts once adds nothing: both still know it.
  EXPECT_EQ(copy.AddTurn(parameters, 7, 2), 0.0);
  EXPECT_EQ(assigned.AddTurn(parameters, 7, 2), 0.0);
  EXPECT_EQ(copy.AddTurn(parameters, 8, 3), 1.0);
  EXPECT_EQ(assigned.size(), 1);
}

TEST(ConversationWeights, SurvivesAVectorThatGrows) {
  const GateParameters parameters;
  std::vector<ConversationWeights> all;
  for (uint64_t i = 0; i < 20; ++i) {
    all.emplace_back().AddTurn(parameters, i, 1);
    for (uint64_t j = 0; j <= i; ++j) EXPECT_EQ(all[j].AddTurn(parameters, j, 2), 0.0);
  }
}

}  // namespace
}  // namespace warmpath
