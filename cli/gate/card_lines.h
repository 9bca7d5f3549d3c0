// Stored scorecards as lines of `gate replay`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/gate/workflow_replay.h"
#include "failover/gate_config.h"
#include "failover/gate_sample.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// CardLines writes what stored cards say to the gate as `dispatch`, `sample`, `severe`, `ack` and
// `hint` lines, so that `gate replay` comes to the same states as from the cards.
//
//   CardLines lines(parameters, actions, [](const std::string& line) {...});
//   for (card : cards) lines.Take(card);
//   lines.Finish();
//
// With GateParameters::bucket: a sample is announced when it was asked for and comes when it was
// stored, as the judge saw it. Else samples come in the order of the cards,
// and times that step back count as the latest seen.
// Thread safety: thread-compatible. Memory: lines of two minutes.
class CardLines {
 public:
  // Lines end with a newline. `actions` in time order: acknowledgements and hints become lines.
  CardLines(GateParameters parameters, std::vector<ReplayAction> actions,
            std::function<void(const std::string&)> write)
      : parameters_(std::move(parameters)),
        actions_(std::move(actions)),
        in_buckets_(parameters_.bucket > 0),
        write_(std::move(write)) {}

  // REQUIRES: in the order of their ids.
  void Take(const v1::Scorecard& card);
  void Finish();

 private:
  struct Line {
    Micros t = 0;
    int64_t order = 0;
    std::string text;
    bool operator<(const Line& other) const {
      return t != other.t ? t > other.t : order > other.order;  // a heap's top is the greatest
    }
  };

  void Add(Micros t, std::string text);
  void WriteUntil(Micros t);
  void ActUntil(Micros t);
  // A line about a key at t.
  void AddAction(const char* op, Micros t, const std::string& workflow, const std::string& path,
                 const std::string& key);
  void TakeSample(const v1::Scorecard& card, const GateSample& sample, Micros stored);
  // `severe_class` as `gate replay` has them: S1, S2, S2c, S2n.
  void TakeSevere(const char* severe_class, const std::string& id, const v1::Scorecard& card,
                  Micros stored);
  void TakeConfirmation(const v1::Scorecard& card, Micros stored);

  const GateParameters parameters_;
  const std::vector<ReplayAction> actions_;
  const bool in_buckets_;
  const std::function<void(const std::string&)> write_;
  size_t next_action_ = 0;
  int64_t order_ = 0;
  Micros latest_ = 0;  // time of the last sample; not in buckets
  std::priority_queue<Line> waiting_;
  // By workflow and path: the key that the last sample had.
  std::map<std::pair<std::string, std::string>, std::string> keys_in_use_;
  // Keys of each path with a severe violation, or a possible one: an acknowledgement is for all of them.
  std::map<std::pair<std::string, std::string>, std::set<std::string>> severe_keys_;
};

}  // namespace warmpath
