#include "failover/reference.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "failover/gate_sample.h"

namespace warmpath {
namespace {

constexpr double kFadeMicros = 7.0 * kMicrosPerDay;
constexpr int64_t kLeastPairs = 50;
constexpr double kMostSelfDisagreement = 0.15;
constexpr size_t kKnownRequests = 1024;

// Calls take(dimension's config key, loss) for what was scored on paired dimensions.
template <typename Take>
void ForPaired(const GateParameters& parameters,
               const google::protobuf::RepeatedPtrField<v1::DimensionScore>& scores, Take take) {
  for (const v1::DimensionScore& score : scores) {
    const char* const name = GateDimensionName(score.dimension());
    const std::optional<int> dimension = parameters.IndexOf(name);
    if (!dimension || !parameters.dimensions[*dimension].paired) continue;
    if (score.verdict() == v1::SCORE_VERDICT_PASS) take(name, 0.0);
    if (score.verdict() == v1::SCORE_VERDICT_FAIL) take(name, 1.0);
  }
}

}  // namespace

void Disagreement::Add(Micros t, double loss) {
  const Micros age = std::max<Micros>(0, t - t_);
  const double kept = std::exp(-static_cast<double>(age) / kFadeMicros);
  t_ = std::max(t_, t);
  pairs_ = pairs_ * kept + 1;
  loss_ = loss_ * kept + loss;
  ++count_;
}

std::optional<double> Disagreement::mean() const {
  if (count_ < kLeastPairs) return std::nullopt;
  return loss_ / pairs_;
}

bool Disagreement::unstable() const {
  return count_ >= kLeastPairs && loss_ > kMostSelfDisagreement * pairs_;
}

void Disagreement::ToProto(v1::ReferenceState* proto) const {
  proto->set_pairs(pairs_);
  proto->set_loss(loss_);
  proto->set_count(count_);
  proto->set_last_micros(t_);
}

void Disagreement::FromProto(const v1::ReferenceState& proto) {
  pairs_ = proto.pairs();
  loss_ = proto.loss();
  count_ = proto.count();
  t_ = proto.last_micros();
}

References::Primary References::Observe(const GateParameters& parameters, const v1::Scorecard& card) {
  if (parameters.PairedMask() == 0) return Primary::kUnknown;
  const Micros t = absl::ToUnixMicros(::warmpath::FromProto(card.dispatch_time()));
  const Primary primary = Compare(card, t);
  if (primary == Primary::kBefore) return primary;
  if (primary == Primary::kChanged) {
    pairs_.clear();
    // So that the time of the change outlives a restart.
    for (const GateDimension& dimension : parameters.dimensions) {
      if (dimension.paired) pairs_[{dimension.name, "", ""}] = Disagreement(t);
    }
  }
  if (card.control_scores_size() > 0 && !SeenBefore(card.request_id())) {
    ForPaired(parameters, card.control_scores(), [&](const char* dimension, double loss) {
      pairs_[{dimension, "", ""}].Add(t, loss);
    });
  }
  for (const v1::PeerScore& peer : card.peer_scores()) {
    const auto [first, second] = std::minmax(card.candidate_path(), peer.path());
    ForPaired(parameters, peer.scores(), [&](const char* dimension, double loss) {
      pairs_[{dimension, first, second}].Add(t, loss);
    });
  }
  return primary;
}

// Answers of before a change may still come in after it: they must not look like a change back.
References::Primary References::Compare(const v1::Scorecard& card, Micros t) {
  if (card.control_path_key().empty() || card.source() != v1::SCORE_SOURCE_MIRROR) {
    return Primary::kUnknown;
  }
  Micros known = changed_;
  for (const auto& [pair, disagreement] : pairs_) known = std::max(known, disagreement.last());
  if (control_path_key_ == card.control_path_key()) {
    changed_ = std::max(changed_, t);
    return Primary::kSame;
  }
  if (!control_path_key_.empty() && t < known) return Primary::kBefore;
  const bool first = control_path_key_.empty();
  control_path_key_ = card.control_path_key();
  changed_ = t;
  return first ? Primary::kSame : Primary::kChanged;
}

uint32_t References::unstable(const GateParameters& parameters) const {
  uint32_t mask = 0;
  for (size_t d = 0; d < parameters.dimensions.size(); ++d) {
    if (!parameters.dimensions[d].paired) continue;
    const auto self = pairs_.find({parameters.dimensions[d].name, "", ""});
    if (self != pairs_.end() && self->second.unstable()) mask |= 1u << d;
  }
  return mask;
}

std::vector<uint32_t> References::SuspectsOfPrimary(const GateParameters& parameters,
                                                    const std::vector<Path>& paths) const {
  std::vector<uint32_t> masks(paths.size());
  for (size_t i = 0; i < paths.size(); ++i) {
    for (size_t j = i + 1; j < paths.size(); ++j) {
      const uint32_t both = paths[i].suspect & paths[j].suspect & parameters.PairedMask();
      if (both == 0 || std::abs(paths[i].suspect_since - paths[j].suspect_since) > kTogether) continue;
      const auto [first, second] = std::minmax(paths[i].name, paths[j].name);
      for (size_t d = 0; d < parameters.dimensions.size(); ++d) {
        if ((both >> d & 1) == 0) continue;
        const GateDimension& dimension = parameters.dimensions[d];
        const auto mutual =
            pairs_.find({dimension.name, std::string(first), std::string(second)});
        if (mutual == pairs_.end() || !mutual->second.mean()) continue;
        const auto self = pairs_.find({dimension.name, "", ""});
        const double noise = self == pairs_.end() ? 0 : self->second.mean().value_or(0);
        if (*mutual->second.mean() >= noise + dimension.q0) continue;
        masks[i] |= 1u << d;
        masks[j] |= 1u << d;
      }
    }
  }
  return masks;
}

bool References::SeenBefore(std::string_view request_id) {
  const uint64_t hash = StableHash64(request_id);
  if (std::find(requests_.begin(), requests_.end(), hash) != requests_.end()) return true;
  if (requests_.size() < kKnownRequests) {
    requests_.push_back(hash);
  } else {
    requests_[next_request_] = hash;
    next_request_ = (next_request_ + 1) % kKnownRequests;
  }
  return false;
}

void References::ToProto(v1::JudgeCheckpoint* checkpoint) const {
  for (const auto& [pair, disagreement] : pairs_) {
    v1::ReferenceState* state = checkpoint->add_references();
    state->set_dimension(std::get<0>(pair));
    state->set_first_path(std::get<1>(pair));
    state->set_second_path(std::get<2>(pair));
    disagreement.ToProto(state);
  }
  checkpoint->set_control_path_key(control_path_key_);
}

void References::FromProto(const v1::JudgeCheckpoint& checkpoint) {
  pairs_.clear();
  for (const v1::ReferenceState& state : checkpoint.references()) {
    pairs_[{state.dimension(), state.first_path(), state.second_path()}].FromProto(state);
  }
  control_path_key_ = checkpoint.control_path_key();
}

}  // namespace warmpath
