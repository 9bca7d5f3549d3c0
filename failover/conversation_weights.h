// Turns of one conversation are not independent: together they weigh little more than one sample.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "failover/gate_config.h"
#include "warmpath/v1/record.pb.h"

namespace warmpath {

// Passing and failing weight that a sample adds on one dimension; either may be negative, as a
// conversation's weights are set right with every turn.
struct Weight {
  double pass = 0, fail = 0;
  double minus = 0;  // paired dimensions alone, see GateDimension
  double total() const { return pass + fail + minus; }
};

// How turns hang together, learnt from those that follow a failed turn of their conversation: gate.md
// section 14, `auto_rho`.
struct TurnCorrelation {
  // Conversations with such turns, those turns, and the failed ones of them.
  double conversations = 0, turns = 0, failures = 0;

  // Upper Wilson bound (z = 1.28), from .05 to 1, of (2 + K x/n) / (4 + K) on 4 + K trials, where K is
  // `conversations`, n `turns` and x `failures`: one half on 4 trials before anything is known.
  double rho() const;
};

// W(m) = m / (1 + (m-1) rho): what m turns of one conversation weigh together.
double ConversationWeight(int turns, double rho);

// The open conversations of one evidence key: what each has contributed so far.
//
// After m scored turns with mean loss s/m a conversation stands in the evidence with the weight W(m),
// of which the share s/m fails, whatever the order of its turns: integers in millionths see to that.
// Thread safety: thread-compatible. Bounded: GateParameters::max_conversations; what is idle longer
// than conversation_idle is forgotten, and when full, turns of new conversations are refused.
class ConversationWeights {
 public:
  // What ends a conversation. Items of drills are remembered for a day from their first use, so that
  // repeating one adds at most a weight of 1 a day.
  enum class Memory { kUntilIdle, kDayFromFirstUse };

  ConversationWeights() = default;
  explicit ConversationWeights(Memory memory) : memory_(memory) {}
  // The index points into the list, so a copy needs an index of its own; a moved list keeps its nodes.
  ConversationWeights(const ConversationWeights& other)
      : memory_(other.memory_), correlation_(other.correlation_), open_(other.open_) {
    BuildIndex();
  }
  ConversationWeights& operator=(const ConversationWeights& other) {
    if (this != &other) {
      memory_ = other.memory_;
      correlation_ = other.correlation_;
      open_ = other.open_;
      BuildIndex();
    }
    return *this;
  }
  ConversationWeights(ConversationWeights&&) = default;
  ConversationWeights& operator=(ConversationWeights&&) = default;

  // Counts one more turn of a conversation at t. Returns what it adds to the number of effective
  // samples; empty if there is no room, and then the sample is no evidence.
  std::optional<double> AddTurn(const GateParameters& parameters, uint64_t conversation, Micros t);

  // Weighs the loss on one dimension of the turn that AddTurn counted last.
  // REQUIRES: AddTurn returned a value for this conversation; 0 <= loss <= 1, paired -1 <= loss.
  Weight AddLoss(const GateParameters& parameters, uint64_t conversation, int dimension, double loss);

  const TurnCorrelation& correlation() const { return correlation_; }
  void set_correlation(const TurnCorrelation& correlation) { correlation_ = correlation; }

  void Clear();
  int size() const { return static_cast<int>(open_.size()); }

  // A copy of these conversations alone, for looking ahead; unknown ones are left out.
  ConversationWeights Only(const std::vector<uint64_t>& conversations) const;

  // The checkpoint, longest idle first, and back.
  using Protos = google::protobuf::RepeatedPtrField<v1::GateConversation>;
  void ToProto(Protos* protos) const;
  void FromProto(const Protos& protos);
  // Carries every entry over to another list of dimensions: `from[d]` is the old position of d.
  void Remap(const absl::InlinedVector<std::optional<int>, 5>& from);
  // Forgets what was scored on the dimensions whose bit is set; the turns stay counted.
  void Reset(uint32_t dimension_mask);

 private:
  struct Entry {
    uint64_t conversation = 0;
    Micros last = 0;
    int turns = 0;
    double rho = 0;        // auto_rho: as learnt when it opened; 0: the config's
    bool counted = false;  // auto_rho: a turn failed, and another one followed
    bool follows = false;  // auto_rho: so does the turn that AddTurn counted last
    struct Scored {
      int32_t turns = 0;
      int64_t loss_micros = 0;
      int64_t minus_micros = 0;  // sum of the sizes of negative z
    };
    absl::InlinedVector<Scored, 5> dimensions;
  };

  void Forget(Micros idle_since);
  void Learn(Entry& entry);
  void BuildIndex();

  Memory memory_ = Memory::kUntilIdle;
  TurnCorrelation correlation_;
  std::list<Entry> open_;  // longest idle first
  absl::flat_hash_map<uint64_t, std::list<Entry>::iterator> index_;
};

}  // namespace warmpath
