#include "failover/path_judge.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "failover/gate_sample.h"
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
                   bool store_unavailable) {
  Judgement judgement;
  judgement.evidence = &evidence;
  judgement.state = evidence.state;
  AdvanceTo(parameters, now, judgement.state);
  judgement.holds = {.scorer_unhealthy = evidence.scorer.UnhealthyAt(now),
                     .store_unavailable = store_unavailable};
  judgement.conformance = ConformanceOf(parameters, judgement.state, judgement.holds);
  judgement.only_aged = OnlyAged(parameters, judgement);
  return judgement;
}

ConversationWeights& WeightsFor(const GateSample& sample, KeyEvidence& evidence) {
  return sample.item ? evidence.items : evidence.conversations;
}

}  // namespace

CardEffect PathJudge::Observe(const v1::Scorecard& card) {
  const std::optional<GateSample> sample = SampleOf(parameters_, card);
  if (!sample) return {};
  return Observe(*sample, card.id());
}

std::optional<WeightedSample> Weigh(const GateParameters& parameters, const GateSample& sample,
                                    Micros t, KeyEvidence& evidence) {
  WeightedSample weighted;
  weighted.t = t;
  ConversationWeights& weights = WeightsFor(sample, evidence);
  if (sample.conversation) {
    const std::optional<double> added = weights.AddTurn(parameters, *sample.conversation, t);
    if (!added) return std::nullopt;
    weighted.effective = *added;
  }
  for (const GateSample::Loss& loss : sample.losses) {
    weighted.scored.push_back(
        {.dimension = loss.dimension,
         .weight = sample.conversation ? weights.AddLoss(parameters, *sample.conversation,
                                                         loss.dimension, loss.loss)
                                       : IndependentWeight(loss.loss),
         .synthetic = sample.synthetic});
  }
  return weighted;
}

CardEffect PathJudge::Observe(const GateSample& sample, std::string_view id) {
  CardEffect effect;
  KeyEvidence& evidence = Use(sample.evidence_key, sample.t, &effect.new_key);
  const Micros t = evidence.used;
  evidence.scorer.Add(t, sample.scorer_failed);
  if (sample.severe && !evidence.state.severe) {
    evidence.state.severe = effect.severe = true;
    evidence.severe_card_id = std::string(id);
  }
  if (sample.losses.empty()) return effect;
  if (BeginSample(parameters_, t, evidence.state)) evidence.conversations.Clear();
  const std::optional<WeightedSample> weighted = Weigh(parameters_, sample, t, evidence);
  if (!weighted) {
    effect.refused = true;
    return effect;
  }
  ::warmpath::Observe(parameters_, *weighted, evidence.state);
  effect.evidence = true;
  return effect;
}

KeyEvidence* PathJudge::Find(std::string_view key) {
  // The key in use comes last.
  const auto found = std::find_if(keys_.rbegin(), keys_.rend(),
                                  [&](const KeyEvidence& known) { return known.key == key; });
  return found == keys_.rend() ? nullptr : &*found;
}

KeyEvidence& PathJudge::FindOrStart(std::string_view key, Micros t) {
  bool is_new = false;
  return Use(key, t, &is_new);
}

KeyEvidence& PathJudge::Use(std::string_view key, Micros t, bool* is_new) {
  if (!keys_.empty() && keys_.back().key == key) {
    *is_new = false;
    keys_.back().used = std::max(keys_.back().used, t);
    return keys_.back();
  }
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const KeyEvidence& known) { return known.key == key; });
  *is_new = found == keys_.end();
  if (*is_new) {
    KeyEvidence evidence;
    evidence.key = std::string(key);
    evidence.state = NewKeyState(t);
    if (static_cast<int>(keys_.size()) >= parameters_.max_keys) keys_.erase(keys_.begin());
    keys_.push_back(std::move(evidence));
  } else {
    std::rotate(found, found + 1, keys_.end());
  }
  keys_.back().used = std::max(keys_.back().used, t);
  return keys_.back();
}

