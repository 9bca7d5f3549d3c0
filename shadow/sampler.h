// Which conversations are mirrored, and to which paths.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shadow/conversation_table.h"

namespace warmpath {

// Whether a conversation belongs to the mirrored share `rate` (0..1) of a workflow: a stable salted
// hash decides, so that a conversation is in or out as a whole, on every replica and after a
// restart, and content never has a say (gate.md section 1, conditions).
bool IsSampled(std::string_view workflow, uint64_t conversation, double rate);

// Whether an exchange belongs to the share `rate` for which the serving path is asked once more, to
// measure its own noise. Independent of IsSampled.
bool IsSelfSampled(std::string_view workflow, std::string_view request_id, double rate);
// The same for a conversation as a whole, so that its turns stay together.
bool IsSelfSampled(std::string_view workflow, uint64_t conversation, double rate);

// What was drawn for one live exchange.
struct SampleTicket {
  // Bit i: path i of the ladder. Where that path serves, its live answer is scored; else it is
  // asked.
  uint16_t paths = 0;
  // Position of a path whose every live answer is scored; -1: none.
  int8_t scored_live = -1;
  // Which Sampler drew it.
  uint64_t sampler = 0;

  // Whether the exchange may be wanted: its answer is kept, and it is offered.
  explicit operator bool() const { return paths != 0 || scored_live >= 0; }
  bool Wants(int path) const { return path < 16 && (paths >> path & 1) != 0; }
};

// What one path gets of new conversations until the next plan.
struct PathShare {
  std::string path;
  double share = 0;  // 0..1
  // At most so many in 10 s: traffic that comes suddenly does not spend more than was planned.
  int most_per_epoch = 0;
};

// The shares of each workflow's paths.
using SampleShares = std::map<std::string, std::vector<PathShare>, std::less<>>;

// New conversations and all exchanges of a workflow since the start.
struct TrafficCount {
  int64_t conversations = 0;
  int64_t exchanges = 0;
};

// A Sampler chooses, for the conversations of one workflow, the paths that they are mirrored to: by
// a fixed share for all paths, or by a share for each path that changes every 10 s (docs/gate.md,
// "Where mirrors are spent"). Shares are nested: one hash of the conversation and the half hour
// decides for all paths, so that the conversations of a small share are among those of a larger
// one.
//
//   const SampleTicket ticket = sampler.Draw(table, conversation);
//
// The choice is made at a conversation's first turn and kept in the table. All turns of a
// conversation that is in are mirrored: what a path does after a tool's answer, or its error, shows
// in no other. Before the first SetShares kColdShare is taken. Thread safety: all methods may be
// called concurrently; Draw takes no lock. Limits: kMaxPaths paths; further ones are never chosen.
class Sampler {
 public:
  static constexpr int kMaxPaths = ConversationTable::kMaxPaths;
  static constexpr double kColdShare = 0.05;
  static constexpr int kColdMost = 10;

  Sampler(std::string workflow, std::vector<std::string> paths);

  // A share for all paths alike; empty: what SetShares says.
  void SetFixed(std::optional<double> rate);
  // Paths that are not named get nothing.
  void SetShares(const std::vector<PathShare>& shares);
  // Every live answer of this path is scored, mirrored or not; "": of none.
  void ScoreLive(std::string_view path);

  SampleTicket Draw(ConversationTable& table, uint64_t conversation);

  TrafficCount traffic() const;
  // The ladder that the tickets' bits stand for.
  const std::vector<std::string>& paths() const { return paths_; }
  // Tells it from samplers of other ladders.
  uint64_t id() const { return id_; }

 private:
  struct Cell {
    std::atomic<double> share{kColdShare};
    std::atomic<int32_t> room{kColdMost};
  };

  // For a new conversation.
  uint16_t Choose(uint64_t key, uint32_t epoch);

  const std::string workflow_;
  const std::vector<std::string> paths_;
  const uint64_t id_;
  std::array<Cell, kMaxPaths> cells_;
  // Negative: none.
  std::atomic<double> fixed_{-1};
  std::atomic<int8_t> scored_live_{-1};
  alignas(64) std::atomic<int64_t> exchanges_{0};
  std::atomic<int64_t> conversations_{0};
};

}  // namespace warmpath
