// What is kept of one evidence key, and what holds for a path at one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "failover/conversation_weights.h"
#include "failover/evidence_buckets.h"
#include "failover/gate_config.h"
#include "failover/gate_state.h"
#include "failover/judge.h"
#include "failover/scorer_meter.h"
#include "warmpath/v1/failover.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// Everything kept of one evidence key.
struct KeyEvidence {
  std::string key;
  GateState state;
  ConversationWeights conversations;
  ConversationWeights items{ConversationWeights::Memory::kDayFromFirstUse};
  ScorerMeter scorer;
  // What waits for its bucket to close.
  EvidenceBuckets buckets;
  // Open buckets stood against it: what would be GREEN shows as AMBER until then.
  Micros open_amber_until = 0;
  // The card of a latched severe violation; empty: none.
  std::string severe_card_id;
  // The card of a possible one that awaits being asked again, if there is any.
  std::optional<std::string> severe_pending_card_id;
  // What the key is made of, as the last card had it.
  v1::EvidenceKeyParts parts;
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
  // Evidence that is not all in yet stands, or stood a short while ago, against the path.
  bool open_amber = false;
  // Cases of the last day, and those of them that the path left to people.
  int64_t cases = 0, handed_over = 0;
};

}  // namespace warmpath
