// What is kept of one evidence key, and what holds for a path at one moment.
#pragma once

#include <string>

#include "failover/conversation_weights.h"
#include "failover/gate_config.h"
#include "failover/gate_state.h"
#include "failover/judge.h"
#include "failover/scorer_meter.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// Everything kept of one evidence key.
struct KeyEvidence {
  std::string key;
  GateState state;
  ConversationWeights conversations;
  ConversationWeights items{ConversationWeights::Memory::kDayFromFirstUse};
  ScorerMeter scorer;
  // The card of a latched severe violation; empty: none.
  std::string severe_card_id;
  // Time of the last card.
  Micros used = 0;
};

// What holds for a path at one moment.
struct Judgement {
  v1::Conformance conformance = v1::CONFORMANCE_COLD;
  // Not GREEN, but only because evidence is old: nothing speaks against the path.
  bool only_aged = false;
  // The key that decides, advanced to that moment; null: no card was ever seen.
  const KeyEvidence* evidence = nullptr;
  GateState state;
  GateHolds holds;
};

}  // namespace warmpath
