#include "shadow/sampler.h"

#include <algorithm>
#include <utility>

#include "base/stable_hash.h"

namespace warmpath {
namespace {

// Permanent: another salt would put other conversations into the sample.
constexpr uint64_t kSampleSalt = 0x77617261'6d706c65;
constexpr uint64_t kSelfSalt = 0x77617273'656c6620;

bool InShare(uint64_t hash, double rate) { return rate >= 1 || UnitInterval(hash) < rate; }

uint64_t HashOf(uint64_t number, uint64_t seed) {
  return StableHash64({reinterpret_cast<const char*>(&number), sizeof(number)}, seed);
}

uint64_t IdOf(const std::string& workflow, const std::vector<std::string>& paths) {
  StableHasher hasher(kSampleSalt);
  hasher.Field(workflow);
  for (const std::string& path : paths) hasher.Field(path);
  return hasher.Digest();
}

}  // namespace

bool IsSampled(std::string_view workflow, uint64_t conversation, double rate) {
  if (rate <= 0) return false;
  return InShare(StableHash64(workflow, kSampleSalt ^ conversation), rate);
}

bool IsSelfSampled(std::string_view workflow, std::string_view request_id, double rate) {
  if (rate <= 0) return false;
  return InShare(StableHash64(request_id, StableHash64(workflow, kSelfSalt)), rate);
}

bool IsSelfSampled(std::string_view workflow, uint64_t conversation, double rate) {
  if (rate <= 0) return false;
  return InShare(StableHash64(workflow, kSelfSalt ^ conversation), rate);
}

Sampler::Sampler(std::string workflow, std::vector<std::string> paths)
    : workflow_(std::move(workflow)), paths_(std::move(paths)), id_(IdOf(workflow_, paths_)) {}

void Sampler::SetFixed(std::optional<double> rate) { fixed_ = rate.value_or(-1); }

void Sampler::SetShares(const std::vector<PathShare>& shares) {
  for (size_t i = 0; i < paths_.size() && i < cells_.size(); ++i) {
    const auto found = std::find_if(shares.begin(), shares.end(), [&](const PathShare& share) {
      return share.path == paths_[i];
    });
    cells_[i].room = found == shares.end() ? 0 : found->most_per_epoch;
    cells_[i].share = found == shares.end() ? 0 : found->share;
  }
}

void Sampler::ScoreLive(std::string_view path) {
  const auto found =
      std::find(paths_.begin(), paths_.begin() + std::min<size_t>(paths_.size(), kMaxPaths), path);
  const size_t position = found - paths_.begin();
  scored_live_ = path.empty() || position >= std::min<size_t>(paths_.size(), kMaxPaths)
                     ? -1
                     : static_cast<int8_t>(position);
}

SampleTicket Sampler::Draw(ConversationTable& table, uint64_t conversation) {
  exchanges_.fetch_add(1, std::memory_order_relaxed);
  SampleTicket ticket;
  ticket.sampler = id_;
  ticket.scored_live = scored_live_.load(std::memory_order_relaxed);
  const uint64_t key = HashOf(conversation, id_);
  std::optional<uint16_t> paths = table.Find(key);
  if (!paths) {
    conversations_.fetch_add(1, std::memory_order_relaxed);
    paths = Choose(key, table.epoch());
    table.Put(key, *paths);
  }
  ticket.paths = *paths;
  // A fixed share is obeyed at once, also by conversations under way: 0 is how mirroring is
  // stopped.
  if (const double fixed = fixed_.load(std::memory_order_relaxed); fixed >= 0) {
    const uint16_t all = (1u << std::min<size_t>(paths_.size(), kMaxPaths)) - 1;
    ticket.paths = IsSampled(workflow_, conversation, fixed) ? all : 0;
  }
  return ticket;
}

uint16_t Sampler::Choose(uint64_t key, uint32_t epoch) {
  // Anew each half hour: a name that comes again and again is not in, or out, for ever.
  const uint64_t hash = HashOf(epoch / ConversationTable::kIdleEpochs, key);
  uint16_t chosen = 0;
  for (size_t i = 0; i < paths_.size() && i < cells_.size(); ++i) {
    if (!InShare(hash, cells_[i].share.load(std::memory_order_relaxed))) continue;
    if (cells_[i].room.fetch_sub(1, std::memory_order_relaxed) > 0) chosen |= 1u << i;
  }
  return chosen;
}

TrafficCount Sampler::traffic() const {
  return {conversations_.load(std::memory_order_relaxed),
          exchanges_.load(std::memory_order_relaxed)};
}

}  // namespace warmpath
