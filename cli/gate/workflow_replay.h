// A workflow's stored evidence through the production judge, on virtual time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "failover/gate_config.h"
#include "failover/workflow_state.h"
#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/failover.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// What was scored on one dimension.
struct ScoredCount {
  int64_t samples = 0, failed = 0;
};

// Something that happened to a path.
struct ReplayEvent {
  enum class Kind {
    kState,   // its conformance changed
    kKey,     // an evidence key that was not known, or the primary's answers changed
    kSevere,  // a severe violation, a possible one, or what asking again showed
    kAction,  // a person, or the server, did something
  };
  Kind kind = Kind::kState;
  absl::Time time;
  std::string path;
  // kState: what it was, and what holds from now on.
  v1::Conformance from = v1::CONFORMANCE_UNSPECIFIED;
  v1::PathVerdict verdict;
  // kState: what was scored since the last change, by the dimension's config key.
  std::map<std::string, ScoredCount> scored;
  // What happened, for people; kState: empty.
  std::string text;
};

// What others than the cards did to the judge.
struct ReplayAction {
  enum class Kind { kAcknowledge, kHint, kFlip };
  Kind kind = Kind::kAcknowledge;
  absl::Time time;
  // The path it is about; kFlip: the one that serves from then on; empty: downtime.
  std::string path;
  // The same for people, with who and why.
  std::string text;
};

// How long a path was in which state.
struct PathSummary {
  std::map<v1::Conformance, absl::Duration> time_in;
  int changes = 0;
  std::optional<absl::Time> first_green;
};

// The parameters of a workflow whose paths a server told, judged by `gate`.
// INVALID_ARGUMENT if the status has no primary.
absl::StatusOr<WorkflowParameters> ParametersOf(const v1::WorkflowStatus& status,
                                                const GateParameters& gate);

// A WorkflowReplay goes through stored cards as the controller went through them when they came: a tick
// each second, at which buckets close and every path is judged.
//
//   WorkflowReplay replay("support", parameters, actions, start, [](const ReplayEvent& event) {...});
//   for (card : cards) replay.Take(card);
//   replay.Finish(now);
//   replay.summaries().at("backup").first_green
//
// Differs from what was: it starts at the first card it is given, it knows one set of thresholds,
// and live failures, which are not stored, do not start incidents.
// Thread safety: thread-compatible. Time: the cards' own. Memory: cards of two minutes.
class WorkflowReplay {
 public:
  using Listener = std::function<void(const ReplayEvent&)>;

  // `actions` in time order. Summaries begin at `start`.
  WorkflowReplay(const std::string& workflow, WorkflowParameters parameters,
                 std::vector<ReplayAction> actions, absl::Time start, Listener tell);

  // REQUIRES: in the order of their ids.
  void Take(const v1::Scorecard& card);
  // Everything up to `until`.
  void Finish(absl::Time until);

  const std::map<std::string, PathSummary>& summaries() const { return summaries_; }
  // Cards of paths that are not configured.
  int64_t foreign_cards() const { return foreign_cards_; }
  // The verdict on a path now.
  v1::PathVerdict VerdictOf(const std::string& path) const;

 private:
  void Process(const v1::Scorecard& card);
  void AdvanceTo(absl::Time t);
  void Act(absl::Time until);
  void Apply(const ReplayAction& action);
  void Tick(absl::Time t);
  // The next whole second at which something may change; `until` at the latest.
  absl::Time NextTick(absl::Time until) const;
  // Tells the judges what was under way at a tick, before they see the cards stored until then.
  void TellWhatIsUnderWay(absl::Time tick);
  void CountScores(const v1::Scorecard& card);
  void Tell(ReplayEvent event) const;

  uint32_t next_path_id_ = 0;
  WorkflowState state_;
  const std::vector<ReplayAction> actions_;
  size_t next_action_ = 0;
  const absl::Time start_;
  const Listener tell_;
  std::optional<absl::Time> now_;  // of the last tick
  bool news_ = false;              // cards or actions since then
  struct Waiting {
    v1::Scorecard card;
    bool under_way = true;
  };
  std::deque<Waiting> waiting_;
  std::optional<absl::Time> asked_;  // the tick for which it was told what is under way
  // When each path's cards that are under way were asked for.
  std::map<std::string, std::multiset<absl::Time>> under_way_;
  std::map<std::string, std::map<std::string, ScoredCount>> scored_;  // since a path's last change
  std::map<std::string, PathSummary> summaries_;
  std::map<std::string, std::string> keys_in_use_;  // of each path: what a hint is about
  int64_t foreign_cards_ = 0;
};

}  // namespace warmpath
