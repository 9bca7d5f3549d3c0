#include "failover/evidence_buckets.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/stable_hash.h"

namespace warmpath {
namespace {

constexpr double kMicro = 1e6;

// What one bucket adds up to on one dimension, in millionths, so that order does not matter.
struct Sums {
  int64_t pass = 0, fail = 0, minus = 0;
  bool any = false;

  void Add(const Weight& weight) {
    any = true;
    pass += std::llround(kMicro * weight.pass);
    fail += std::llround(kMicro * weight.fail);
    minus += std::llround(kMicro * weight.minus);
  }
  Weight weight() const {
    return {.pass = static_cast<double>(pass) / kMicro,
            .fail = static_cast<double>(fail) / kMicro,
            .minus = static_cast<double>(minus) / kMicro};
  }
};

// What is learnt of a conversation's turns depends on their order, so auto_rho takes them as they were
// asked; sums do not, so otherwise they are taken as they came.
std::vector<const EvidenceBucket::Entry*> InOrder(const GateParameters& parameters,
                                                  const EvidenceBucket& bucket) {
  std::vector<const EvidenceBucket::Entry*> entries;
  entries.reserve(bucket.entries.size());
  for (const EvidenceBucket::Entry& entry : bucket.entries) entries.push_back(&entry);
  if (!parameters.auto_rho) return entries;
  std::stable_sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) {
    return std::tie(a->sample.t, a->id) < std::tie(b->sample.t, b->id);
  });
  return entries;
}

// Takes a bucket whose time begins at `start`. Returns how many samples found no room.
int Take(const GateParameters& parameters, const EvidenceBucket& bucket, Micros start, Micros length,
         const BucketTarget& target) {
  WeightedSample total;
  total.t = start + length;
  if (!bucket.entries.empty() && BeginSample(parameters, total.t, target.state)) {
    target.conversations.Clear();
  }
  // Organic sums, then those of hand-written items.
  const size_t dimensions = parameters.dimensions.size();
  std::vector<Sums> sums(2 * dimensions);
  int64_t effective = 0;
  int refused = 0;
  for (const EvidenceBucket::Entry* entry : InOrder(parameters, bucket)) {
    const std::optional<WeightedSample> weighted =
        Weigh(parameters, entry->sample, start, target.conversations, target.items);
    if (!weighted) {
      ++refused;
      continue;
    }
    effective += std::llround(kMicro * weighted->effective);
    for (const WeightedSample::Scored& scored : weighted->scored) {
      sums[scored.dimension + (scored.synthetic ? dimensions : 0)].Add(scored.weight);
    }
  }
  total.effective = static_cast<double>(effective) / kMicro;
  for (size_t i = 0; i < sums.size(); ++i) {
    if (!sums[i].any) continue;
    total.scored.push_back({.dimension = static_cast<int>(i % dimensions),
                            .weight = sums[i].weight(),
                            .synthetic = i >= dimensions});
  }
  if (!total.scored.empty()) Observe(parameters, total, target.state);
  return refused;
}

// Samples that are under way, as if they passed.
void AddPassing(const GateParameters& parameters, int count, Micros t, GateState& state) {
  if (count == 0) return;
  WeightedSample sample;
  sample.t = t;
  sample.effective = count;
  for (size_t d = 0; d < parameters.dimensions.size(); ++d) {
    sample.scored.push_back(
        {.dimension = static_cast<int>(d), .weight = {.pass = static_cast<double>(count)}});
  }
  Observe(parameters, sample, state);
}

}  // namespace

