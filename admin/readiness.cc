#include "admin/readiness.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace warmpath {

Readiness ReadinessOf(const v1::GetStatusResponse& status) {
  Readiness result;
  const bool configured = status.has_config_time();
  const auto& workflows = status.workflows();
  const auto serving = std::count_if(workflows.begin(), workflows.end(), [](const auto& workflow) {
    return !workflow.active_path().empty();
  });
  result.ready = configured && serving > 0;
  if (!configured) {
    absl::StrAppend(&result.text, "config: none is in force yet\n");
  } else if (!status.config_error().empty()) {
    absl::StrAppend(&result.text, "config: in force, but the last reload was refused\n");
  } else {
    absl::StrAppend(&result.text, "config: in force\n");
  }
  absl::StrAppend(&result.text, "store: open, ",
                  status.store().writable() ? "takes evidence\n" : "but refuses evidence\n");
  absl::StrAppend(&result.text, "workflows: ", serving, " of ", workflows.size(),
                  " have an active path\n");
  absl::StrAppend(&result.text, result.ready ? "ready\n" : "not ready\n");
  return result;
}

}  // namespace warmpath
