#include "failover/path_judge.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/proto_time.h"
#include "failover/gate_sample.h"
#include "failover/key_change.h"
#include "failover/verdict.h"

namespace warmpath {
namespace {

constexpr Micros kKeyMemory = 30 * kMicrosPerDay;

// Worse is greater.
int Badness(v1::Conformance conformance) {
  switch (conformance) {
    case v1::CONFORMANCE_RED:
      return 3;
    case v1::CONFORMANCE_COLD:
      return 2;
    case v1::CONFORMANCE_AMBER:
      return 1;
    default:
      return 0;
  }
}

bool OnlyAged(const GateParameters& parameters, const Judgement& judgement) {
  if (judgement.conformance == v1::CONFORMANCE_COLD) return judgement.state.voided;
  if (judgement.conformance != v1::CONFORMANCE_AMBER || judgement.state.is_fresh) return false;
  GateState fresh = judgement.state;
  fresh.is_fresh = true;
  return ConformanceOf(parameters, fresh, judgement.holds) == v1::CONFORMANCE_GREEN;
}

Judgement JudgeKey(const GateParameters& parameters, const KeyEvidence& evidence, Micros now,
                   GateHolds holds) {
  Judgement judgement;
  judgement.evidence = &evidence;
  judgement.state = evidence.state;
  AdvanceTo(parameters, now, judgement.state);
  judgement.holds = holds;
  judgement.holds.scorer_unhealthy = evidence.scorer.UnhealthyAt(now);
  judgement.holds.severe_pending = evidence.severe_pending_card_id.has_value();
  judgement.open_amber = now < evidence.open_amber_until;
  judgement.conformance = ConformanceOf(parameters, judgement.state, judgement.holds);
  if (judgement.open_amber && judgement.conformance == v1::CONFORMANCE_GREEN) {
    judgement.conformance = v1::CONFORMANCE_AMBER;
  }
  judgement.only_aged = !judgement.open_amber && OnlyAged(parameters, judgement);
  return judgement;
}

void Latch(std::string_view card_id, KeyEvidence& evidence) {
  evidence.state.severe = true;
  evidence.severe_card_id = std::string(card_id);
  evidence.severe_pending_card_id.reset();
}

BucketTarget TargetOf(KeyEvidence& evidence) {
  return {evidence.state, evidence.conversations, evidence.items};
}

Micros ArrivalOf(const v1::Scorecard& card, Micros dispatch) {
  return card.has_create_time() ? absl::ToUnixMicros(FromProto(card.create_time())) : dispatch;
}

// Its id where it was made: replicas tell each other of one card under different ids.
const std::string& OriginOf(const v1::Scorecard& card) {
  return card.origin_id().empty() ? card.id() : card.origin_id();
}

}  // namespace

CardEffect PathJudge::Observe(const v1::Scorecard& card) {
  if (card.source() == v1::SCORE_SOURCE_CONFIRMATION) return Settle(card);
  const std::optional<GateSample> sample = SampleOf(parameters_, card);
  if (!sample) return {};
  handover_.Add(sample->t, card.handed_over());
  return Take(*sample, {.id = card.id(), .origin = OriginOf(card), .arrival = ArrivalOf(card, sample->t)},
              card.key_parts());
}

CardEffect PathJudge::Observe(const GateSample& sample, std::string_view id) {
  return Take(sample, {.id = id, .origin = id, .arrival = sample.t},
              v1::EvidenceKeyParts::default_instance());
}

CardEffect PathJudge::Take(const GateSample& sample, const Delivery& delivery,
                           const v1::EvidenceKeyParts& parts) {
  CardEffect effect;
  const auto& [id, origin, arrival] = delivery;
  const Micros length = parameters_.bucket;
  std::optional<int64_t> number;
  if (length > 0) {
    CloseDue(arrival, 0);
    if (!origin.empty() && seen_.SeenBefore(origin, arrival / length)) {
      ++drops_.duplicate;
      return effect;
    }
    number = EvidenceBuckets::NumberFor(sample.t, arrival, length);
    if (!number) {
      ++drops_.late;
      return effect;
    }
  }
  KeyEvidence& evidence =
      Use(sample.evidence_key, number ? *number * length : sample.t, parts, effect);
  evidence.scorer.Add(evidence.used, sample.scorer_failed);
  if (sample.severe && !evidence.state.severe) {
    Latch(id, evidence);
    effect.severe = true;
  } else if (sample.possibly_severe && !evidence.state.severe &&
             !evidence.severe_pending_card_id) {
    evidence.severe_pending_card_id = std::string(origin);
    effect.severe_pending = true;
  }
  if (sample.losses.empty()) return effect;
  if (!number) {
    TakeNow(sample, evidence, effect);
  } else {
    evidence.buckets.Add(evidence.state, id, sample, *number, arrival, length);
    effect.evidence = true;
  }
  return effect;
}

void PathJudge::TakeNow(const GateSample& sample, KeyEvidence& evidence, CardEffect& effect) {
  const Micros t = evidence.used;
  if (BeginSample(parameters_, t, evidence.state)) evidence.conversations.Clear();
  const std::optional<WeightedSample> weighted =
      Weigh(parameters_, sample, t, evidence.conversations, evidence.items);
  if (!weighted) {
    ++drops_.no_room;
    effect.refused = true;
    return;
  }
  ::warmpath::Observe(parameters_, *weighted, evidence.state);
  effect.evidence = true;
}

// gate.md section 7. What is not settled stays held: an operator may acknowledge it.
CardEffect PathJudge::Settle(const v1::Scorecard& card) {
  CardEffect effect;
  KeyEvidence* const evidence = Find(card.evidence_key());
  if (evidence == nullptr) return effect;
  const v1::Confirmation& confirmation = card.confirmation();
  // Whichever case it was that was asked again: a hold may have outlived its own confirmation, by an
  // inconclusive one or a restart, and another replica knows the case by another id.
  const bool pending = evidence->severe_pending_card_id.has_value();
  if (confirmation.result() == v1::CONFIRMATION_RESULT_CONFIRMED && !evidence->state.severe) {
    Latch(confirmation.card_id(), *evidence);
    effect.severe = effect.severe_settled = true;
  } else if (confirmation.result() == v1::CONFIRMATION_RESULT_NOT_CONFIRMED && pending) {
    evidence->severe_pending_card_id.reset();
    effect.severe_settled = true;
  }
  return effect;
}

bool PathJudge::CloseDue(Micros now, Micros watermark) {
  const Micros length = parameters_.bucket;
  bool any = false;
  for (KeyEvidence& evidence : keys_) {
    while (!evidence.buckets.empty()) {
      const Micros end = evidence.buckets.FirstEnd(length);
      if (end > now || (end > watermark && end + kResponseTimeout > now)) break;
      drops_.no_room += evidence.buckets.CloseFirst(parameters_, length, TargetOf(evidence));
      any = true;
    }
  }
  return any;
}

bool PathJudge::CloseBuckets(Micros now, Micros watermark) {
  if (!has_open_buckets()) return false;
  bool changed = CloseDue(now, watermark);
  for (KeyEvidence& evidence : keys_) {
    if (evidence.buckets.SuspectsIfClosed(parameters_, parameters_.bucket, evidence.state,
                                          evidence.conversations, evidence.items) == 0) {
      continue;
    }
    evidence.open_amber_until = now + parameters_.amber_dwell;
    changed = true;
  }
  return changed;
}

void PathJudge::CloseAll() {
  for (KeyEvidence& evidence : keys_) {
    while (!evidence.buckets.empty()) {
      drops_.no_room +=
          evidence.buckets.CloseFirst(parameters_, parameters_.bucket, TargetOf(evidence));
    }
  }
}

bool PathJudge::has_open_buckets() const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [](const KeyEvidence& evidence) { return !evidence.buckets.empty(); });
}

