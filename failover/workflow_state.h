// One workflow as the controller knows it: its paths with their judges and health, and who serves.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "failover/failover_parameters.h"
#include "failover/flip_ramp.h"
#include "failover/gate_config.h"
#include "failover/health.h"
#include "failover/path_judge.h"
#include "failover/plan.h"
#include "failover/policy.h"
#include "failover/readiness.h"
#include "failover/reference.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/drill.pb.h"
#include "warmpath/v1/failover.pb.h"
#include "warmpath/v1/record.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A workflow's configuration in the form that decisions are made with.
struct WorkflowParameters {
  v1::WorkflowConfig config;
  GateParameters gate;
  FailoverParameters failover;
  // Position of the PRIMARY.
  int primary = 0;
};

// INVALID_ARGUMENT names the key.
absl::StatusOr<WorkflowParameters> MakeWorkflowParameters(const v1::WorkflowConfig& config);

// One path of a workflow.
struct PathState {
  PathState(const v1::PathConfig& config, const GateParameters& gate);

  v1::PathConfig config;
  PathJudge judge;
  HealthTracker health;
  Readiness readiness;
  std::shared_ptr<PathSignal> signal = std::make_shared<PathSignal>();
  uint32_t id = 0;

  // As of the last Refresh.
  v1::Conformance conformance = v1::CONFORMANCE_COLD;
  bool only_aged = false;
  absl::Time green_since = absl::InfiniteFuture();
  // How far within its limits it is; worked out every 10 s.
  double margin = 0;
  absl::Time margin_time = absl::InfinitePast();
  // Suspect or RED as of the last Refresh; empty before the first.
  std::optional<bool> suspect;
  // It became so since the controller last asked: it or its like may have changed.
  bool newly_suspect = false;
  // When it was last hinted at: it is watched more closely for half an hour. Not kept over a restart.
  absl::Time hinted = absl::InfinitePast();
  // When a practice flip was last tried by itself, or ended; see PracticeDue.
  absl::Time practice_tried = absl::InfinitePast();

  // Live requests that it answered since the start.
  int64_t served = 0;
  // Cards up to this id are already in the judge's checkpoint.
  std::string resumed_after;
  // Cards since the last checkpoint.
  bool dirty = false;
  // A checkpoint should be written before further cards are read: what closed must stay closed.
  bool due = false;
  absl::Time last_key_audit = absl::InfinitePast();
  // What is under way was asked at or after this moment; see PathJudge::CloseBuckets.
  absl::Time watermark = absl::InfiniteFuture();
  // Drops that were told to the metrics.
  EvidenceDrops told_drops;
  // The primary: what answered last, as it says.
  std::string served_model;
};

// What a card changed, for logs, metrics and the audit.
struct CardNews {
  PathState* path = nullptr;  // null: the card is of a path that is not configured, or seen already
  CardEffect effect;
  // What the primary's answers, or their source, changed for all, in words; empty: nothing.
  std::string primary_change;
};

// One workflow. It decides nothing by itself: see policy.h.
//
// Thread safety: thread-compatible. Time: handed in.
class WorkflowState {
 public:
  // `next_id` numbers paths within the process.
  WorkflowState(std::string name, WorkflowParameters parameters, uint32_t* next_id);

  const std::string& name() const { return name_; }
  const WorkflowParameters& parameters() const { return parameters_; }
  std::vector<PathState>& paths() { return paths_; }
  const std::vector<PathState>& paths() const { return paths_; }
  // Null if there is none of that name.
  PathState* FindPath(std::string_view path);
  std::optional<int> IndexOf(std::string_view path) const;
  const PathState& primary() const { return paths_[parameters_.primary]; }

  // The operator's mode, else the config's.
  v1::FailoverMode mode() const;

  // Takes one card. A failed shadow of a path that doesn't serve feeds its health, and so does one that
  // answered: that is how the recovery of a path without traffic is noticed.
  CardNews Observe(const v1::Scorecard& card);
  // Takes one live outcome.
  void Observe(PathState& path, const HealthTracker::Outcome& outcome, bool drill);

  // Takes note of what is under way, which must be asked for before cards are read. `oldest_pending` gives
  // the oldest dispatch time of a path, InfiniteFuture for none; null: nothing is ever under way.
  void SetWatermarks(absl::Time now,
                     const std::function<absl::Time(const std::string& path)>& oldest_pending);

  // Closes buckets of evidence, judges every path at `now`; starts or ends the incident. Returns the paths
  // whose conformance changed, with what it was.
  std::vector<std::pair<PathState*, v1::Conformance>> Refresh(absl::Time now, bool store_unavailable);

  // As of the last Refresh.
  PolicySnapshot Snapshot(absl::Time now) const;
  v1::PathVerdict VerdictOf(const PathState& path, absl::Time now) const;
  // What stands against comparing with the primary.
  std::vector<v1::VerdictReason> ReferenceReasons() const;

  // A path's checkpoint without the store's position, and back.
  void Save(const PathState& path, absl::Time now, v1::JudgeCheckpoint* checkpoint) const;
  void Resume(const v1::JudgeCheckpoint& checkpoint, absl::Time now);

  // Takes note of a flip that was acted on.
  void Apply(const v1::Flip& flip);

  // A ramp to `path` that opens now; empty if no dimension could tell how it fares.
  std::optional<FlipRamp> MakeRamp(const PathState& path, absl::Time now) const;
  // The running ramp for people and for the store; REQUIRES: ramp.
  v1::Ramp RampProto() const;

  // Follows a reload; the state of paths that stay is kept. False if the active path is gone.
  bool SetParameters(WorkflowParameters parameters, uint32_t* next_id, absl::Time now);

  // Who serves; changed only after the store has it. `state.active_path` is empty in DOWNTIME.
  v1::ActiveState state;
  // Flips that were acted on within the dwell's memory, oldest first.
  std::vector<PastFlip> flips;
  std::optional<v1::Flip> last_flip;
  std::optional<v1::Drill> drill;
  // Whether traffic still moves to the active path: where from and since when stands in state.ramp.
  std::optional<FlipRamp> ramp;
  std::string downtime_reason;
  // Since when the primary or the serving path has been in trouble; empty: neither is.
  std::optional<absl::Time> incident_start;
  std::shared_ptr<ProbeTimer> probe_timer = std::make_shared<ProbeTimer>();

  // In observe mode: what would be done now, and what was recorded last.
  struct WouldBe {
    std::optional<int> to;
    v1::FlipCause cause = v1::FLIP_CAUSE_UNSPECIFIED;
    absl::Time time;
    bool Same(const FlipDecision& decision) const {
      return to == decision.to && cause == decision.cause;
    }
  };
  std::optional<WouldBe> would_be, recorded;

 private:
  bool InTrouble() const;
  void UpdateIncident(absl::Time now);
  void StopClocks(absl::Time now);
  void StartClocks(absl::Time now);
  void ObserveRamp(const v1::Scorecard& card);
  std::string ObserveReferences(const v1::Scorecard& card, bool* outdated);
  void UpdateReferenceHolds();

  std::string name_;
  WorkflowParameters parameters_;
  std::vector<PathState> paths_;
  References references_;
  uint32_t reference_suspect_ = 0;  // dimensions, one bit each
  bool store_unavailable_ = false;
  bool resumed_ = true;  // until the first Refresh
};

}  // namespace warmpath