// Beyond max_keys new keys in 30 days, a further one gets what its predecessor's bucket still gives.
GateState PathJudge::NewKeyState(Micros t) {
  key_creates_.erase(
      std::remove_if(key_creates_.begin(), key_creates_.end(),
                     [&](Micros create) { return create < t - kKeyMemory; }),
      key_creates_.end());
  const bool too_many = static_cast<int>(key_creates_.size()) >= parameters_.max_keys;
  // The oldest are dropped: `too_many` needs to see no more than max_keys.
  if (too_many) key_creates_.erase(key_creates_.begin());
  key_creates_.push_back(t);
  if (!too_many || keys_.empty()) return StartKey(parameters_, t, parameters_.mass_new);
  const double bucket = BucketAt(parameters_, keys_.back().state, t);
  GateState state = StartKey(parameters_, t, bucket / 2);
  state.bucket = bucket / 2;
  return state;
}

Judgement PathJudge::JudgeAt(Micros now, bool store_unavailable) const {
  Judgement worst;
  worst.holds.store_unavailable = store_unavailable;
  for (auto key = keys_.rbegin(); key != keys_.rend(); ++key) {
    if (worst.evidence != nullptr && now - key->used > parameters_.tau) break;
    Judgement judgement = JudgeKey(parameters_, *key, now, store_unavailable);
    if (worst.evidence == nullptr ||
        Badness(judgement.conformance) > Badness(worst.conformance)) {
      worst = std::move(judgement);
    }
  }
  return worst;
}

v1::PathVerdict PathJudge::VerdictAt(Micros now, bool store_unavailable) const {
  return VerdictOf(parameters_, JudgeAt(now, store_unavailable), now);
}

bool PathJudge::AcknowledgeSevere(Micros now) {
  bool any = false;
  for (KeyEvidence& evidence : keys_) {
    if (!evidence.state.severe) continue;
    evidence.state.severe = false;
    evidence.severe_card_id.clear();
    AdvanceTo(parameters_, now, evidence.state);
    GoRed(parameters_, now, evidence.state);
    any = true;
  }
  return any;
}

void PathJudge::SetParameters(const GateParameters& parameters, Micros now) {
  absl::InlinedVector<std::optional<int>, 5> from;
  for (const GateDimension& dimension : parameters.dimensions) {
    from.push_back(parameters_.IndexOf(dimension.name));
  }
  for (KeyEvidence& evidence : keys_) {
    evidence.state = Refit(parameters_, evidence.state, parameters, now);
    evidence.conversations.Remap(from);
  }
  parameters_ = parameters;
}

void PathJudge::ToProto(v1::JudgeCheckpoint* checkpoint) const {
  for (const KeyEvidence& evidence : keys_) {
    v1::GateKeyState* key = checkpoint->add_keys();
    key->set_evidence_key(evidence.key);
    key->set_used_micros(evidence.used);
    key->set_severe_card_id(evidence.severe_card_id);
    ::warmpath::ToProto(parameters_, evidence.state, key);
    evidence.conversations.ToProto(key);
    evidence.scorer.ToProto(key);
  }
  checkpoint->mutable_key_create_micros()->Add(key_creates_.begin(), key_creates_.end());
}

void PathJudge::FromProto(const v1::JudgeCheckpoint& checkpoint, Micros now) {
  keys_.clear();
  for (const v1::GateKeyState& proto : checkpoint.keys()) {
    KeyEvidence& evidence = keys_.emplace_back();
    evidence.key = proto.evidence_key();
    evidence.used = proto.used_micros();
    evidence.severe_card_id = proto.severe_card_id();
    evidence.state = ::warmpath::FromProto(parameters_, proto, now);
    evidence.conversations.FromProto(proto);
    absl::InlinedVector<std::optional<int>, 5> from;
    for (const GateDimension& dimension : parameters_.dimensions) {
      std::optional<int>& position = from.emplace_back();
      for (int d = 0; d < proto.dimensions_size(); ++d) {
        if (proto.dimensions(d).dimension() == dimension.name) position = d;
      }
    }
    evidence.conversations.Remap(from);
    evidence.scorer.FromProto(proto);
  }
  key_creates_.assign(checkpoint.key_create_micros().begin(),
                      checkpoint.key_create_micros().end());
}

}  // namespace warmpath