KeyEvidence* PathJudge::Find(std::string_view key) {
  // The key in use comes last.
  const auto found = std::find_if(keys_.rbegin(), keys_.rend(),
                                  [&](const KeyEvidence& known) { return known.key == key; });
  return found == keys_.rend() ? nullptr : &*found;
}

KeyEvidence& PathJudge::FindOrStart(std::string_view key, Micros t) {
  CardEffect effect;
  return Use(key, t, v1::EvidenceKeyParts::default_instance(), effect);
}

KeyEvidence& PathJudge::Use(std::string_view key, Micros t, const v1::EvidenceKeyParts& parts,
                            CardEffect& effect) {
  if (!keys_.empty() && keys_.back().key == key) {
    keys_.back().used = std::max(keys_.back().used, t);
    return keys_.back();
  }
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const KeyEvidence& known) { return known.key == key; });
  if (found != keys_.end()) {
    std::rotate(found, found + 1, keys_.end());
  } else {
    KeyEvidence evidence = NewKey(key, t, parts, effect);
    if (static_cast<int>(keys_.size()) >= parameters_.max_keys) keys_.erase(keys_.begin());
    keys_.push_back(std::move(evidence));
  }
  keys_.back().used = std::max(keys_.back().used, t);
  return keys_.back();
}

