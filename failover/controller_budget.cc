// Where mirrors are spent: the controller's part of it.
#include <utility>

#include "failover/controller_core.h"

namespace warmpath {

void FailoverController::Core::SetSamplePlan(SamplePlanHooks hooks) {
  absl::MutexLock lock(&mutex_);
  sample_hooks_ = std::move(hooks);
}

v1::GetBudgetResponse FailoverController::Core::Budget() const {
  absl::MutexLock lock(&mutex_);
  return samples_.plan();
}

void FailoverController::Core::PlanSamples(absl::Time now) {
  // A clock that was set back would leave the plan as it is for as long.
  if (now >= samples_planned_ && now - samples_planned_ < SampleBudget::kInterval) return;
  samples_planned_ = now;
  if (sample_hooks_.traffic) {
    for (const auto& [name, workflow] : workflows_) {
      const SampleTraffic traffic = sample_hooks_.traffic(name);
      samples_.NoteTraffic(name, traffic.conversations, traffic.exchanges, absl::ToUnixMicros(now));
    }
  }
  samples_.Update(workflows_, now);
  if (sample_hooks_.publish) sample_hooks_.publish(samples_.plan());
}

}  // namespace warmpath
