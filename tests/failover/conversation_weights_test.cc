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

// Conversations of four turns; of those in which the first fails, `all` others do, or none.
ConversationWeights Learnt(const GateParameters& parameters, bool all) {
  ConversationWeights weights;
  for (uint64_t conversation = 0; conversation < 200; ++conversation) {
    const bool fails = conversation % 4 == 0;
    for (int turn = 0; turn < 4; ++turn) {
      const Micros t = static_cast<Micros>(conversation) * kMicrosPerHour + turn * kMicrosPerSecond;
      EXPECT_TRUE(weights.AddTurn(parameters, conversation, t).has_value());
      weights.AddLoss(parameters, conversation, 0, fails && (turn == 0 || all) ? 1 : 0);
    }
  }
  return weights;
}

TEST(ConversationWeights, LearnsHowTurnsHangTogether) {
  GateParameters parameters;
  parameters.auto_rho = true;
  parameters.dimensions.push_back(MakeGateDimension("policy", .99, Requirement::kAlways));
  EXPECT_NEAR(TurnCorrelation().rho(), 0.7695, 1e-4) << "one half on four trials, from above";
  const TurnCorrelation alike = Learnt(parameters, true).correlation();
  EXPECT_EQ(alike.conversations, 50);
  EXPECT_EQ(alike.turns, 150);
  EXPECT_EQ(alike.failures, 150);
  EXPECT_GT(alike.rho(), 0.95);
  const TurnCorrelation apart = Learnt(parameters, false).correlation();
  EXPECT_EQ(apart.turns, 150);
  EXPECT_EQ(apart.failures, 0);
  EXPECT_LT(apart.rho(), 0.12);
  // Turns that hang together less weigh more.
  ConversationWeights weights = Learnt(parameters, false);
  weights.AddTurn(parameters, 999, kMicrosPerDay * 100);
  EXPECT_GT(*weights.AddTurn(parameters, 999, kMicrosPerDay * 100), 0.7);
}

TEST(ConversationWeights, WhatWasLearntAndHowOpenOnesAreWeighedOutlivesACheckpoint) {
  GateParameters parameters;
  parameters.auto_rho = true;
  parameters.dimensions.push_back(MakeGateDimension("policy", .99, Requirement::kAlways));
  ConversationWeights weights = Learnt(parameters, true);
  const Micros t = kMicrosPerDay * 100;
  weights.AddTurn(parameters, 999, t);
  weights.AddLoss(parameters, 999, 0, 1);
  v1::GateKeyState proto;
  weights.ToProto(proto.mutable_conversations());
  ConversationWeights resumed;
  resumed.FromProto(proto.conversations());
  resumed.set_correlation(weights.correlation());
  for (int turn = 1; turn < 5; ++turn) {
    EXPECT_EQ(weights.AddTurn(parameters, 999, t), resumed.AddTurn(parameters, 999, t));
    const Weight a = weights.AddLoss(parameters, 999, 0, turn % 2);
    const Weight b = resumed.AddLoss(parameters, 999, 0, turn % 2);
    EXPECT_EQ(a.fail, b.fail);
    EXPECT_EQ(weights.correlation().failures, resumed.correlation().failures);
    EXPECT_EQ(weights.correlation().conversations, resumed.correlation().conversations);
  }
}

}  // namespace
}  // namespace warmpath