// A new identity, or what the key before it leaves: docs/gate.md, "What a change resets".
KeyEvidence PathJudge::NewKey(std::string_view key, Micros t, const v1::EvidenceKeyParts& parts,
                              CardEffect& effect) {
  effect.new_key = true;
  KeyEvidence evidence;
  KeyChange change;
  std::optional<double> half_bucket;
  const bool one_too_many = CountNewKey(t);
  if (!keys_.empty()) {
    change = CompareKeys(parameters_, keys_.back().parts, parts);
    if (one_too_many) half_bucket = BucketAt(parameters_, keys_.back().state, t) / 2;
  }
  const double mass = half_bucket.value_or(parameters_.mass_new);
  if (change.inherits) {
    evidence = keys_.back();
    ResetDimensions(parameters_, t, change.reset, mass, evidence.state);
    evidence.conversations.Reset(change.reset);
    evidence.items.Reset(change.reset);
    evidence.buckets.Strip(change.reset);
  } else {
    evidence.state = StartKey(parameters_, t, mass);
    evidence.state.spared = reference_suspect_;
  }
  if (half_bucket) {
    evidence.state.bucket = *half_bucket;
    evidence.state.t_bucket = t;
  }
  evidence.key = std::string(key);
  evidence.parts = parts;
  effect.key_change =
      keys_.empty() ? "evidence begins" : KeyChangeInWords(parameters_, change);
  return evidence;
}

bool PathJudge::CountNewKey(Micros t) {
  key_creates_.erase(
      std::remove_if(key_creates_.begin(), key_creates_.end(),
                     [&](Micros create) { return create < t - kKeyMemory; }),
      key_creates_.end());
  const bool too_many = static_cast<int>(key_creates_.size()) >= parameters_.max_keys;
  // The oldest are dropped: `too_many` needs to see no more than max_keys.
  if (too_many) key_creates_.erase(key_creates_.begin());
  key_creates_.push_back(t);
  return too_many;
}

Judgement PathJudge::JudgeAt(Micros now, bool store_unavailable) const {
  Judgement worst;
  const HandoverMeter::Counts handover = handover_.At(now);
  worst.holds.store_unavailable = store_unavailable;
  worst.holds.hands_over = handover.Exceeds(parameters_.max_handover_ratio);
  worst.holds.reference_unstable = reference_unstable_;
  worst.holds.reference_suspect = reference_suspect_;
  const GateHolds holds = worst.holds;
  for (auto key = keys_.rbegin(); key != keys_.rend(); ++key) {
    if (worst.evidence != nullptr && now - key->used > parameters_.tau) break;
    Judgement judgement = JudgeKey(parameters_, *key, now, holds);
    if (worst.evidence == nullptr ||
        Badness(judgement.conformance) > Badness(worst.conformance)) {
      worst = std::move(judgement);
    }
  }
  worst.cases = handover.cases;
  worst.handed_over = handover.handed_over;
  return worst;
}

v1::PathVerdict PathJudge::VerdictAt(Micros now, bool store_unavailable) const {
  return VerdictOf(parameters_, JudgeAt(now, store_unavailable), now);
}

bool PathJudge::AcknowledgeSevere(Micros now) {
  bool any = false;
  for (KeyEvidence& evidence : keys_) {
    any |= evidence.severe_pending_card_id.has_value();
    evidence.severe_pending_card_id.reset();
    if (!evidence.state.severe) continue;
    evidence.state.severe = false;
    evidence.severe_card_id.clear();
    AdvanceTo(parameters_, now, evidence.state);
    GoRed(parameters_, now, evidence.state);
    any = true;
  }
  return any;
}

void PathJudge::StartAnew(uint32_t dimension_mask, Micros t) {
  for (KeyEvidence& evidence : keys_) {
    ResetDimensions(parameters_, t, dimension_mask, parameters_.mass_new, evidence.state);
    evidence.conversations.Reset(dimension_mask);
    evidence.items.Reset(dimension_mask);
    evidence.buckets.Strip(dimension_mask);
  }
}

bool PathJudge::SetReferenceHolds(uint32_t unstable, uint32_t suspect) {
  const bool changed = unstable != reference_unstable_ || suspect != reference_suspect_;
  reference_unstable_ = unstable;
  reference_suspect_ = suspect;
  for (KeyEvidence& evidence : keys_) evidence.state.spared = suspect;
  return changed;
}

bool PathJudge::Hint(Micros now) {
  if (keys_.empty()) return false;
  AddHint(parameters_, now, kHintMass, ~0u, keys_.back().state);
  return true;
}