std::optional<WeightedSample> Weigh(const GateParameters& parameters, const GateSample& sample,
                                    Micros t, ConversationWeights& conversations,
                                    ConversationWeights& items) {
  WeightedSample weighted;
  weighted.t = t;
  ConversationWeights& weights = sample.item ? items : conversations;
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

std::optional<int64_t> EvidenceBuckets::NumberFor(Micros t, Micros arrival, Micros length) {
  const int64_t number = t / length;
  if (arrival / length - number > kKnownBuckets) return std::nullopt;
  return number;
}

Micros EvidenceBuckets::FirstEnd(Micros length) const {
  return open_.empty() ? std::numeric_limits<Micros>::max() : (open_.begin()->first + 1) * length;
}

void EvidenceBuckets::Add(const GateState& state, std::string_view id, GateSample sample,
                          int64_t number, Micros arrival, Micros length) {
  if (state.t_evidence >= (number + 1) * length) {
    number = std::max(arrival / length, state.t_evidence / length);
  }
  sample.evidence_key.clear();
  open_[number].entries.push_back({std::string(id), std::move(sample)});
}

int EvidenceBuckets::CloseFirst(const GateParameters& parameters, Micros length,
                                BucketTarget target) {
  const auto first = open_.begin();
  const int refused = Take(parameters, first->second, first->first * length, length, target);
  open_.erase(first);
  return refused;
}

bool EvidenceBuckets::AnyLoss() const {
  for (const auto& [number, bucket] : open_) {
    for (const EvidenceBucket::Entry& entry : bucket.entries) {
      for (const GateSample::Loss& loss : entry.sample.losses) {
        if (loss.loss > 0) return true;
      }
    }
  }
  return false;
}

uint32_t EvidenceBuckets::SuspectsIfClosed(const GateParameters& parameters, Micros length,
                                           const GateState& state,
                                           const ConversationWeights& conversations,
                                           const ConversationWeights& items) const {
  if (!AnyLoss()) return 0;  // V can only fall
  std::vector<uint64_t> touched;
  for (const auto& [number, bucket] : open_) {
    for (const EvidenceBucket::Entry& entry : bucket.entries) {
      if (entry.sample.conversation) touched.push_back(*entry.sample.conversation);
    }
  }
  GateState copy = state;
  ConversationWeights talk = conversations.Only(touched), drilled = items.Only(touched);
  // Only V is looked at, and not what RED would wipe.
  copy.spared = ~0u;
  for (const auto& [number, bucket] : open_) {
    Take(parameters, bucket, number * length, length, {copy, talk, drilled});
    AddPassing(parameters, bucket.pending, (number + 1) * length, copy);
  }
  uint32_t mask = 0;
  for (size_t d = 0; d < copy.dimensions.size(); ++d) {
    if (copy.dimensions[d].evidence_against() >= parameters.amber) mask |= 1u << d;
  }
  return mask;
}

void EvidenceBuckets::Remap(const absl::InlinedVector<std::optional<int>, 5>& from) {
  for (auto& [number, bucket] : open_) {
    for (EvidenceBucket::Entry& entry : bucket.entries) {
      decltype(entry.sample.losses) losses;
      for (size_t d = 0; d < from.size(); ++d) {
        for (const GateSample::Loss& loss : entry.sample.losses) {
          if (from[d] && *from[d] == loss.dimension) {
            losses.push_back({static_cast<int>(d), loss.loss});
          }
        }
      }
      entry.sample.losses = std::move(losses);
    }
  }
  DropEmpty();
}

void EvidenceBuckets::Strip(uint32_t dimension_mask) {
  for (auto& [number, bucket] : open_) {
    for (EvidenceBucket::Entry& entry : bucket.entries) {
      auto& losses = entry.sample.losses;
      losses.erase(std::remove_if(losses.begin(), losses.end(),
                                  [&](const GateSample::Loss& loss) {
                                    return (dimension_mask >> loss.dimension & 1) != 0;
                                  }),
                   losses.end());
    }
  }
  DropEmpty();
}

// A sample that scores nothing is no evidence, not even of life.
void EvidenceBuckets::DropEmpty() {
  for (auto& [number, bucket] : open_) {
    auto& entries = bucket.entries;
    entries.erase(std::remove_if(entries.begin(), entries.end(),
                                 [](const EvidenceBucket::Entry& entry) {
                                   return entry.sample.losses.empty();
                                 }),
                  entries.end());
  }
}

void EvidenceBuckets::ToProto(v1::GateKeyState* proto) const {
  for (const auto& [number, bucket] : open_) {
    v1::GateBucket* saved = proto->add_buckets();
    saved->set_number(number);
    for (const EvidenceBucket::Entry& entry : bucket.entries) {
      v1::GateBucketSample* sample = saved->add_samples();
      sample->set_card_id(entry.id);
      sample->set_dispatch_micros(entry.sample.t);
      sample->set_has_conversation(entry.sample.conversation.has_value());
      sample->set_conversation_hash(entry.sample.conversation.value_or(0));
      sample->set_item(entry.sample.item);
      sample->set_synthetic(entry.sample.synthetic);
      for (const GateSample::Loss& loss : entry.sample.losses) {
        sample->add_dimensions(loss.dimension);
        sample->add_losses(loss.loss);
      }
    }
  }
}

void EvidenceBuckets::FromProto(const v1::GateKeyState& proto, Micros length) {
  open_.clear();
  if (length == 0) length = kDefaultBucket;
  for (const v1::GateBucket& saved : proto.buckets()) {
    for (const v1::GateBucketSample& from : saved.samples()) {
      const int64_t number = from.dispatch_micros() / length;
      const bool fits = std::abs(saved.number() - number) <= kKnownBuckets;
      EvidenceBucket::Entry& entry =
          open_[fits ? saved.number() : number].entries.emplace_back();
      entry.id = from.card_id();
      entry.sample.t = from.dispatch_micros();
      if (from.has_conversation()) entry.sample.conversation = from.conversation_hash();
      entry.sample.item = from.item();
      entry.sample.synthetic = from.synthetic();
      const int losses = std::min(from.dimensions_size(), from.losses_size());
      for (int i = 0; i < losses; ++i) {
        entry.sample.losses.push_back({from.dimensions(i), from.losses(i)});
      }
    }
  }
}

bool SeenIds::SeenBefore(std::string_view id, int64_t number) {
  while (!order_.empty() &&
         (order_.front().first < number - kKnownBuckets || order_.size() >= most_)) {
    seen_.erase(order_.front().second);
    order_.pop_front();
  }
  const uint64_t hash = StableHash64(id);
  if (!seen_.insert(hash).second) return true;
  order_.emplace_back(number, hash);
  return false;
}

}  // namespace warmpath
