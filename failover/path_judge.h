// The judge of one path: its evidence keys, and the verdict that the worst of them gives.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "failover/gate_config.h"
#include "failover/gate_sample.h"
#include "failover/gate_state.h"
#include "failover/judgement.h"
#include "warmpath/v1/failover.pb.h"
#include "warmpath/v1/record.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// What a card changed.
struct CardEffect {
  bool evidence = false;    // it counted as a sample
  bool new_key = false;     // it brought a key that was not known
  bool severe = false;      // it latched a severe violation
  bool refused = false;     // no room for a further open conversation
};

// Weighs a sample at t: with its conversation, if it has one. Empty if there is no room for a further
// open conversation; the sample is no evidence then.
std::optional<WeightedSample> Weigh(const GateParameters& parameters, const GateSample& sample,
                                    Micros t, KeyEvidence& evidence);

// A PathJudge turns the scorecards of one path into verdicts.
//
//   PathJudge judge(parameters);
//   judge.Observe(card);
//   judge.JudgeAt(now, store_unavailable).conformance
//
// Keeps the last GateParameters::max_keys evidence keys; one that is seen again resumes its evidence,
// so that a provider that alternates two builds cannot blend good and bad. The path's conformance is
// the worst among the keys seen within the last tau.
// Thread safety: thread-compatible. Time: the cards' dispatch times and the `now` handed in.
// Invariants: (1) the state depends on the cards and their order alone, so a checkpoint plus the
// cards after it gives the same bits; (2) no card, no GREEN.
class PathJudge {
 public:
  explicit PathJudge(GateParameters parameters) : parameters_(std::move(parameters)) {}

  // Takes one card of this path. Dispatch times that step back count as the latest seen.
  CardEffect Observe(const v1::Scorecard& card);
  // Takes one sample; `id` names it where it latches a severe violation.
  CardEffect Observe(const GateSample& sample, std::string_view id);

  // The evidence of one key, for replay: null if it is not known. Another key's first sample makes the
  // pointer invalid. One that is not const may be advanced and hinted at; see judge.h.
  KeyEvidence* Find(std::string_view key);
  // The same, made if it is not known.
  KeyEvidence& FindOrStart(std::string_view key, Micros t);

  Judgement JudgeAt(Micros now, bool store_unavailable) const;
  // The same with reasons, numbers and words.
  v1::PathVerdict VerdictAt(Micros now, bool store_unavailable) const;

  // Releases latched severe violations; the keys then serve a hold-down and prove everything again.
  // False if there is none.
  bool AcknowledgeSevere(Micros now);

  // Follows a reload; see Refit.
  void SetParameters(const GateParameters& parameters, Micros now);
  const GateParameters& parameters() const { return parameters_; }

  // Everything but workflow, path and last_card_id.
  void ToProto(v1::JudgeCheckpoint* checkpoint) const;
  void FromProto(const v1::JudgeCheckpoint& checkpoint, Micros now);

 private:
  // The key's evidence, most recently used last; makes it if it is new.
  KeyEvidence& Use(std::string_view key, Micros t, bool* is_new);
  GateState NewKeyState(Micros t);

  GateParameters parameters_;
  std::vector<KeyEvidence> keys_;     // least recently used first
  std::vector<Micros> key_creates_;  // of the last 30 days
};

}  // namespace warmpath