void PathJudge::Freeze(Micros now, Micros grace) {
  for (KeyEvidence& evidence : keys_) {
    ::warmpath::Freeze(parameters_, now, grace, evidence.state);
  }
}

void PathJudge::Thaw(Micros now) {
  for (KeyEvidence& evidence : keys_) ::warmpath::Thaw(parameters_, now, evidence.state);
}

bool PathJudge::frozen() const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [](const KeyEvidence& evidence) { return evidence.state.frozen_at != 0; });
}

void PathJudge::SetParameters(const GateParameters& parameters, Micros now) {
  if (parameters.bucket != parameters_.bucket) CloseAll();
  absl::InlinedVector<std::optional<int>, 5> from;
  for (const GateDimension& dimension : parameters.dimensions) {
    std::optional<int> position = parameters_.IndexOf(dimension.name);
    // z is no loss, and a loss is no z.
    if (position && parameters_.dimensions[*position].paired != dimension.paired) position.reset();
    from.push_back(position);
  }
  for (KeyEvidence& evidence : keys_) {
    evidence.state = Refit(parameters_, evidence.state, parameters, now);
    evidence.conversations.Remap(from);
    evidence.items.Remap(from);
    evidence.buckets.Remap(from);
  }
  parameters_ = parameters;
}

void PathJudge::ToProto(v1::JudgeCheckpoint* checkpoint) const {
  for (const KeyEvidence& evidence : keys_) {
    v1::GateKeyState* key = checkpoint->add_keys();
    key->set_evidence_key(evidence.key);
    key->set_used_micros(evidence.used);
    key->set_severe_card_id(evidence.severe_card_id);
    key->set_severe_pending_card_id(evidence.severe_pending_card_id.value_or(""));
    if (evidence.parts.ByteSizeLong() > 0) *key->mutable_parts() = evidence.parts;
    key->set_open_amber_until_micros(evidence.open_amber_until);
    ::warmpath::ToProto(parameters_, evidence.state, key);
    evidence.conversations.ToProto(key->mutable_conversations());
    const TurnCorrelation& correlation = evidence.conversations.correlation();
    key->set_rho_conversations(correlation.conversations);
    key->set_rho_turns(correlation.turns);
    key->set_rho_failures(correlation.failures);
    evidence.items.ToProto(key->mutable_items());
    evidence.buckets.ToProto(key);
    evidence.scorer.ToProto(key);
  }
  handover_.ToProto(checkpoint);
  checkpoint->mutable_key_create_micros()->Add(key_creates_.begin(), key_creates_.end());
}

void PathJudge::FromProto(const v1::JudgeCheckpoint& checkpoint, Micros now) {
  keys_.clear();
  for (const v1::GateKeyState& proto : checkpoint.keys()) {
    KeyEvidence& evidence = keys_.emplace_back();
    evidence.key = proto.evidence_key();
    evidence.used = proto.used_micros();
    evidence.severe_card_id = proto.severe_card_id();
    if (!proto.severe_pending_card_id().empty()) {
      evidence.severe_pending_card_id = proto.severe_pending_card_id();
    }
    evidence.parts = proto.parts();
    evidence.open_amber_until = proto.open_amber_until_micros();
    evidence.state = ::warmpath::FromProto(parameters_, proto, now);
    absl::InlinedVector<std::optional<int>, 5> from;
    for (const GateDimension& dimension : parameters_.dimensions) {
      std::optional<int>& position = from.emplace_back();
      for (int d = 0; d < proto.dimensions_size(); ++d) {
        const v1::GateDimensionState& saved = proto.dimensions(d);
        if (saved.dimension() == dimension.name && saved.paired() == dimension.paired) position = d;
      }
    }
    evidence.conversations.FromProto(proto.conversations());
    evidence.conversations.set_correlation({.conversations = proto.rho_conversations(),
                                            .turns = proto.rho_turns(),
                                            .failures = proto.rho_failures()});
    evidence.conversations.Remap(from);
    evidence.items.FromProto(proto.items());
    evidence.items.Remap(from);
    evidence.buckets.FromProto(proto, parameters_.bucket);
    evidence.buckets.Remap(from);
    evidence.scorer.FromProto(proto);
    while (parameters_.bucket == 0 && !evidence.buckets.empty()) {
      drops_.no_room +=
          evidence.buckets.CloseFirst(parameters_, kDefaultBucket, TargetOf(evidence));
    }
  }
  handover_.FromProto(checkpoint);
  key_creates_.assign(checkpoint.key_create_micros().begin(),
                      checkpoint.key_create_micros().end());
}

}  // namespace warmpath
