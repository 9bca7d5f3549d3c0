#include "failover/conversation_weights.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace warmpath {
namespace {

constexpr double kMicro = 1e6;

int64_t TotalMicros(int turns, double rho) {
  return turns == 0 ? 0 : std::llround(kMicro * ConversationWeight(turns, rho));
}

int64_t FailMicros(int64_t total, int turns, int64_t loss_micros) {
  if (turns == 0) return 0;
  return std::llround(static_cast<double>(total) * static_cast<double>(loss_micros) /
                      (kMicro * turns));
}

}  // namespace

double TurnCorrelation::rho() const {
  constexpr double kZ = 1.28;
  const double failing = turns > 0 ? conversations * failures / turns : 0;
  const double trials = 4 + conversations;
  const double share = (2 + failing) / trials;
  const double spread =
      kZ * std::sqrt(share * (1 - share) / trials + kZ * kZ / (4 * trials * trials));
  const double upper = (share + kZ * kZ / (2 * trials) + spread) / (1 + kZ * kZ / trials);
  return std::clamp(upper, 0.05, 1.0);
}

double ConversationWeight(int turns, double rho) { return turns / (1 + (turns - 1) * rho); }

std::optional<double> ConversationWeights::AddTurn(const GateParameters& parameters,
                                                   uint64_t conversation, Micros t) {
  const bool items = memory_ == Memory::kDayFromFirstUse;
  Forget(t - (items ? kMicrosPerDay : parameters.conversation_idle));
  auto found = index_.find(conversation);
  if (found == index_.end()) {
    if (size() >= parameters.max_conversations) return std::nullopt;
    open_.emplace_back();
    open_.back().conversation = conversation;
    if (parameters.auto_rho && !items) open_.back().rho = correlation_.rho();
    found = index_.emplace(conversation, std::prev(open_.end())).first;
    open_.back().last = t;
  } else if (!items) {
    open_.splice(open_.end(), open_, found->second);
    found->second->last = std::max(found->second->last, t);
  }
  Entry& entry = *found->second;
  ++entry.turns;
  if (entry.rho > 0) Learn(entry);
  const double rho = entry.rho > 0 ? entry.rho : parameters.rho;
  const double before = entry.turns == 1 ? 0 : ConversationWeight(entry.turns - 1, rho);
  return ConversationWeight(entry.turns, rho) - before;
}

void ConversationWeights::Learn(Entry& entry) {
  entry.follows = std::any_of(entry.dimensions.begin(), entry.dimensions.end(),
                              [](const Entry::Scored& scored) { return scored.loss_micros > 0; });
  if (!entry.follows) return;
  ++correlation_.turns;
  if (!std::exchange(entry.counted, true)) ++correlation_.conversations;
}

Weight ConversationWeights::AddLoss(const GateParameters& parameters, uint64_t conversation,
                                    int dimension, double loss) {
  Entry& entry = *index_.at(conversation);
  if (entry.dimensions.size() <= static_cast<size_t>(dimension)) {
    entry.dimensions.resize(parameters.dimensions.size());
  }
  if (entry.follows && loss > 0) {
    entry.follows = false;  // it counts once
    ++correlation_.failures;
  }
  Entry::Scored& scored = entry.dimensions[dimension];
  const double rho = entry.rho > 0 ? entry.rho : parameters.rho;
  const int64_t total_before = TotalMicros(scored.turns, rho);
  const int64_t fail_before = FailMicros(total_before, scored.turns, scored.loss_micros);
  const int64_t minus_before = FailMicros(total_before, scored.turns, scored.minus_micros);
  ++scored.turns;
  const int64_t size = std::llround(kMicro * std::abs(loss));
  (loss < 0 ? scored.minus_micros : scored.loss_micros) += size;
  const int64_t total = TotalMicros(scored.turns, rho);
  const int64_t fail = FailMicros(total, scored.turns, scored.loss_micros);
  const int64_t minus = FailMicros(total, scored.turns, scored.minus_micros);
  const int64_t pass = total - fail - minus;
  const int64_t pass_before = total_before - fail_before - minus_before;
  return {.pass = static_cast<double>(pass - pass_before) / kMicro,
          .fail = static_cast<double>(fail - fail_before) / kMicro,
          .minus = static_cast<double>(minus - minus_before) / kMicro};
}

