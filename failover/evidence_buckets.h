// Evidence waits in short spans of dispatch time until every answer of the span is in.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "failover/conversation_weights.h"
#include "failover/gate_config.h"
#include "failover/gate_sample.h"
#include "failover/gate_state.h"
#include "failover/judge.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {

// A bucket closes so long after its end, however many answers are missing.
inline constexpr Micros kResponseTimeout = 120 * kMicrosPerSecond;
// Evidence that is later than so many buckets is dropped; ids are known as long.
inline constexpr int64_t kKnownBuckets = 128;

// Weighs a sample at t: with its conversation, if it has one. Empty if there is no room for a further
// open conversation; the sample is no evidence then.
std::optional<WeightedSample> Weigh(const GateParameters& parameters, const GateSample& sample,
                                    Micros t, ConversationWeights& conversations,
                                    ConversationWeights& items);

// What is known of one bucket, in the order in which it came.
struct EvidenceBucket {
  struct Entry {
    std::string id;
    GateSample sample;  // without its key
  };
  std::vector<Entry> entries;
  int pending = 0;  // dispatched, not scored
};

// The parts of a key's evidence that a closing bucket changes. Borrowed.
struct BucketTarget {
  GateState& state;
  ConversationWeights& conversations;
  ConversationWeights& items;
};

// The buckets of one evidence key that are not closed yet; gate.md section 4.
//
//   if (auto number = EvidenceBuckets::NumberFor(t, arrival, length)) buckets.Add(..., *number, ...);
//   while (buckets.FirstEnd(length) <= ...) buckets.CloseFirst(parameters, length, target);
//
// A bucket's samples become one: conversations are weighed and sums are made, in millionths, when it
// closes, so that the order in which its samples came does not matter.
// Thread safety: thread-compatible; a value. Time: handed in; `length` is the same in all calls.
class EvidenceBuckets {
 public:
  // The bucket of evidence of time t that arrives at `arrival`; empty: more than kKnownBuckets late.
  static std::optional<int64_t> NumberFor(Micros t, Micros arrival, Micros length);

  bool empty() const { return open_.empty(); }
  // When the first open bucket ends; the maximum if there is none.
  Micros FirstEnd(Micros length) const;
  // Samples of the first bucket that were announced and did not come. REQUIRES: !empty().
  int first_pending() const { return open_.begin()->second.pending; }

  // What is closed stays closed: late evidence joins the bucket of its arrival, or the first one that
  // `state` has not taken. REQUIRES: the sample has losses.
  void Add(const GateState& state, std::string_view id, GateSample sample, int64_t number,
           Micros arrival, Micros length);
  // A sample that is under way, and its arrival. Returns true if it was the last one of its bucket.
  void Announce(int64_t number) { ++open_[number].pending; }
  bool Arrive(int64_t number) {
    const auto bucket = open_.find(number);
    return bucket != open_.end() && --bucket->second.pending == 0;
  }

  // Closes the first bucket. Returns how many samples found no room for their conversation.
  int CloseFirst(const GateParameters& parameters, Micros length, BucketTarget target);

  // Open buckets only make things worse: the dimensions, one bit each, that would be under suspicion if
  // they closed now, what is under way counted as passing. For G they count nothing.
  uint32_t SuspectsIfClosed(const GateParameters& parameters, Micros length, const GateState& state,
                            const ConversationWeights& conversations,
                            const ConversationWeights& items) const;

  // The same for changed parameters: `from[d]` is the old position of dimension d.
  void Remap(const absl::InlinedVector<std::optional<int>, 5>& from);
  // Takes the dimensions whose bit is set out of what waits.
  void Strip(uint32_t dimension_mask);

  void ToProto(v1::GateKeyState* proto) const;
  // `length` 0 stands for kDefaultBucket. Buckets of another length are made anew by dispatch time.
  void FromProto(const v1::GateKeyState& proto, Micros length);

 private:
  bool AnyLoss() const;
  void DropEmpty();

  std::map<int64_t, EvidenceBucket> open_;  // by number
};

// Ids that were seen within kKnownBuckets, so that what is delivered twice counts once.
//
// Thread safety: thread-compatible. Bounded: `most` ids; beyond, the oldest are forgotten.
class SeenIds {
 public:
  explicit SeenIds(size_t most) : most_(most) {}

  // Whether the id was seen before; it is now. `number` is the bucket of its arrival, never decreasing.
  bool SeenBefore(std::string_view id, int64_t number);

 private:
  size_t most_;
  absl::flat_hash_set<uint64_t> seen_;
  std::deque<std::pair<int64_t, uint64_t>> order_;  // bucket, hash
};

}  // namespace warmpath
