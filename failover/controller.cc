#include "failover/controller.h"

#include <utility>

#include "base/status_macros.h"
#include "failover/controller_core.h"

namespace warmpath {

absl::StatusOr<std::unique_ptr<FailoverController>> FailoverController::Create(
    const v1::Config& config, ScoreStore& store, const Clock& clock,
    const FailoverControllerOptions& options) {
  auto core = std::make_unique<Core>(store, clock, options);
  RETURN_IF_ERROR(core->Load(config));
  return std::unique_ptr<FailoverController>(new FailoverController(std::move(core)));
}

FailoverController::FailoverController(std::unique_ptr<Core> core) : core_(std::move(core)) {}
FailoverController::~FailoverController() = default;

std::shared_ptr<const warmpath::Plan> FailoverController::Plan() const { return core_->plan(); }

void FailoverController::ReportOutcome(const LiveOutcome& outcome) {
  core_->ReportOutcome(outcome);
}

void FailoverController::SetWake(std::function<void()> wake) { core_->SetWake(std::move(wake)); }

void FailoverController::SetPlanListener(std::function<void()> changed) {
  core_->SetPlanListener(std::move(changed));
}

void FailoverController::SetSamplePlan(SamplePlanHooks hooks) {
  core_->SetSamplePlan(std::move(hooks));
}

v1::GetBudgetResponse FailoverController::Budget() const { return core_->Budget(); }

void FailoverController::Tick() { core_->Tick(); }

absl::Duration FailoverController::TickInterval() const { return core_->TickInterval(); }

absl::Status FailoverController::UpdateConfig(const v1::Config& config) {
  return core_->UpdateConfig(config);
}

absl::Status FailoverController::Checkpoint() { return core_->Checkpoint(); }

absl::StatusOr<v1::FlipResponse> FailoverController::Flip(const v1::FlipRequest& request,
                                                          const std::string& actor) {
  return core_->Flip(request, actor);
}

absl::StatusOr<v1::PinResponse> FailoverController::Pin(const v1::PinRequest& request,
                                                        const std::string& actor) {
  return core_->Pin(request, actor);
}

absl::StatusOr<v1::UnpinResponse> FailoverController::Unpin(const v1::UnpinRequest& request,
                                                            const std::string& actor) {
  return core_->Unpin(request, actor);
}

absl::StatusOr<v1::SetModeResponse> FailoverController::SetMode(const v1::SetModeRequest& request,
                                                                const std::string& actor) {
  return core_->SetMode(request, actor);
}

absl::StatusOr<v1::AcknowledgeSevereResponse> FailoverController::AcknowledgeSevere(
    const v1::AcknowledgeSevereRequest& request, const std::string& actor) {
  return core_->AcknowledgeSevere(request, actor);
}

absl::StatusOr<v1::HintResponse> FailoverController::Hint(const v1::HintRequest& request,
                                                          const std::string& actor) {
  return core_->Hint(request, actor);
}

absl::StatusOr<v1::Drill> FailoverController::StartDrill(const v1::StartDrillRequest& request,
                                                         const std::string& actor) {
  return core_->StartDrill(request, actor);
}

absl::StatusOr<v1::Drill> FailoverController::AbortDrill(const v1::AbortDrillRequest& request,
                                                         const std::string& actor) {
  return core_->AbortDrill(request, actor);
}

absl::StatusOr<v1::Drill> FailoverController::GetDrill(const std::string& id) {
  return core_->GetDrill(id);
}

absl::StatusOr<v1::ListDrillsResponse> FailoverController::ListDrills(
    const v1::ListDrillsRequest& request) {
  return core_->ListDrills(request);
}

absl::StatusOr<v1::ListFlipsResponse> FailoverController::ListFlips(
    const v1::ListFlipsRequest& request) {
  return core_->ListFlips(request);
}

std::vector<std::string> FailoverController::Workflows() const { return core_->Workflows(); }

absl::StatusOr<v1::WorkflowStatus> FailoverController::Status(const std::string& workflow) const {
  return core_->Status(workflow);
}

}  // namespace warmpath
