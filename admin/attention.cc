#include "admin/attention.h"

#include <algorithm>
#include <string>
#include <tuple>

namespace warmpath {

Attention AttentionOf(const v1::WorkflowStatus& workflow) {
  if (workflow.active_path().empty()) return Attention::kDowntime;
  // A workflow of one path has nowhere to fail over to by design; it is not an emergency.
  if (workflow.failover_path().empty() && workflow.paths_size() > 1) {
    return Attention::kNoSafeStandby;
  }
  Attention attention = Attention::kQuiet;
  for (const v1::PathStatus& path : workflow.paths()) {
    if (path.path() == workflow.active_path()) {
      const v1::Health health = path.health().health();
      if (path.role() != v1::ROLE_PRIMARY || health == v1::HEALTH_UNHEALTHY ||
          health == v1::HEALTH_DOWN) {
        return Attention::kFailedOver;
      }
    } else if (path.verdict().conformance() != v1::CONFORMANCE_GREEN) {
      attention = Attention::kStandbyWeak;
    }
  }
  return attention;
}

void SortByAttention(v1::GetStatusResponse& status) {
  std::sort(status.mutable_workflows()->pointer_begin(), status.mutable_workflows()->pointer_end(),
            [](const v1::WorkflowStatus* a, const v1::WorkflowStatus* b) {
              return std::tuple(AttentionOf(*a), a->workflow()) <
                     std::tuple(AttentionOf(*b), b->workflow());
            });
}

}  // namespace warmpath
