// The production judge on virtual time: `warmpath gate replay`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "cli/gate/replay_line.h"
#include "failover/allocator.h"
#include "failover/evidence_buckets.h"
#include "failover/gate_config.h"
#include "failover/path_judge.h"
#include "failover/ramp.h"
#include "failover/reference.h"

namespace warmpath {

struct ReplayOptions {
  GateParameters parameters;
  // Harm a ramp may do, as a share of the traffic.
  double kappa = 0.01;
  AllocatorParameters allocator;
  // 0: every sample is evaluated by itself; else this span is one bucket. Empty: 10 s if the first sample
  // names its replica, else 0.
  std::optional<Micros> bucket;
};

// A GateReplay takes the lines of a file one after the other and writes what changes.
//
//   GateReplay replay(options);
//   RETURN_IF_ERROR(replay.Apply(line));
//   out << replay.TakeOutput();
//
// What time alone changes happens at its own moment, in the order (whole second, workflow, path, key),
// before the line at or after it: so the output doesn't depend on `tick` lines.
// Thread safety: thread-compatible. Time: the lines'; no clock is read.
// Errors: INVALID_ARGUMENT; the line had no effect then.
class GateReplay {
 public:
  explicit GateReplay(ReplayOptions options);

  absl::Status Apply(const ReplayLine& line);
  // Lines of JSON since the last call.
  std::string TakeOutput() { return std::exchange(output_, {}); }

  // Evidence that was not counted: repeated ids, later than 128 buckets, no room for a conversation.
  int64_t dropped_duplicates() const { return dropped_duplicates_; }
  int64_t dropped_late() const { return dropped_late_; }
  int64_t dropped_conversations() const { return dropped_conversations_; }

 private:
  struct Key {
    std::string workflow, path, key;
    PathJudge* judge = nullptr;
    v1::Conformance shown = v1::CONFORMANCE_COLD;
    std::optional<Micros> queued;
    std::optional<Ramp> ramp;
    int ramp_dimension = -1;
    Micros hinted = 0;  // when the last hint came; 0: never
  };
  struct Later {
    bool operator()(const std::pair<Micros, Key*>& a, const std::pair<Micros, Key*>& b) const;
  };

  absl::Status Dispatch(const ReplayLine& line);
  absl::Status DeclareDimension(const ReplayLine& line);
  absl::Status Sample(const ReplayLine& line);
  absl::Status Severe(const ReplayLine& line);
  absl::Status Acknowledge(const ReplayLine& line);
  absl::Status Hint(const ReplayLine& line);
  absl::Status Live(const ReplayLine& line);
  absl::Status Rearm(const ReplayLine& line);
  void Query(const ReplayLine& line);
  void Incident(const ReplayLine& line);
  void Plan(const ReplayLine& line);
  absl::Status Announce(const ReplayLine& line);

  absl::Status SampleFrom(const ReplayLine& line, GateSample& sample) const;
  absl::Status SampleInBucket(const ReplayLine& line);
  void NoteControl(const ReplayLine& line);

  Key& KeyOf(const ReplayLine& line);
  GateHolds HoldsOf(const Key& key) const;
  uint32_t MaskOf(const std::vector<std::string_view>& names, absl::Status& status) const;
  void Advance(Micros t);
  void Happen(Micros moment, Key& key);
  void Queue(Micros moment, Key& key);
  void QueueNext(Key& key, const KeyEvidence* evidence);
  void ShowIfChanged(Micros t, Key& key);
  void Show(Micros t, const Key& key, v1::Conformance conformance, const KeyEvidence* evidence);

  ReplayOptions options_;
  bool started_ = false;   // dimensions may no longer be declared
  bool declared_ = false;  // a `dim` line replaced those of the config
  Micros bucket_ = 0;
  Micros now_ = 0;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<PathJudge>> judges_;
  std::map<std::tuple<std::string, std::string, std::string>, std::unique_ptr<Key>> keys_;
  absl::flat_hash_map<std::string, Key*> index_;
  std::string lookup_;
  std::set<std::pair<Micros, Key*>, Later> queue_;
  std::map<std::pair<std::string, std::string>, Disagreement> references_;  // by workflow, dimension
  SeenIds seen_{size_t{1} << 24};
  struct Pending {
    Key* key = nullptr;
    int64_t number = 0;
  };
  absl::flat_hash_map<std::string, Pending> pending_;
  std::string output_;
  GateSample sample_;
  int64_t dropped_duplicates_ = 0, dropped_late_ = 0, dropped_conversations_ = 0;
};

}  // namespace warmpath
