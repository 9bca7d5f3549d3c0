// Which path gets how many mirrored conversations, worked out from what the judges know.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "failover/allocator.h"
#include "failover/sample_reason.h"
#include "failover/traffic_meter.h"
#include "failover/workflow_state.h"
#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A SampleBudget spreads mirrors over the paths of all workflows by allocator.h, within
// shadow.max_requests_per_minute, max_tokens_per_hour and max_usd_per_hour; docs/gate.md, "Where
// mirrors are spent".
//
//   budget.Configure(config);
//   budget.NoteCard(card);                       // what a sample costs
//   budget.NoteTraffic(workflow, conversations, exchanges, now);
//   budget.Update(workflows, now);               // every kInterval
//   … budget.plan() …
//
// Units: the allocator reckons in effective samples; a conversation of m turns is worth
//   W(m) = m / (1 + (m-1) rho) of them and costs m requests (and self_rate m of the serving path),
//   as it is mirrored as a whole. The plan is told in conversations.
// Cost: the greatest share of any limit that a sample takes, so that no limit is passed; 1 without
// limits. Workflows with a fixed `mirror.rate` are served first, with what that takes; the others
// share the rest. Replicas share the work: each takes its part of a floor and of a proof. (As many
// as `replicas.peers` are counted, as the list may hold this one, too.) The serving path is asked
// nothing: its share is of live answers that are scored, at no cost. Thread safety:
// thread-compatible. Time: handed in.
class SampleBudget {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(10);

  // Follows a reload; what was measured is kept.
  void Configure(const v1::Config& config);
  // Learns what a mirrored answer takes.
  void NoteCard(const v1::Scorecard& card);
  // Counts since some start; see TrafficMeter.
  void NoteTraffic(const std::string& workflow, int64_t conversations, int64_t exchanges,
                   Micros now);

  void Update(const std::map<std::string, WorkflowState>& workflows, absl::Time now);
  // As of the last Update: paths by workflow, in ladder order. Spending of the last hour is not
  // filled.
  const v1::GetBudgetResponse& plan() const { return plan_; }

 private:
  using PathKey = std::pair<std::string, std::string>;  // workflow, path
  // Of one request, on average; what is assumed before the first answer.
  struct Tokens {
    double input = 1000, output = 500;
  };
  // One sample, or all of a minute.
  struct Cost {
    double requests = 0, tokens = 0, usd = 0;
  };
  SampleRow RowOf(const WorkflowState& workflow, const PathState& path, Micros now) const;
  // Tells others of the same model who turned suspect in the last half hour.
  void SpreadHints(std::vector<SampleRow>& rows, Micros now);
  // What `requests` requests to a path take.
  Cost CostOf(const WorkflowState& workflow, const PathState& path, double requests) const;
  // What an effective sample takes, asking the serving path again included.
  Cost SampleCost(const SampleRow& row) const;
  // Share of the tightest limit; 0 without limits.
  double ShareOfLimits(const Cost& cost) const;
  bool limited() const;

  v1::ShadowConfig limits_;
  double replicas_ = 1;
  std::map<std::string, v1::PriceConfig> prices_;
  std::map<std::string, TrafficMeter> traffic_;
  std::map<PathKey, Tokens> tokens_;
  std::map<PathKey, Micros> suspects_;  // since when
  v1::GetBudgetResponse plan_;
};

}  // namespace warmpath
