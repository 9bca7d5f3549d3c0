// The inside of FailoverController, over several files: loading (controller_load.cc), the tick
// (controller_tick.cc), operator actions (controller_actions.cc, controller_drills.cc,
// controller_hints.cc) and what is shown (controller_status.cc). Include controller.h instead.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "failover/answer_memory.h"
#include "failover/controller.h"
#include "failover/drill_rules.h"
#include "failover/failover_metrics.h"
#include "failover/outcome_buffer.h"
#include "failover/sample_budget.h"
#include "failover/striped_snapshot.h"
#include "failover/workflow_state.h"

namespace warmpath {

class FailoverController::Core {
 public:
  Core(ScoreStore& store, const Clock& clock, const FailoverControllerOptions& options)
      : store_(store), clock_(clock), options_(options), metrics_(options.metrics) {}

  absl::Status Load(const v1::Config& config);
  absl::Status UpdateConfig(const v1::Config& config);
  absl::Status Checkpoint();

  std::shared_ptr<const warmpath::Plan> plan() const { return plan_.Get(); }
  void ReportOutcome(const LiveOutcome& outcome);
  void SetWake(std::function<void()> wake) { wake_ = std::move(wake); }
  void SetPlanListener(std::function<void()> changed) {
    absl::MutexLock lock(&mutex_);
    plan_changed_ = std::move(changed);
  }
  void SetSamplePlan(SamplePlanHooks hooks);
  v1::GetBudgetResponse Budget() const;
  void Tick();
  absl::Duration TickInterval() const;

  absl::StatusOr<v1::FlipResponse> Flip(const v1::FlipRequest& request, const std::string& actor);
  absl::StatusOr<v1::PinResponse> Pin(const v1::PinRequest& request, const std::string& actor);
  absl::StatusOr<v1::UnpinResponse> Unpin(const v1::UnpinRequest& request, const std::string& actor);
  absl::StatusOr<v1::SetModeResponse> SetMode(const v1::SetModeRequest& request,
                                              const std::string& actor);
  absl::StatusOr<v1::AcknowledgeSevereResponse> AcknowledgeSevere(
      const v1::AcknowledgeSevereRequest& request, const std::string& actor);
  absl::StatusOr<v1::HintResponse> Hint(const v1::HintRequest& request, const std::string& actor);
  absl::StatusOr<v1::Drill> StartDrill(const v1::StartDrillRequest& request,
                                       const std::string& actor);
  absl::StatusOr<v1::Drill> AbortDrill(const v1::AbortDrillRequest& request,
                                       const std::string& actor);
  absl::StatusOr<v1::Drill> GetDrill(const std::string& id);
  absl::StatusOr<v1::ListDrillsResponse> ListDrills(const v1::ListDrillsRequest& request);
  absl::StatusOr<v1::ListFlipsResponse> ListFlips(const v1::ListFlipsRequest& request);

  std::vector<std::string> Workflows() const;
  absl::StatusOr<v1::WorkflowStatus> Status(const std::string& workflow) const;

 private:
  using WorkflowMap = std::map<std::string, WorkflowState>;

  // controller_load.cc
  absl::Status LoadWorkflow(WorkflowState& workflow, const std::vector<v1::ActiveState>& states,
                            const std::vector<v1::JudgeCheckpoint>& checkpoints)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status LoadFlips(WorkflowState& workflow) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status InterruptOldDrills(WorkflowState& workflow) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ServeByPrimary(WorkflowState& workflow, const std::string& reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Reconfigure(WorkflowState& workflow, WorkflowParameters parameters)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of paths whose buckets closed; with news of any kind; or of all.
  enum class Checkpoints { kDue, kDirty, kAll };
  absl::Status WriteCheckpoints(Checkpoints which) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // controller_tick.cc
  void DrainOutcomes() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReadCards() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AskWhatIsUnderWay(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeCard(const v1::Scorecard& card) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellNews(const WorkflowState& workflow, const v1::Scorecard& card, const CardNews& news)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellDrops(WorkflowState& workflow) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TickWorkflow(WorkflowState& workflow, absl::Time now, bool store_unavailable)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndPinInTime(WorkflowState& workflow, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refresh(WorkflowState& workflow, absl::Time now, bool store_unavailable)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Act(WorkflowState& workflow, const FlipDecision& decision, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RecordOnly(WorkflowState& workflow, const FlipDecision& decision, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  v1::Flip MakeFlip(const WorkflowState& workflow, const FlipDecision& decision, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes the flip and the state it leads to, then takes it over. `ramp`: traffic moves bit by bit, if
  // anything can tell how it fares. An error: nothing was changed.
  absl::Status Enforce(WorkflowState& workflow, v1::Flip flip, bool ramp)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Everything goes to the active path from now on.
  void EndRamp(WorkflowState& workflow, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WritePendingDrills() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // controller_budget.cc
  void PlanSamples(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // controller_actions.cc
  absl::StatusOr<WorkflowState*> Find(const std::string& workflow)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Audit(const std::string& actor, const std::string& action,
                     const std::string& workflow, const std::string& reason,
                     const std::string& detail, const std::string& request_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes the state, then takes it over. An error: nothing was changed.
  absl::Status ChangeState(WorkflowState& workflow, const v1::ActiveState& state)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::FlipResponse> PlanFlip(const WorkflowState& workflow,
                                            const v1::FlipRequest& request,
                                            const std::string& actor)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What is proven of a path that is not GREEN, and of the least bad one where none is.
  std::string BreakGlass(const WorkflowState& workflow, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // controller_hints.cc
  // A path that became suspect is a hint on its like in other workflows: the same provider and model.
  void HintSiblings(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeHint(PathState& path, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // controller_drills.cc
  absl::StatusOr<v1::Drill> BeginDrill(WorkflowState& workflow,
                                       const v1::StartDrillRequest& request,
                                       const std::string& actor)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PractiseIfDue(WorkflowState& workflow, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndDrill(WorkflowState& workflow, const DrillEnd& end, const std::string& actor)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // controller_status.cc
  std::string Outlook(const WorkflowState& workflow, std::optional<int> target, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ScoreStore& store_;
  const Clock& clock_;
  const FailoverControllerOptions options_;
  std::function<void()> wake_;
  OutcomeBuffer outcomes_;
  StripedSnapshot<warmpath::Plan> plan_{std::make_shared<const warmpath::Plan>()};

  mutable absl::Mutex mutex_;
  FailoverMetrics metrics_;
  WorkflowMap workflows_ ABSL_GUARDED_BY(mutex_);
  uint32_t next_path_id_ ABSL_GUARDED_BY(mutex_) = 1;
  int64_t plan_version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::function<void()> plan_changed_ ABSL_GUARDED_BY(mutex_);
  // The newest card that was read.
  std::string cursor_ ABSL_GUARDED_BY(mutex_);
  bool cards_readable_ ABSL_GUARDED_BY(mutex_) = true;
  bool store_writable_ ABSL_GUARDED_BY(mutex_) = true;
  // When checkpoints were last written, and when all of them were.
  absl::Time checkpointed_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time checkpointed_all_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // Ends of drills that the store did not take yet.
  std::deque<v1::Drill> pending_drills_ ABSL_GUARDED_BY(mutex_);
  AnswerMemory answers_ ABSL_GUARDED_BY(mutex_);
  SampleBudget samples_ ABSL_GUARDED_BY(mutex_);
  absl::Time samples_planned_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  SamplePlanHooks sample_hooks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
