// Decides which path serves each workflow, and keeps to it over restarts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "failover/plan.h"
#include "store/score_store.h"
#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/drill.pb.h"
#include "warmpath/v1/failover.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

class Metrics;

// What a live request came to on one path that was tried for it.
struct LiveOutcome {
  std::string_view workflow;
  std::string_view path;
  bool ok = true;
  // Why not, if not ok. Classes that are the caller's fault leave health untouched.
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
  absl::Duration latency = absl::ZeroDuration();
  // The request belonged to a drill's share and this is the drill's path.
  bool drill = false;
};

// New conversations and all exchanges of a workflow since some start.
struct SampleTraffic {
  int64_t conversations = 0;
  int64_t exchanges = 0;
};

// What ties the spending of mirrors to whoever mirrors. Both are called by Tick, every 10 s, with the
// controller's mutex held: they must neither block nor call back.
struct SamplePlanHooks {
  std::function<SampleTraffic(const std::string& workflow)> traffic;
  // Each path's share of new conversations until the next call.
  std::function<void(const v1::GetBudgetResponse& plan)> publish;
};

struct FailoverControllerOptions {
  // How often the judges' memory is written.
  absl::Duration checkpoint_interval = absl::Seconds(10);
  // When the oldest exchange was dispatched of which the store still lacks a card of the path,
  // InfiniteFuture for none; null: there never is one. Evidence waits for it. Called by Tick.
  std::function<absl::Time(const std::string& workflow, const std::string& path)> oldest_pending =
      nullptr;
  // Where figures are shown; null: nowhere. Borrowed.
  Metrics* metrics = nullptr;
};

// A FailoverController reads scorecards, judges every path, decides who serves, writes each change
// down before it acts on it, and publishes the Plan.
//
//   ASSIGN_OR_RETURN(auto failover, FailoverController::Create(config, *store, clock, {}));
//   failover->SetWake([&] { tick_soon(); });
//   ... every failover->TickInterval(): failover->Tick();
//   ... live threads: failover->Plan()->Find(workflow)->PathsFor(conversation)
//                     failover->ReportOutcome({.workflow = w, .path = p, .ok = true});
//
// Thread safety: all methods may be called concurrently. Plan() and ReportOutcome() are for live
//   threads: they take no lock that threads share except for an instant with Tick. The others
//   serialize on one mutex and may wait for the store.
// Ownership: borrows `store`, `clock` and `options.metrics`; they must outlive it.
// Time: the clock's; starts no thread and no timer.
// Errors of operator actions: NOT_FOUND for an unknown workflow, path or drill; INVALID_ARGUMENT for
//   a missing reason or a value out of range; FAILED_PRECONDITION where the rules refuse, with what
//   would make it possible; UNAVAILABLE if the store does not take the record: nothing was changed.
// Invariants: (1) a change of the active path is durable before any Plan shows it; (2) no automatic
//   change goes to a path that is not GREEN, except back to the primary out of downtime or to where
//   the traffic of a ramp that failed comes from, and never to a RED one; (3) in observe mode nothing
//   changes by itself.
class FailoverController {
 public:
  // Resumes active paths, modes, pins and verdicts from the store: checkpoints, then the cards after
  // them. A drill that ran when the process ended is INTERRUPTED.
  static absl::StatusOr<std::unique_ptr<FailoverController>> Create(
      const v1::Config& config, ScoreStore& store, const Clock& clock,
      const FailoverControllerOptions& options);
  ~FailoverController();

  // The current plan; never null.
  std::shared_ptr<const warmpath::Plan> Plan() const;

  // Takes note of a live request's outcome on one path. Unknown names are ignored and counted.
  void ReportOutcome(const LiveOutcome& outcome);

  // `wake` is called, on the thread that reports, when outcomes suggest a hard outage: Tick should
  // then run soon. REQUIRES: called before the first ReportOutcome; `wake` does not block.
  void SetWake(std::function<void()> wake);

  // `changed` is called after each change of the plan, on the thread that made it and with the
  // controller's mutex held: it must neither block nor call back.
  void SetPlanListener(std::function<void()> changed);

  // Without it nothing is known of traffic, and no share is told to anybody.
  void SetSamplePlan(SamplePlanHooks hooks);
  // Which path gets how many mirrors, and why; as of the last plan. What was spent is not filled.
  v1::GetBudgetResponse Budget() const;

  // Reads new evidence, judges, decides, acts. Call it from one timer thread.
  void Tick();
  // How often to call it: the shortest `tick` of any workflow.
  absl::Duration TickInterval() const;

  // Follows a reload: workflows and paths that are gone lose their state in memory, new ones begin
  // with what the store has, all others keep theirs under the new parameters.
  // INVALID_ARGUMENT: nothing was changed.
  absl::Status UpdateConfig(const v1::Config& config);

  // Writes the judges' memory; call it before the store is closed.
  absl::Status Checkpoint();

  // Operator actions; `actor` is who asked. A request_id seen before returns the first answer.
  absl::StatusOr<v1::FlipResponse> Flip(const v1::FlipRequest& request, const std::string& actor);
  absl::StatusOr<v1::PinResponse> Pin(const v1::PinRequest& request, const std::string& actor);
  absl::StatusOr<v1::UnpinResponse> Unpin(const v1::UnpinRequest& request, const std::string& actor);
  absl::StatusOr<v1::SetModeResponse> SetMode(const v1::SetModeRequest& request,
                                              const std::string& actor);
  absl::StatusOr<v1::AcknowledgeSevereResponse> AcknowledgeSevere(
      const v1::AcknowledgeSevereRequest& request, const std::string& actor);

  // Says that a path may have changed: start mass for the evidence against it, and a closer look for half
  // an hour; no evidence by itself. FAILED_PRECONDITION if nothing was ever scored on it.
  absl::StatusOr<v1::HintResponse> Hint(const v1::HintRequest& request, const std::string& actor);

  absl::StatusOr<v1::Drill> StartDrill(const v1::StartDrillRequest& request, const std::string& actor);
  absl::StatusOr<v1::Drill> AbortDrill(const v1::AbortDrillRequest& request, const std::string& actor);
  // With the counts up to now if it runs.
  absl::StatusOr<v1::Drill> GetDrill(const std::string& id);
  absl::StatusOr<v1::ListDrillsResponse> ListDrills(const v1::ListDrillsRequest& request);
  absl::StatusOr<v1::ListFlipsResponse> ListFlips(const v1::ListFlipsRequest& request);

  // Names in alphabetical order.
  std::vector<std::string> Workflows() const;
  // Everything of a workflow's status but mirroring: mode, active path, pin, last flip, outlook,
  // drill, and per path the verdict, health, provider, model and served requests.
  absl::StatusOr<v1::WorkflowStatus> Status(const std::string& workflow) const;

 private:
  class Core;
  explicit FailoverController(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace warmpath
