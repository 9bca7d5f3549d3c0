// The judge of one path: its evidence keys, and the verdict that the worst of them gives.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "failover/evidence_buckets.h"
#include "failover/gate_config.h"
#include "failover/gate_sample.h"
#include "failover/gate_state.h"
#include "failover/handover_meter.h"
#include "failover/judgement.h"
#include "warmpath/v1/failover.pb.h"
#include "warmpath/v1/record.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// What a card changed.
struct CardEffect {
  bool evidence = false;  // it counts as a sample, now or when its bucket closes
  bool new_key = false;   // it brought a key that was not known
  bool severe = false;    // it latched a severe violation
  bool refused = false;   // no room for a further open conversation
  // It opened, or settled, the hold of a possible severe violation.
  bool severe_pending = false, severe_settled = false;
  // With new_key: what changed and what starts anew, in words.
  std::string key_change;
};

// Evidence that was not counted, since the judge was made.
struct EvidenceDrops {
  int64_t late = 0;       // more than 128 buckets
  int64_t duplicate = 0;  // its id came before
  int64_t no_room = 0;    // for a further open conversation
};

// A PathJudge turns the scorecards of one path into verdicts.
//
//   PathJudge judge(parameters);
//   judge.Observe(card);
//   judge.CloseBuckets(now, oldest_pending);
//   judge.JudgeAt(now, store_unavailable).conformance
//
// With GateParameters::bucket set, a card waits in the bucket of its dispatch time until that closes; only
// severe events count at once. Without, each card counts as it comes.
//
// Keeps the last GateParameters::max_keys evidence keys; one that is seen again resumes its evidence,
// so that a provider that alternates two builds cannot blend good and bad. The path's conformance is
// the worst among the keys seen within the last tau.
// Thread safety: thread-compatible. Time: the cards' dispatch times and the `now` handed in.
// Invariants: (1) the state depends on the cards, the order of them and of what closed between them
// alone, so a checkpoint plus the cards after it gives the same bits; (2) no card, no GREEN.
class PathJudge {
 public:
  explicit PathJudge(GateParameters parameters) : parameters_(std::move(parameters)) {}

  // Takes one card of this path. Without buckets, dispatch times that step back count as the latest seen.
  // A card of source CONFIRMATION settles a possible severe violation and is no evidence.
  CardEffect Observe(const v1::Scorecard& card);
  // Takes one sample; `id` names it where it latches a severe violation.
  CardEffect Observe(const GateSample& sample, std::string_view id);

  // The evidence of one key, for replay: null if it is not known. Another key's first sample makes the
  // pointer invalid. One that is not const may be advanced and hinted at; see judge.h.
  KeyEvidence* Find(std::string_view key);
  // The same, made if it is not known.
  KeyEvidence& FindOrStart(std::string_view key, Micros t);

  // Closes, in order, the buckets that ended by `now` and that nothing is under way for any more, or that
  // ended kResponseTimeout ago. `watermark`: what is under way was asked at or after it. Then looks at
  // what is still open: it can only make things worse. Returns whether anything changed.
  bool CloseBuckets(Micros now, Micros watermark);
  bool has_open_buckets() const;

  Judgement JudgeAt(Micros now, bool store_unavailable) const;
  // The same with reasons, numbers and words.
  v1::PathVerdict VerdictAt(Micros now, bool store_unavailable) const;

  // Releases latched severe violations; the keys then serve a hold-down and prove everything again. Ends
  // the hold of possible ones. False if there is neither.
  bool AcknowledgeSevere(Micros now);

  // The key that the last card belongs to; null: there was none.
  const KeyEvidence* current() const { return keys_.empty() ? nullptr : &keys_.back(); }

  // The dimensions whose bit is set start anew on all keys: what they were held against changed at t.
  void StartAnew(uint32_t dimension_mask, Micros t);
  // What is known of the primary as a reference: dimensions, one bit each. `suspect` ones cannot turn the
  // path RED while they are. Returns whether that changes anything.
  bool SetReferenceHolds(uint32_t unstable, uint32_t suspect);

  // A hint on the key in use, on all dimensions; see AddHint. False if no card was ever seen.
  bool Hint(Micros now);
  // The clocks of freshness and silence of all keys stand still for `grace` at most, or run again.
  void Freeze(Micros now, Micros grace);
  void Thaw(Micros now);
  // Whether any key's do, as far as was asked.
  bool frozen() const;

  // Follows a reload; see Refit.
  void SetParameters(const GateParameters& parameters, Micros now);
  const GateParameters& parameters() const { return parameters_; }
  const EvidenceDrops& drops() const { return drops_; }

  // Everything but workflow, path and last_card_id.
  void ToProto(v1::JudgeCheckpoint* checkpoint) const;
  void FromProto(const v1::JudgeCheckpoint& checkpoint, Micros now);

 private:
  struct Delivery {
    std::string_view id;      // here
    std::string_view origin;  // where it was made
    Micros arrival = 0;
  };
  CardEffect Take(const GateSample& sample, const Delivery& delivery,
                  const v1::EvidenceKeyParts& parts);
  void TakeNow(const GateSample& sample, KeyEvidence& evidence, CardEffect& effect);
  CardEffect Settle(const v1::Scorecard& card);
  bool CloseDue(Micros now, Micros watermark);
  void CloseAll();
  // The key's evidence, most recently used last; makes it if it is new.
  KeyEvidence& Use(std::string_view key, Micros t, const v1::EvidenceKeyParts& parts,
                   CardEffect& effect);
  KeyEvidence NewKey(std::string_view key, Micros t, const v1::EvidenceKeyParts& parts,
                     CardEffect& effect);
  // Whether there were max_keys new keys within 30 days before this one: it then starts with half of what
  // its predecessor's bucket still gives.
  bool CountNewKey(Micros t);

  GateParameters parameters_;
  EvidenceDrops drops_;
  SeenIds seen_{1 << 16};
  uint32_t reference_unstable_ = 0, reference_suspect_ = 0;
  HandoverMeter handover_;
  std::vector<KeyEvidence> keys_;     // least recently used first
  std::vector<Micros> key_creates_;  // of the last 30 days
};

}  // namespace warmpath