void ConversationWeights::Forget(Micros idle_since) {
  while (!open_.empty() && open_.front().last < idle_since) {
    index_.erase(open_.front().conversation);
    open_.pop_front();
  }
}

void ConversationWeights::BuildIndex() {
  index_.clear();
  for (auto entry = open_.begin(); entry != open_.end(); ++entry) {
    index_.emplace(entry->conversation, entry);
  }
}

void ConversationWeights::Clear() {
  open_.clear();
  index_.clear();
}

ConversationWeights ConversationWeights::Only(const std::vector<uint64_t>& conversations) const {
  ConversationWeights copy(memory_);
  copy.correlation_ = correlation_;
  for (const uint64_t conversation : conversations) {
    const auto found = index_.find(conversation);
    if (found != index_.end() && !copy.index_.contains(conversation)) {
      copy.open_.push_back(*found->second);
      copy.index_.emplace(conversation, std::prev(copy.open_.end()));
    }
  }
  // As AddTurn forgets from the front, the longest idle must come first here, too.
  copy.open_.sort([](const Entry& a, const Entry& b) { return a.last < b.last; });
  return copy;
}

void ConversationWeights::ToProto(Protos* protos) const {
  for (const Entry& entry : open_) {
    v1::GateConversation* conversation = protos->Add();
    conversation->set_conversation_hash(entry.conversation);
    conversation->set_last_micros(entry.last);
    conversation->set_turns(entry.turns);
    conversation->set_rho(entry.rho);
    conversation->set_failed(entry.counted);
    bool any_minus = false;
    for (const Entry::Scored& scored : entry.dimensions) {
      conversation->add_scored_turns(scored.turns);
      conversation->add_loss_micros(scored.loss_micros);
      any_minus |= scored.minus_micros != 0;
    }
    if (!any_minus) continue;
    for (const Entry::Scored& scored : entry.dimensions) {
      conversation->add_minus_micros(scored.minus_micros);
    }
  }
}

void ConversationWeights::FromProto(const Protos& protos) {
  Clear();
  for (const v1::GateConversation& conversation : protos) {
    Entry entry;
    entry.conversation = conversation.conversation_hash();
    entry.last = conversation.last_micros();
    entry.turns = conversation.turns();
    entry.rho = conversation.rho();
    entry.counted = conversation.failed();
    const int dimensions =
        std::min(conversation.scored_turns_size(), conversation.loss_micros_size());
    for (int d = 0; d < dimensions; ++d) {
      entry.dimensions.push_back(
          {.turns = conversation.scored_turns(d),
           .loss_micros = conversation.loss_micros(d),
           .minus_micros =
               d < conversation.minus_micros_size() ? conversation.minus_micros(d) : 0});
    }
    if (index_.contains(entry.conversation)) continue;
    open_.push_back(std::move(entry));
    index_.emplace(open_.back().conversation, std::prev(open_.end()));
  }
}

void ConversationWeights::Remap(const absl::InlinedVector<std::optional<int>, 5>& from) {
  for (Entry& entry : open_) {
    absl::InlinedVector<Entry::Scored, 5> dimensions(from.size());
    for (size_t d = 0; d < from.size(); ++d) {
      if (from[d] && static_cast<size_t>(*from[d]) < entry.dimensions.size()) {
        dimensions[d] = entry.dimensions[*from[d]];
      }
    }
    entry.dimensions = std::move(dimensions);
  }
}

void ConversationWeights::Reset(uint32_t dimension_mask) {
  for (Entry& entry : open_) {
    for (size_t d = 0; d < entry.dimensions.size(); ++d) {
      if (dimension_mask >> d & 1) entry.dimensions[d] = Entry::Scored();
    }
  }
}

}  // namespace warmpath
